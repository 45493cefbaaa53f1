"""The header `cal-api-version`, which selects one of several operations on the same path.

Source: Cal.com API v2, version header.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

VERSION_HEADER = "cal-api-version"

DEFAULT_VERSION = "2024-04-15"
"""The version used if the header is absent, malformed or unknown."""

_PARAMETER = re.compile(r"\{[^}]*\}")


def url_path(key: str) -> str:
    """The path of a key under `paths`: ``/v2/schedules#2024-04-15`` is another version of ``/v2/schedules``."""
    return key.partition("#")[0]


def effective_version(given: str | None, known: frozenset[str]) -> str:
    """The version requested by this header value."""
    return given if given in known else DEFAULT_VERSION


class Served(NamedTuple):
    """An operation and its versions; none means all. `key` is its key under `paths`, `place` identifies it in messages.

    `is_required` says whether the header is required.
    """

    place: str
    method: str
    key: str
    versions: tuple[str, ...]
    is_required: bool


def version_faults(operations: Sequence[Served]) -> Iterator[str]:
    """The faults of the operations' versions, with place and remedy."""
    for operation in operations:
        yield from _own_faults(operation)
    by_path: dict[str, list[Served]] = {}
    for operation in operations:
        by_path.setdefault(_PARAMETER.sub("{}", url_path(operation.key)), []).append(operation)
    for group in by_path.values():
        for other in group:
            if url_path(other.key) != url_path(group[0].key):
                yield f"{other.place} has other parameter names than {group[0].place}. Use the same names"
        for one, other in combinations(group, 2):
            if one.method == other.method:
                yield from _faults_of_pair(one, other)


def _own_faults(operation: Served) -> Iterator[str]:
    suffix = operation.key.partition("#")[2]
    listed = ", ".join(operation.versions) or "all"
    if suffix and suffix not in operation.versions:
        yield (
            f"{operation.place} does not serve version {suffix}, the suffix of its path: {VERSION_HEADER} has "
            f"{listed}. End the path with one of them"
        )
    serves_default = not operation.versions or DEFAULT_VERSION in operation.versions
    if operation.is_required == serves_default:
        right, because = ("false", "is") if serves_default else ("true", "is not")
        yield (
            f"{operation.place}: {VERSION_HEADER} must be `required: {right}`, because {DEFAULT_VERSION}, the "
            f"default without the header, {because} among its values ({listed})"
        )


def _faults_of_pair(one: Served, other: Served) -> Iterator[str]:
    for first, second in ((one, other), (other, one)):
        if not first.versions:
            yield (
                f"{first.place} serves all versions, which leaves none for {second.place}. List its values of "
                f"{VERSION_HEADER}"
            )
            return
    for version in one.versions:
        if version in other.versions:
            yield f"{other.place} serves {VERSION_HEADER} {version}, as does {one.place}. Only one of them may"
