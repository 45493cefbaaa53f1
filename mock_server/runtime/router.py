"""Finds the operation of a path by its segments, in a tree instead of a list of routes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import chain
from typing import Any, Generic, TypeVar
from urllib.parse import unquote_to_bytes

from mock_server.runtime.errors import BadRequest
from mock_server.runtime.openapi import HTTP_METHODS
from mock_server.state.work import spend

T = TypeVar("T")

SIMILAR = 3
"""How many similar paths are suggested."""
_METHODS = tuple(method.upper() for method in HTTP_METHODS)
_LONGEST_SIMILAR = 10
_LONGEST_SEGMENT = 50
_MOST_DIFFERENT = 1.6
_LIKENESS = 0.6
_PREFIX = "v2"
_VERSION = re.compile(r"v\d+")
_COST_OF_COMPARISON = 5
_MALFORMED = re.compile("%(?![0-9A-Fa-f]{2})")


class _Node(Generic[T]):
    __slots__ = ("by_method", "literal", "parameter", "template")

    def __init__(self) -> None:
        self.literal: dict[str, _Node[T]] = {}
        self.parameter: _Node[T] | None = None
        self.by_method: dict[str, tuple[T, tuple[str, ...]]] = {}
        self.template = ""


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
        node.template = template

    def find(self, method: str, raw_path: str) -> tuple[T, dict[str, str]] | None:
        """The target and the decoded path parameters, or None.

        Raises BadRequest if a parameter's percent-encoding is malformed.
        """
        found = self._walk(self._root, method, _segments(raw_path), 0, ())
        if found is None:
            return None
        (target, names), values = found
        return target, {name: _decoded(value) for name, value in zip(names, values, strict=True)}

    def others_of(self, raw_path: str) -> tuple[str, list[str]] | None:
        """The template of a path, and the methods that it takes; None for an unknown path."""
        segments = _segments(raw_path)
        for method in _METHODS:
            found = self._node(self._root, method, segments, 0)
            if found is not None:
                return found.template, sorted(found.by_method)
        return None

    def similar_to(self, raw_path: str) -> list[str]:
        """The templates that resemble an unknown path most, the best first."""
        segments = _segments(raw_path)[:_LONGEST_SIMILAR]
        found: dict[str, float] = {}
        _find_similar(self._root, segments, 0.0, found)
        return [template for template, _ in sorted(found.items(), key=lambda item: item[::-1])][:SIMILAR]

    def _node(self, node: _Node[T], method: str, segments: list[str], at: int) -> _Node[T] | None:
        """The node of a path that has the method."""
        if at == len(segments):
            return node if method in node.by_method else None
        literal = node.literal.get(segments[at].lower())
        found = None if literal is None else self._node(literal, method, segments, at + 1)
        if found is None and node.parameter is not None and segments[at]:
            found = self._node(node.parameter, method, segments, at + 1)
        return found

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


def _segments(raw_path: str) -> list[str]:
    segments = raw_path.split("/")[1:]
    if len(segments) > 1 and segments[-1] == "":
        segments.pop()
    return segments


def _find_similar(node: _Node[Any], segments: list[str], cost: float, found: dict[str, float]) -> None:
    """Adds the templates that differ from the path by at most _MOST_DIFFERENT, with that difference."""
    if cost > _MOST_DIFFERENT:
        return
    if not segments:
        for template, extra in _templates_below(node):
            if template and cost + extra <= _MOST_DIFFERENT:
                found[template] = min(cost + extra, found.get(template, cost + extra))
        return
    segment, rest = segments[0].lower(), segments[1:]
    spend(len(node.literal) * _COST_OF_COMPARISON)
    for name, child in node.literal.items():
        _find_similar(child, rest, cost + _difference(segment, name), found)
        if name == _PREFIX:
            _find_similar(child, segments, cost + 1, found)
    if node.parameter is not None:
        _find_similar(node.parameter, rest, cost, found)
    _find_similar(node, rest, cost + 1, found)


def _templates_below(node: _Node[Any]) -> Iterator[tuple[str, float]]:
    """The templates of a node and of those up to two segments below it, with what the missing segments count."""
    children = _children(node)
    yield node.template, 0
    for child in children:
        yield child.template, 1
    for grandchild in chain.from_iterable(map(_children, children)):
        yield grandchild.template, 1.5


def _children(node: _Node[Any]) -> list[_Node[Any]]:
    return [*node.literal.values(), *([] if node.parameter is None else [node.parameter])]


def _difference(segment: str, name: str) -> float:
    """How much two segments differ, from 0; more than is tolerated where they are not similar."""
    if segment == name:
        return 0
    if name == _PREFIX and _VERSION.fullmatch(segment):
        return 0.5
    matcher = SequenceMatcher(None, segment[:_LONGEST_SEGMENT], name)
    likely = matcher.real_quick_ratio() >= _LIKENESS and matcher.quick_ratio() >= _LIKENESS
    ratio = matcher.ratio() if likely else 0.0
    return 1.5 - ratio if ratio >= _LIKENESS else _MOST_DIFFERENT + 1


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
