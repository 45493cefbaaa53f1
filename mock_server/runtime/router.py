"""Finds the operation of a path by its segments, in a tree instead of a list of routes."""

from __future__ import annotations

import re
from typing import Any, Generic, TypeVar
from urllib.parse import unquote_to_bytes

from mock_server.runtime.errors import BadRequest

T = TypeVar("T")

_MALFORMED = re.compile("%(?![0-9A-Fa-f]{2})")


class _Node(Generic[T]):
    __slots__ = ("by_method", "literal", "parameter")

    def __init__(self) -> None:
        self.literal: dict[str, _Node[T]] = {}
        self.parameter: _Node[T] | None = None
        self.by_method: dict[str, tuple[T, tuple[str, ...]]] = {}


class Router(Generic[T]):
    """A tree of path segments. Literal segments win over parameters; case and a trailing slash do not matter."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def add(self, method: str, template: str, target: T) -> None:
        """Registers `target` for e.g. ``GET`` and ``/v2/schedules/{scheduleId}``."""
        node = self._root
        names: list[str] = []
        for segment in template.strip("/").split("/"):
            if segment.startswith("{"):
                names.append(segment.strip("{}"))
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literal.setdefault(segment.lower(), _Node())
        node.by_method[method] = (target, tuple(names))

    def find(self, method: str, raw_path: str) -> tuple[T, dict[str, str]] | None:
        """The target and the decoded path parameters, or None.

        Raises BadRequest if a parameter's percent-encoding is malformed.
        """
        segments = raw_path.split("/")[1:]
        if len(segments) > 1 and segments[-1] == "":
            segments.pop()
        found = self._walk(self._root, method, segments, 0, ())
        if found is None:
            return None
        (target, names), values = found
        return target, {name: _decoded(value) for name, value in zip(names, values, strict=True)}

    def _walk(self, node: _Node[T], method: str, segments: list[str], at: int, values: tuple[str, ...]) -> Any:
        if at == len(segments):
            found = node.by_method.get(method)
            return None if found is None else (found, values)
        segment = segments[at]
        literal = node.literal.get(segment.lower())
        if literal is not None:
            found = self._walk(literal, method, segments, at + 1, values)
            if found is not None:
                return found
        if node.parameter is not None and segment:
            return self._walk(node.parameter, method, segments, at + 1, (*values, segment))
        return None


def _decoded(segment: str) -> str:
    if "%" not in segment:
        return segment
    refusal = BadRequest(f"Failed to decode param '{segment}'")
    if _MALFORMED.search(segment):
        raise refusal
    try:
        return unquote_to_bytes(segment.encode("latin-1")).decode()
    except UnicodeDecodeError:
        raise refusal from None
