"""The header `cal-api-version`, by which one path may lead to several operations.

Source: Cal.com API v2, version header.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

VERSION_HEADER = "cal-api-version"

DEFAULT_VERSION = "2024-04-15"
"""What counts where the header is absent, malformed or unknown."""


def url_path(key: str) -> str:
    """The path of a key under `paths`: ``/v2/schedules#2024-04-15`` is another version of ``/v2/schedules``."""
    return key.partition("#")[0]


def effective_version(given: str | None, known: frozenset[str]) -> str:
    """The version that a request asks for with this header."""
    return given if given in known else DEFAULT_VERSION


def version_faults(versions: Mapping[tuple[str, str], list[str]]) -> Iterator[str]:
    """What is wrong with the versions of operations, given by method and key under `paths`; none is all versions."""
    places: dict[tuple[str, str], list[str]] = {}
    for (method, key), own in versions.items():
        suffix = key.partition("#")[2]
        if suffix and suffix not in own:
            yield f"{method} {key} does not exist under {VERSION_HEADER} {suffix}, which its path names"
        places.setdefault((method, url_path(key)), []).append(key)
    for (method, path), keys in places.items():
        taken = [version for key in keys for version in versions[method, key]]
        if len(keys) > 1 and not all(versions[method, key] for key in keys):
            yield f"one operation of {method} {path} exists under all versions, so there can be no other"
        for version in sorted({each for each in taken if taken.count(each) > 1}):
            yield f"two operations of {method} {path} exist under {VERSION_HEADER} {version}"
