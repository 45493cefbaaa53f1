"""Values that may differ between two servers: ids, uids, tokens, times and generated names.

A value of the left side corresponds to the value of the right side at the place where it first appeared. From then on
each must appear where the other does: references to one thing on one side must refer to one thing on the other.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import unquote

TOKENS = frozenset({"accessToken", "refreshToken"})
"""Two tokens for one user from the same second may be equal: the service puts nothing random into them."""
TOLERANCE = 120.0
"""Seconds by which the same moment may differ: the servers get each request one after the other."""
ON_THE_MINUTE = 5.0
"""The same if one of the moments is exactly on the minute."""

_ID_FIELD = re.compile(r"(?:^|[a-z])(?:id|Id|ID|uid|Uid)s?$")
_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# Uids of bookings have 22 characters. One of 400 has no digit and fewer than four capitals after small letters.
_UID_OF_LETTERS = r"(?=[A-Za-z]{22}(?![A-Za-z0-9_-]))(?:[A-Z]*[a-z]+[A-Z]){2}"
# A generated text has a digit, or capitals in places where no word has them.
_TOKEN = rf"(?=[A-Za-z._-]*\d|(?:[A-Z]*[a-z]+[A-Z]){{4}}|{_UID_OF_LETTERS})[A-Za-z0-9_-]{{16,}}(?:\.[A-Za-z0-9_-]+)*"
_SERVER = r"https?://[A-Za-z0-9.\-]+(?::\d+)?(?:/w/[A-Za-z0-9_\-]+)?|[A-Za-z0-9.\-]+:\d{4,5}(?!\d)"
_VARIABLE = re.compile(rf"({_TIME}|{_SERVER}|{_UUID}|(?<![A-Za-z0-9]){_TOKEN}|(?<![A-Za-z0-9.])\d+)")
_MOMENT = re.compile(_TIME)
_SERVER_NAME = re.compile(_SERVER)


class References:
    """The correspondence between values of both sides. `addresses` are those of the two servers.

    `secret_fields` are the names of the fields that hold secrets on either side.
    """

    def __init__(self, addresses: tuple[str, str] = ("", ""), secret_fields: frozenset[str] = frozenset()) -> None:
        self._secret_fields = secret_fields
        self._hosts = (_host(addresses[0]), _host(addresses[1]))
        self._right: dict[tuple[str, Any], Any] = {}
        self._left: dict[tuple[str, Any], Any] = {}
        self._numbers: set[tuple[int, int]] = set()
        self._aliases: dict[str, str] = {}

    def bind(self, kind: str, left: Any, right: Any) -> bool:
        """Whether the two may correspond among values of a kind; from now on they do."""
        known = (kind, left) in self._right or (kind, right) in self._left
        if known:
            return self._right.get((kind, left)) == right and self._left.get((kind, right)) == left
        self._right[kind, left] = right
        self._left[kind, right] = left
        if isinstance(left, int) and isinstance(right, int):
            self._numbers.add((left, right))
        return True

    def alias(self, left: Any, right: Any) -> None:
        """Makes texts of two accounts equivalent, such as their e-mail addresses."""
        if isinstance(left, str) and isinstance(right, str) and left != right and min(len(left), len(right)) > 2:
            self._aliases[left] = right

    def same(self, kind: str, left: Any, right: Any) -> bool:
        """Whether two scalar values in a field called `kind` correspond."""
        if type(left) is not type(right):
            return False
        if kind in self._secret_fields and isinstance(left, str):
            is_like = bool(left) == bool(right)
            return is_like and (not left or kind in TOKENS or self.bind("secret", left, right))
        if is_reference(kind, left) and is_reference(kind, right):
            return self.bind("text" if isinstance(left, str) else kind, left, right)
        if left == right or not isinstance(left, str):
            return left == right
        return self._same_text(left, right) or (bool(self._aliases) and self._same_text(self._aliased(left), right))

    def _same_text(self, left: str, right: str) -> bool:
        if left.startswith("http") and right.startswith("http"):
            left, right = _unquoted(left), _unquoted(right)
        left_parts, right_parts = _VARIABLE.split(left), _VARIABLE.split(right)
        return len(left_parts) == len(right_parts) and all(
            self._same_part(*each, variable=number % 2 == 1)
            for number, each in enumerate(zip(left_parts, right_parts, strict=True))
        )

    def _aliased(self, left: str) -> str:
        """A text of the left side with the right account's names. Long names first, as they may contain short ones."""
        left = _unquoted(left) if left.startswith("http") else left
        for here in sorted(self._aliases, key=len, reverse=True):
            left = left.replace(here, self._aliases[here])
        return left

    def _same_part(self, left: str, right: str, *, variable: bool) -> bool:
        if left == right:
            return True
        if not variable:
            return False
        if _MOMENT.fullmatch(left) and _MOMENT.fullmatch(right):
            return same_moment(left, right)
        if _SERVER_NAME.fullmatch(left) and _SERVER_NAME.fullmatch(right):
            return self._same_server(_host(left), _host(right))
        if left.isdecimal() and right.isdecimal():
            return (int(left), int(right)) in self._numbers
        return _shape(left) == _shape(right) and self.bind("text", left, right)

    def _same_server(self, left: str, right: str) -> bool:
        """Whether two addresses correspond: a server may have any name for itself, as long as it is always the same."""
        names_itself = left == self._hosts[0] or right == self._hosts[1]
        return left == right or (names_itself and self.bind("server", left, right))


def _host(address: str) -> str:
    """Name and port."""
    return address.rpartition("://")[2].partition("/")[0]


def _unquoted(text: str) -> str:
    while "%" in text:
        text = unquote(text)
    return text


def is_reference(kind: str, value: Any) -> bool:
    """Whether a value in a field of this name is an id generated by a server."""
    if not _ID_FIELD.search(kind) or isinstance(value, bool):
        return False
    if isinstance(value, int):
        return True
    return isinstance(value, str) and _VARIABLE.fullmatch(value) is not None and _MOMENT.fullmatch(value) is None


def same_moment(left: str, right: str) -> bool:
    """Whether two times have the same format, and both are the current time of two servers.

    Two times on the minute were not read from a clock, and have to be equal. If only one is, it may be a clock's on the
    minute by chance, provided that the other is close.
    """
    if re.sub(r"\d", "0", left) != re.sub(r"\d", "0", right):
        return False
    try:
        first, second = datetime.fromisoformat(left), datetime.fromisoformat(right)
        chosen = _is_chosen(first) + _is_chosen(second)
        return abs((first - second).total_seconds()) <= (TOLERANCE, ON_THE_MINUTE, 0.0)[chosen]
    except (ValueError, TypeError):
        return False


def _is_chosen(moment: datetime) -> bool:
    return moment.second == 0 and moment.microsecond == 0


def _shape(token: str) -> str:
    """The kind of a generated text: a UUID, a token of three parts, or a sequence of characters."""
    return "uuid" if re.fullmatch(_UUID, token) else "." * token.count(".")
