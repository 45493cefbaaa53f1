"""Makes generated bodies harmless: references to data of others are replaced by references to our own."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

from contract_tests.nonexistent import NO_NUMBER, NO_TEXT, UNKNOWN_NAME
from contract_tests.profiles.safety import (
    MAIL,
    NAME_LOOKUPS,
    OTHERS,
    REFERENCES,
    OwnedIds,
    is_reserved,
    may_exist,
    may_ring,
    names_foreign_server,
)
from mock_server.runtime.json_values import is_list, is_object

_DROPPED = object()
UNIQUE = ("slug", "name", "title")
NEEDED = frozenset({"verifiedEmailId", "verifiedPhoneId"})
"""References of items that are kept, with an id that does not exist: a workflow needs its steps."""
FICTIONAL_NUMBER = "+14155550100"


class Sanitizer:
    """Rewrites bodies.

    `effect_fields` are fields that would change the caller's account; `is_temporary_user` says whether the caller is a
    temporary user, whose account may change.
    """

    def __init__(self, owned: OwnedIds, mark: str, effect_fields: frozenset[str]) -> None:
        self._owned = owned
        self._mark = mark
        self._effect_fields = effect_fields
        self._serial = count(1)
        self.is_temporary_user = False

    def harmless(self, body: Any) -> Any:
        """A body of the same shape that affects no one else; invalid ids and addresses are kept."""
        return self._value("", body)

    def fresh(self, body: Any) -> Any:
        """The same with unique names, slugs and addresses."""
        body = self.harmless(body)
        if not is_object(body):
            return body
        for name in UNIQUE:
            if isinstance(body.get(name), str):
                body[name] = f"{body[name]}-{self.unique()}" if name == "slug" else f"{body[name]} {self.unique()}"
        if isinstance(body.get("email"), str):
            body["email"] = f"contract-{self.unique()}@example.com"
        if isinstance(body.get("subscriberUrl"), str):
            body["subscriberUrl"] = self._hook()
        if is_list(body.get("options")):
            body["options"] = [self.fresh(each) for each in body["options"]]
        return body

    def unique(self) -> str:
        """A unique text."""
        return f"{self._mark}-{next(self._serial)}"

    def _value(self, name: str, value: Any) -> Any:
        if is_object(value):
            return {key: self._value(key, inner) for key, inner in value.items() if self._is_kept(key, inner)}
        if is_list(value):
            return [inner for each in value if (inner := self._item(name, each)) is not _DROPPED]
        if name in REFERENCES and may_exist(value) and (name, value) not in self._owned:
            ours = None if name in OTHERS else self._owned.latest(name)
            nothing = NO_TEXT if isinstance(value, str) and not value.isdecimal() else NO_NUMBER
            return nothing if ours is None else ours
        if name in NAME_LOOKUPS and isinstance(value, str) and value:
            return UNKNOWN_NAME
        if name in self._effect_fields and value is True and not self.is_temporary_user:
            return False
        return self._text(name, value) if isinstance(value, str) else value

    def _is_kept(self, name: str, value: Any) -> bool:
        """Whether a field is kept, perhaps as false."""
        return self.is_temporary_user or name not in self._effect_fields or not is_object(value)

    def _item(self, name: str, value: Any) -> Any:
        """An item of a list; dropped if it refers to data of others."""
        if is_object(value) and any(
            key in REFERENCES - NEEDED and may_exist(inner) and (key, inner) not in self._owned
            for key, inner in value.items()
        ):  # fmt: skip
            return _DROPPED
        return self._value(name, value)

    def _text(self, name: str, value: str) -> str:
        if name == "subscriberUrl":
            return self._hook() if names_foreign_server(value) else value
        if may_ring(value):
            return FICTIONAL_NUMBER
        return MAIL.sub(self._mail, value)

    def _mail(self, match: re.Match[str]) -> str:
        return match[0] if is_reserved(match[1].rstrip(".>")) else f"recipient-{self.unique()}@example.com"

    def _hook(self) -> str:
        return f"https://hooks.example.com/{self.unique()}"
