"""Finds the differences between two replies, and collects them by operation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from contract_tests.comparison.references import References, is_reference
from contract_tests.http import Reply
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.masking import Masker, Secrets

ABSENT = "(absent)"
UNDECODABLE = "<not JSON>"
SHOWN_BODY = 1000
SHOWN = 160
CALLER_FIELDS = ("email", "username", "userId")
SAME_KINDS = {"ownerId": "userId"}
"""Other names for ids of the same kind."""

_INDEX = re.compile(r"/\d+(?=/|$)")


@dataclass(frozen=True)
class Difference:
    """A difference at one place of a reply: the values of the left and the right server, as text."""

    place: str
    left: str
    right: str


@dataclass
class RecordedDifference:
    """A difference at one place of an operation's replies: its first occurrence, and their number."""

    operation: str
    method: str
    path: str
    difference: Difference
    request: int
    sent: str
    times: int = 1


@dataclass
class Differences:
    """All differences, in the order in which they were found."""

    found: dict[tuple[str, str], RecordedDifference] = field(default_factory=dict[tuple[str, str], RecordedDifference])

    def add(self, operation: Any, differences: list[Difference], request: int, sent: str) -> None:
        """Adds differences. `request` is the number of the request in the run; `sent` shows it."""
        for each in differences:
            key = (operation.id, _INDEX.sub("/*", each.place))
            if key in self.found:
                self.found[key].times += 1
            else:
                self.found[key] = RecordedDifference(
                    operation.id, operation.method, operation.path, each, request, sent
                )

    def by_operation(self) -> dict[str, list[RecordedDifference]]:
        """The differences of each operation."""
        grouped: dict[str, list[RecordedDifference]] = {}
        for each in self.found.values():
            grouped.setdefault(each.operation, []).append(each)
        return grouped


