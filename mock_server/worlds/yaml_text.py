"""Reads YAML 1.2 as plain JSON values, and finds the lines of its parts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from mock_server.runtime.json_values import is_list, is_object

Path = tuple[str | int, ...]
"""The way to a value: names of mappings and positions in lists."""

_TAG = "tag:yaml.org,2002:"
_STRING, _MERGE = f"{_TAG}str", f"{_TAG}merge"
_EXPONENT = r"[eE][-+]?[0-9]+"
_SCALARS = (
    (f"{_TAG}bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    (f"{_TAG}int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    (f"{_TAG}float", rf"[-+]?(?:(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:{_EXPONENT})?|[0-9]+{_EXPONENT})", "-+.0123456789"),
    (f"{_TAG}null", r"~|null|Null|NULL|", ("~", "n", "N", "")),
    (_MERGE, r"<<", "<"),
)
"""Scalars that are not text, with their first characters. Unlike in YAML 1.1, `no`, `17:00` and times are text."""

RESOLVERS: dict[str, list[tuple[str, re.Pattern[str]]]] = defaultdict(list)
"""The types of scalars without quotes and tags, by their first character, for loaders and dumpers."""

for _tag, _pattern, _first in _SCALARS:
    for _character in _first:
        RESOLVERS[_character].append((_tag, re.compile(rf"(?:{_pattern})\Z")))


class _Loader(yaml.CSafeLoader):
    """Builds JSON values only."""


_Loader.yaml_implicit_resolvers = RESOLVERS


class NotYaml(Exception):
    """The text is not YAML. `line` counts from 1."""

    def __init__(self, text: str, line: int) -> None:
        super().__init__(text)
        self.line = line


class Repeated(NamedTuple):
    """A name that stands in a mapping twice."""

    path: Path
    line: int


class YamlText:
    """A YAML document: its `value`, and the lines of its parts. Raises NotYaml."""

    def __init__(self, text: str) -> None:
        loader: Any = _Loader(text)
        try:
            self._node = loader.get_single_node()
            self.repeated = [] if self._node is None else list(_repeated(self._node, (), set()))
            self.value: Any = None if self._node is None else loader.construct_document(self._node)
            if not _is_json(self.value):
                raise NotYaml("it has tags other than those of JSON values", 1)
        except yaml.YAMLError as error:
            raise NotYaml(_message(error), _line(error)) from None
        except RecursionError:
            raise NotYaml("it is nested too deeply, or within itself", 1) from None
        finally:
            loader.dispose()

    def line(self, path: Path) -> int:
        """The line of the value at `path`, or of the innermost part that contains it; the first line is 1."""
        node, line = self._node, 1
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return line


def _repeated(node: yaml.Node, path: Path, seen: set[int]) -> Iterator[Repeated]:
    """Finds repeated names, and makes all names text."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        names: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                key.tag = _STRING
                if key.value in names:
                    yield Repeated((*path, key.value), key.start_mark.line + 1)
                names.add(key.value)
            yield from _repeated(value, (*path, str(key.value)), seen)
    elif isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(node.value):
            yield from _repeated(item, (*path, place), seen)


def _child(node: yaml.Node | None, step: str | int) -> tuple[int, yaml.Node] | None:
    """The line and the node of a value directly below `node`. The line of a name counts for its value."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == step:
                return key.start_mark.line + 1, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item.start_mark.line + 1, item
    return None


def _message(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None)
    context = getattr(error, "context", None)
    return ", ".join(part for part in (context, problem) if part) or " ".join(str(error).split())


def _line(error: yaml.YAMLError) -> int:
    mark = getattr(error, "problem_mark", None)
    return 1 if mark is None else mark.line + 1


def text_of(path: Path) -> str:
    """A path within an entry as text, such as ``availability[0].days``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _is_json(value: Any) -> bool:
    if is_object(value):
        return all(map(_is_json, value.values()))
    return all(map(_is_json, value)) if is_list(value) else isinstance(value, str | int | float | None)
