"""What may differ between two servers without meaning anything: ids, uids, tokens, times and made-up names.

A value of the left side stands for the value of the right side in whose place it first appeared. From then on, each
must appear where the other does: what refers to the same thing on one side has to do so on the other.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from mock_server.runtime.masking import described

TOKENS = frozenset({"accessToken", "refreshToken"})
"""Two that are made for one user within one second may be equal: the service puts nothing random into them."""
TOLERANCE = 120.0
"""Seconds between the same moment on both sides: requests go to one after the other."""
STRIKE = 5.0
"""Seconds between two moments of which one is on the minute."""

_ID_FIELD = re.compile(r"(?:^|[a-z])(?:id|Id|ID|uid|Uid)s?$")
_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# A made-up text has a digit, or else capitals in places where no word has them.
_TOKEN = r"(?=[A-Za-z._-]*\d|(?:[A-Z]*[a-z]+[A-Z]){4})[A-Za-z0-9_-]{16,}(?:\.[A-Za-z0-9_-]+)*"
_SERVER = r"https?://[A-Za-z0-9.\-]+(?::\d+)?(?:/w/[A-Za-z0-9_\-]+)?|[A-Za-z0-9.\-]+:\d{4,5}(?!\d)"
_VARIABLE = re.compile(rf"({_TIME}|{_SERVER}|{_UUID}|(?<![A-Za-z0-9]){_TOKEN}|(?<![A-Za-z0-9.])\d+)")
_MOMENT = re.compile(_TIME)
_SERVER_NAME = re.compile(_SERVER)


class References:
    """Which value of the left side stands for which of the right side. `addresses` are those of the two servers."""

    def __init__(self, addresses: tuple[str, str] = ("", "")) -> None:
        self._hosts = (_host(addresses[0]), _host(addresses[1]))
        self._right: dict[tuple[str, Any], Any] = {}
        self._left: dict[tuple[str, Any], Any] = {}
        self._numbers: set[tuple[int, int]] = set()
        self._aliases: dict[str, str] = {}

    def bind(self, kind: str, left: Any, right: Any) -> bool:
        """Whether the two may stand for each other among what is called `kind`; from now on they do."""
        known = (kind, left) in self._right or (kind, right) in self._left
        if known:
            return self._right.get((kind, left)) == right and self._left.get((kind, right)) == left
        self._right[kind, left] = right
        self._left[kind, right] = left
        if isinstance(left, int) and isinstance(right, int):
            self._numbers.add((left, right))
        return True

    def alias(self, left: Any, right: Any) -> None:
        """Texts of two accounts that mean the same, such as their e-mail addresses."""
        if isinstance(left, str) and isinstance(right, str) and left != right and min(len(left), len(right)) > 2:
            self._aliases[left] = right

    def same(self, kind: str, left: Any, right: Any) -> bool:
        """Whether two values that are neither objects nor lists mean the same, standing in a field called `kind`."""
        if type(left) is not type(right):
            return False
        if kind in described().fields and isinstance(left, str):
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
        """A text of the left side as the right account would have it; long names first, as they hold short ones."""
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
        """Each server may call itself as it likes, as long as it is always the same."""
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
    """Whether a value in a field of that name is an id that a server made up."""
    if not _ID_FIELD.search(kind) or isinstance(value, bool):
        return False
    if isinstance(value, int):
        return True
    return isinstance(value, str) and _VARIABLE.fullmatch(value) is not None and _MOMENT.fullmatch(value) is None


def same_moment(left: str, right: str) -> bool:
    """Whether two times are written alike and are both `now`, told by two servers one after the other.

    Two times on the minute were chosen by somebody, not by a clock; these have to be equal. One alone may be a clock's
    that just struck, if the other is hardly away from it.
    """
    if re.sub(r"\d", "0", left) != re.sub(r"\d", "0", right):
        return False
    try:
        first, second = datetime.fromisoformat(left), datetime.fromisoformat(right)
        chosen = _is_chosen(first) + _is_chosen(second)
        return abs((first - second).total_seconds()) <= (TOLERANCE, STRIKE, 0.0)[chosen]
    except (ValueError, TypeError):
        return False


def _is_chosen(moment: datetime) -> bool:
    return moment.second == 0 and moment.microsecond == 0


def _shape(token: str) -> str:
    """What kind of made-up text it is: a UUID, a token of three parts, or a run of characters."""
    return "uuid" if re.fullmatch(_UUID, token) else "." * token.count(".")