class Comparer:
    """Compares replies. Its references last for the whole run.

    If the two servers started with different data (`same_start` is false), only items that the run itself created are
    compared in lists, and the addresses of third parties' consent pages may differ. `secrets` are those of both
    servers' descriptions.
    """

    def __init__(self, *, same_start: bool, addresses: tuple[str, str], secrets: Secrets) -> None:
        self.references = References(addresses, secrets.fields)
        self._secrets = secrets
        self._masker = Masker(secrets=secrets)
        self._same_start = same_start
        self._callers: list[tuple[str, Any, Any]] = []
        self._own: tuple[set[tuple[str, Any]], set[tuple[str, Any]]] = (set(), set())

    def introduce(self, left: dict[str, Any], right: dict[str, Any]) -> None:
        """Makes two accounts, as their servers describe them, equivalent wherever they appear."""
        for name in set(left) & set(right):
            self.references.alias(left[name], right[name])
            if is_reference(name, left[name]) and is_reference(name, right[name]):
                self.references.bind("userId" if name == "id" else _last_words(name), left[name], right[name])
            if name in CALLER_FIELDS:
                self._callers.append((name, left[name], right[name]))
        self._callers.append(("userId", left.get("id"), right.get("id")))

    def adopt(self, side: int, kind: str, value: Any) -> None:
        """Records that the run created the thing with this id on the left (0) or the right (1)."""
        if isinstance(value, int | str):
            self._own[side].add(_identity(kind, value))

    def compare(self, kind: str, left: Reply, right: Reply) -> list[Difference]:
        """All differences of two replies; only the statuses if these differ. A bare `id` is an id of this `kind`."""
        if left.status != right.status:
            return [Difference("status", self._verdict(left), self._verdict(right))]
        found: list[Difference] = []
        if left.media_type != right.media_type:
            found.append(Difference("content type", left.media_type or ABSENT, right.media_type or ABSENT))
        places: list[tuple[str, Any, Any]] = [("location", left.headers.get("location"), right.headers.get("location"))]
        bodies = (_content(left), _content(right))
        if left.media_type == right.media_type:
            places.append(("", *bodies))
        self._learn_names(*bodies)
        for place, here, there in places:
            found += self._differ(place, kind, here, there)
        return found

    def _differ(self, place: str, kind: str, left: Any, right: Any) -> Iterator[Difference]:
        """The differences below a place, where a bare `id` is an id of this `kind`."""
        if is_object(left) and is_object(right):
            yield from self._differ_object(place, kind, left, right)
        elif is_list(left) and is_list(right):
            yield from self._differ_list(place, kind, left, right)
        else:
            name = place.rpartition("/")[2]
            if name.isdecimal():
                name = _singular(place.rstrip("/0123456789").rpartition("/")[2])
            if not self._same_start and is_consent_page(left) and is_consent_page(right):
                return
            if not self.references.same(kind if name in ("id", "uid") else _last_words(name), left, right):
                yield self._difference(place, left, right)

    def _differ_object(
        self, place: str, kind: str, left: dict[str, Any], right: dict[str, Any]
    ) -> Iterator[Difference]:
        for name in [*left, *(name for name in right if name not in left)]:
            below = f"{place}/{name}"
            if name not in left or name not in right:
                yield self._difference(below, left.get(name, ABSENT), right.get(name, ABSENT))
            else:
                inner = kind if name == "data" or not isinstance(left[name], dict | list) else f"{_singular(name)}Id"
                yield from self._differ(below, inner, left[name], right[name])

    def _differ_list(self, place: str, kind: str, left: list[Any], right: list[Any]) -> Iterator[Difference]:
        if not self._same_start and place.startswith("/data"):
            left, right = self._ours(0, kind, left), self._ours(1, kind, right)
        if len(left) != len(right):
            yield Difference(place, f"{len(left)} items", f"{len(right)} items")
            return
        for number, (here, there) in enumerate(zip(left, right, strict=True)):
            yield from self._differ(f"{place}/{number}", kind, here, there)

    def _ours(self, side: int, kind: str, items: list[Any]) -> list[Any]:
        """The items of a list that the run created, if its items have ids."""
        if not items or not all(is_object(each) and "id" in each for each in items):
            return items
        return [
            each
            for each in items
            if any(
                _identity(kind, each[name]) in self._own[side]
                for name in ("id", "uid")
                if isinstance(each.get(name), int | str)
            )
        ]

    def _difference(self, place: str, left: Any, right: Any) -> Difference:
        is_secret = place.rpartition("/")[2] in self._secrets.fields
        return Difference(place, *(self._shown(each, is_secret=is_secret) for each in (left, right)))

    def _shown(self, value: Any, *, is_secret: bool) -> str:
        if value is ABSENT:
            return ABSENT
        return f"({type(value).__name__}, not shown)" if is_secret else shown(value, self._masker)

    def _verdict(self, reply: Reply) -> str:
        error = reply.content.get("error") if is_object(reply.content) else None
        message = error.get("message") if is_object(error) else None
        return f"{reply.status}" if message is None else f"{reply.status} {shown(message, self._masker)}"

    def _learn_names(self, left: Any, right: Any) -> None:
        """Learns the names of the two accounts wherever replies have more of them than their addresses."""
        if is_object(left) and is_object(right) and self._callers:
            if any((name, left.get(name), right.get(name)) in self._callers for name in CALLER_FIELDS):
                self._alias_names(left.get("name"), right.get("name"))
            for name in left:
                self._learn_names(left[name], right.get(name))
        elif is_list(left) and is_list(right):
            for here, there in zip(left, right, strict=False):
                self._learn_names(here, there)

    def _alias_names(self, left: Any, right: Any) -> None:
        self.references.alias(left, right)
        if isinstance(left, str) and isinstance(right, str):
            for here, there in zip(left.split(), right.split(), strict=False):
                self.references.alias(here, there)


def is_consent_page(value: Any) -> bool:
    """Whether a text is the address of a third party's consent page: its query has a `state`."""
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        return False
    try:
        return "state" in parse_qs(urlsplit(value).query)
    except ValueError:
        return False


def _identity(kind: str, value: Any) -> tuple[str, Any]:
    """Identifies a thing: numbers are unique within their kind, texts altogether."""
    return ("text" if isinstance(value, str) else kind, value)


def shown(value: Any, masker: Masker) -> str:
    """A value as one short line, without secrets."""
    return _short(json.dumps(masker.value(value), ensure_ascii=False))


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."


def _content(reply: Reply) -> Any:
    """The body: decoded if it is JSON, else as text."""
    if reply.media_type != "application/json":
        return reply.text
    is_json = reply.content is not None or reply.text.strip() == "null"
    return reply.content if is_json else UNDECODABLE + reply.text[:SHOWN_BODY]


def _singular(name: str) -> str:
    return name.removesuffix("s")


def _last_words(name: str) -> str:
    """`defaultScheduleId` is a `scheduleId`."""
    words = re.findall(r"[A-Z]?[a-z0-9_]+|[A-Z]+(?![a-z])", name)
    joined = "".join(words[-2:]) or name
    kind = joined[0].lower() + joined[1:] if joined else name
    return SAME_KINDS.get(kind, kind)
