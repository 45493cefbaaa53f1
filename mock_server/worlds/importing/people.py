"""Replaces the names, addresses and numbers of people, the same ones always by the same ones."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from mock_server.identity.addresses import slug
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.masking import MASK

_FIRST = (
    "Ada", "Ben", "Clara", "David", "Emma", "Felix", "Grace", "Henry", "Iris", "Jonas", "Kate", "Liam", "Mona",
    "Noah", "Olga", "Paul", "Quinn", "Rosa", "Simon", "Tara", "Uma", "Victor", "Wendy", "Xenia", "Yusuf", "Zara",
)  # fmt: skip
_LAST = (
    "Adler", "Baker", "Carter", "Dixon", "Ellis", "Fisher", "Green", "Hughes", "Irving", "Jensen", "Keller", "Lopez",
    "Morgan", "Norris", "Owens", "Parker", "Quincy", "Reed", "Stone", "Turner", "Usher", "Vance", "Walker",
)  # fmt: skip
_ADDRESS = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"\+\d{7,15}\b")
_SHORTEST_NAME = 3
_MOST_NUMBERS = 1000


class Person(NamedTuple):
    """How a person is called in the world file."""

    name: str
    email: str
    username: str


class People:
    """The people of a deployment. With `keep_names` they keep their names, addresses and numbers.

    `key` is the API key with which they are read; it is masked in texts.
    """

    def __init__(self, *, keep_names: bool, key: str) -> None:
        self.keep_names = keep_names
        self._key = key
        self._by_address: dict[str, Person] = {}
        self._numbers: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def person(self, email: str, name: str | None = None, username: str | None = None) -> Person:
        """The person with this address."""
        if self.keep_names:
            local = email.partition("@")[0]
            return Person(name or local, email, username or slug(local))
        person = self._by_address.get(email.lower())
        if person is None:
            person = self._by_address[email.lower()] = _replacement(len(self._by_address))
        if name and len(name) >= _SHORTEST_NAME and name not in self._names:
            self._names[name] = person.name
            self._pattern = None
        return person

    def value(self, value: Any) -> Any:
        """A JSON value with all texts in it as `text` gives them."""
        if isinstance(value, str):
            return self.text(value)
        if is_object(value):
            return {name: self.value(item) for name, item in value.items()}
        return [self.value(item) for item in value] if is_list(value) else value

    def text(self, text: str) -> str:
        """A text without the addresses, numbers and full names of people who are known by now."""
        text = text.replace(self._key, MASK)
        if self.keep_names:
            return text
        text = _ADDRESS.sub(lambda found: self.person(found[0]).email, text)
        text = _NUMBER.sub(lambda found: self._number(found[0]), text)
        if self._pattern is None:
            names = sorted(self._names, key=len, reverse=True)
            self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names)) or '(?!)'})(?!\w)")
        return self._pattern.sub(lambda found: self._names[found[0]], text)

    def _number(self, number: str) -> str:
        """A number that is reserved for fiction."""
        count = len(self._numbers) % _MOST_NUMBERS
        return self._numbers.setdefault(number, f"+442079460{count:03}")


def _replacement(number: int) -> Person:
    first, last = _FIRST[number % len(_FIRST)], _LAST[number % len(_LAST)]
    turn = number // (len(_FIRST) * len(_LAST))
    name = f"{first} {last}" + (f" {turn + 1}" if turn else "")
    username = slug(name)
    return Person(name, f"{username}@example.com", username)
