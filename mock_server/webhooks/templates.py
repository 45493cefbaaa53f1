"""Renders payload templates: the part of Handlebars that templates of webhooks use.

Values with and without escaping, paths with `../`, `this`, `@root` and `[any text]`, the blocks `if`, `unless`, `each`,
`with` and those named by a value, `else` and `else if`, `lookup`, block parameters, comments, whitespace control.
A template that Handlebars would refuse raises TemplateError: the live service then sends nothing.

Source: Cal.com API v2, webhooks: payload templates; the Handlebars language guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mock_server.runtime.json_values import script_text
from mock_server.state.work import spend
from mock_server.webhooks.template_parser import Block, Expression, Literal, Node, Output, Path, TemplateError, parse

__all__ = ["TemplateError", "render"]

NODE_COST = 5
TEXT_COST = 50
"""Characters that are written for one unit of work."""

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;"}
_ESCAPED = re.compile("[&<>\"'`=]")


def render(template: str, values: Mapping[str, Any]) -> str:
    """`template` with `values` filled in. Escaped quotes are turned back, as upstream.

    Raises TemplateError; WorkError, as nested blocks write much more than the template has.
    """
    try:
        text = _nodes(parse(template), _Frame(values, root=values))
    except RecursionError:
        raise TemplateError("Its blocks are nested too deeply") from None
    return text.replace("&quot;", '"')


class _Frame:
    """Where names are looked up: the value that `this` stands for, the frame around it, and names beside the values."""

    def __init__(
        self, this: Any, *, root: Any, outer: _Frame | None = None, data: dict[str, Any] | None = None
    ) -> None:
        self.this = this
        self.root = root
        self.outer = outer
        self.data = data or {}
        self.named: dict[str, Any] = outer.named if outer else {}

    def inside(self, this: Any, names: Sequence[str], values: Sequence[Any], **data: Any) -> _Frame:
        """The frame of a block's content, with its block parameters."""
        frame = _Frame(this, root=self.root, outer=self, data=self.data | data)
        frame.named = self.named | dict(zip(names, values, strict=False))
        return frame

    def value(self, path: Path) -> Any:
        """What a path leads to, None where it leads nowhere."""
        frame: _Frame | None = self
        for _ in range(path.up):
            frame = frame and frame.outer
        if frame is None:
            return None
        parts = list(path.parts)
        if path.is_data:
            first = parts.pop(0)
            value = frame.root if first == "root" else frame.data.get(first)
        elif parts and not path.up and not path.is_this and parts[0] in frame.named:
            value = frame.named[parts.pop(0)]
        else:
            value = frame.this
        for part in parts:
            value = _member(value, part)
        return value


def _nodes(nodes: Sequence[Node], frame: _Frame) -> str:
    return "".join([_node(node, frame) for node in nodes])


def _node(node: Node, frame: _Frame) -> str:
    spend(NODE_COST)
    if isinstance(node, str):
        spend(len(node) // TEXT_COST)
        return node
    if isinstance(node, Output):
        text = _text(_output(node.expression, frame))
        spend(len(text) // TEXT_COST)
        return _ESCAPED.sub(lambda found: _ESCAPES[found[0]], text) if node.escaped else text
    return _block(node, frame)


def _output(expression: Expression, frame: _Frame) -> Any:
    name = expression.name
    if name == "lookup":
        found = [_value(each, frame) for each in expression.arguments]
        if len(found) != 2:
            raise TemplateError('"lookup" takes two arguments')
        return _member(found[0], _text(found[1]))
    if name == "log":
        return None
    if expression.arguments or expression.options:
        raise TemplateError(f'Missing helper: "{name}"')
    return _value(expression.subject, frame)


def _block(block: Block, frame: _Frame) -> str:
    expression = block.expression
    helper = None if block.inverted else _HELPERS.get(expression.name)
    if helper is None:
        if expression.arguments:
            raise TemplateError(f'Missing helper: "{expression.name}"')
        return _named_by_value(block, _value(expression.subject, frame), frame)
    if len(expression.arguments) != 1:
        raise TemplateError(f"#{expression.name} requires exactly one argument")
    return helper(block, _value(expression.arguments[0], frame), frame)


def _if(block: Block, value: Any, frame: _Frame) -> str:
    include_zero = "includeZero" in block.expression.options and _value(block.expression.options["includeZero"], frame)
    holds = not _is_empty(value) or (include_zero and value == 0 and not isinstance(value, bool))
    return _nodes(block.body if holds else block.inverse, frame)


def _unless(block: Block, value: Any, frame: _Frame) -> str:
    return _nodes(block.body if _is_empty(value) else block.inverse, frame)


def _with(block: Block, value: Any, frame: _Frame) -> str:
    if _is_empty(value):
        return _nodes(block.inverse, frame)
    return _nodes(block.body, frame.inside(value, block.names, [value]))


def _each(block: Block, value: Any, frame: _Frame) -> str:
    if isinstance(value, Mapping):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    else:
        items = []
    if not items:
        return _nodes(block.inverse, frame)
    last = len(items) - 1
    spend(len(items) * NODE_COST)
    return "".join(
        _nodes(
            block.body,
            frame.inside(item, block.names, [item, key], key=key, index=place, first=place == 0, last=place == last),
        )
        for place, (key, item) in enumerate(items)
    )


def _named_by_value(block: Block, value: Any, frame: _Frame) -> str:
    """`{{#name}}`: once for each item of a list, once for another value, else what stands after `{{^}}`."""
    body, inverse = (block.inverse, block.body) if block.inverted else (block.body, block.inverse)
    if value is True:
        return _nodes(body, frame)
    if value is None or value is False or value == []:
        return _nodes(inverse, frame)
    if block.inverted:
        return ""
    if isinstance(value, list):
        return _each(block, value, frame)
    return _nodes(body, frame.inside(value, (), ()))


_HELPERS: dict[str, Callable[[Block, Any, _Frame], str]] = {"if": _if, "unless": _unless, "with": _with, "each": _each}


def _value(source: Path | Literal, frame: _Frame) -> Any:
    return source.value if isinstance(source, Literal) else frame.value(source)


def _member(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(name)
    if isinstance(value, (list, str)) and name == "length":
        return len(value)
    if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
        return value[int(name)]
    return None


def _is_empty(value: Any) -> bool:
    return value is None or value is False or value in (0, "") or value == []


def _text(value: Any) -> str:
    """A value as a template shows it: as JavaScript turns it into text, and nothing for what is missing."""
    return "" if value is None else script_text(dict(value) if isinstance(value, Mapping) else value)
