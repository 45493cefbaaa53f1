"""Renders payload templates: the subset of Handlebars that webhook templates use.

Supports values with and without escaping, paths with `../`, `this`, `@root` and `[any text]`, the blocks `if`,
`unless`, `each` and `with`, blocks named by a value, `else` and `else if`, `lookup`, block parameters, comments and
whitespace control. A template that Handlebars would reject raises TemplateError: the live service then sends nothing.

Source: Cal.com API v2, webhooks: payload templates; the Handlebars language guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeGuard

from mock_server.runtime.integers import integer_from
from mock_server.runtime.json_values import is_list, script_text
from mock_server.state.work import spend
from mock_server.webhooks.template_parser import Block, Expression, Literal, Node, Output, Path, TemplateError, parse

__all__ = ["TemplateError", "render"]

NODE_COST = 5
TEXT_COST = 50
"""Characters that are rendered for one unit of work."""

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;"}
_ESCAPED = re.compile("[&<>\"'`=]")


def render(template: str, values: Mapping[str, Any]) -> str:
    """`template` with `values` filled in. Escaped quotes are unescaped again, as upstream.

    Raises TemplateError, and WorkError since nested blocks can multiply the length of the template.
    """
    try:
        text = _nodes(parse(template), _Context(values, root=values))
    except RecursionError:
        raise TemplateError("Its blocks are nested too deeply") from None
    return text.replace("&quot;", '"')


class _Context:
    """What names refer to: the value of `this`, the enclosing context, `@` variables and block parameters."""

    def __init__(
        self, this: Any, *, root: Any, outer: _Context | None = None, data: dict[str, Any] | None = None
    ) -> None:
        self.this = this
        self.root = root
        self.outer = outer
        self.data = data or {}
        self.named: dict[str, Any] = outer.named if outer else {}

    def inside(self, this: Any, names: Sequence[str], values: Sequence[Any], **data: Any) -> _Context:
        """The context of a block's content, with its block parameters."""
        context = _Context(this, root=self.root, outer=self, data=self.data | data)
        context.named = self.named | dict(zip(names, values, strict=False))
        return context

    def value(self, path: Path) -> Any:
        """The value at a path, or None."""
        context: _Context | None = self
        for _ in range(path.up):
            context = context.outer if context else None
        if context is None:
            return None
        parts = list(path.parts)
        if path.is_data:
            first = parts.pop(0)
            value = context.root if first == "root" else context.data.get(first)
        elif parts and not path.up and not path.is_this and parts[0] in context.named:
            value = context.named[parts.pop(0)]
        else:
            value = context.this
        for part in parts:
            value = _member(value, part)
        return value


def _nodes(nodes: Sequence[Node], context: _Context) -> str:
    return "".join([_node(node, context) for node in nodes])


def _node(node: Node, context: _Context) -> str:
    spend(NODE_COST)
    if isinstance(node, str):
        spend(len(node) // TEXT_COST)
        return node
    if isinstance(node, Output):
        text = _text(_output(node.expression, context))
        spend(len(text) // TEXT_COST)
        return _ESCAPED.sub(lambda found: _ESCAPES[found[0]], text) if node.escaped else text
    return _block(node, context)


def _output(expression: Expression, context: _Context) -> Any:
    name = expression.name
    if name == "lookup":
        found = [_value(each, context) for each in expression.arguments]
        if len(found) != 2:
            raise TemplateError('"lookup" takes two arguments')
        return _member(found[0], _text(found[1]))
    if name == "log":
        return None
    if expression.arguments or expression.options:
        raise TemplateError(f'Missing helper: "{name}"')
    return _value(expression.subject, context)


def _block(block: Block, context: _Context) -> str:
    expression = block.expression
    helper = None if block.inverted else _HELPERS.get(expression.name)
    if helper is None:
        if expression.arguments:
            raise TemplateError(f'Missing helper: "{expression.name}"')
        return _named_by_value(block, _value(expression.subject, context), context)
    if len(expression.arguments) != 1:
        raise TemplateError(f"#{expression.name} requires exactly one argument")
    return helper(block, _value(expression.arguments[0], context), context)


def _if(block: Block, value: Any, context: _Context) -> str:
    include_zero = "includeZero" in block.expression.options and _value(
        block.expression.options["includeZero"], context
    )
    holds = not _is_empty(value) or (include_zero and value is not False and value == 0)
    return _nodes(block.body if holds else block.inverse, context)


def _unless(block: Block, value: Any, context: _Context) -> str:
    return _nodes(block.body if _is_empty(value) else block.inverse, context)


def _with(block: Block, value: Any, context: _Context) -> str:
    if _is_empty(value):
        return _nodes(block.inverse, context)
    return _nodes(block.body, context.inside(value, block.names, [value]))


def _each(block: Block, value: Any, context: _Context) -> str:
    items: list[tuple[str | int, Any]] = []
    if _is_mapping(value):
        items += value.items()
    elif is_list(value):
        items += enumerate(value)
    if not items:
        return _nodes(block.inverse, context)
    last = len(items) - 1
    spend(len(items) * NODE_COST)
    return "".join(
        _nodes(
            block.body,
            context.inside(item, block.names, [item, key], key=key, index=index, first=index == 0, last=index == last),
        )
        for index, (key, item) in enumerate(items)
    )


def _named_by_value(block: Block, value: Any, context: _Context) -> str:
    """`{{#name}}`: renders the body for each item of a list or for any other value, and the inverse for nothing."""
    body, inverse = (block.inverse, block.body) if block.inverted else (block.body, block.inverse)
    if value is True:
        return _nodes(body, context)
    if value is None or value is False or value == []:
        return _nodes(inverse, context)
    if block.inverted:
        return ""
    if is_list(value):
        return _each(block, value, context)
    return _nodes(body, context.inside(value, (), ()))


_HELPERS: dict[str, Callable[[Block, Any, _Context], str]] = {
    "if": _if,
    "unless": _unless,
    "with": _with,
    "each": _each,
}


def _value(source: Path | Literal, context: _Context) -> Any:
    return source.value if isinstance(source, Literal) else context.value(source)


def _member(value: Any, name: str) -> Any:
    if _is_mapping(value):
        return value.get(name)
    if (is_list(value) or isinstance(value, str)) and name == "length":
        return len(value)
    index = integer_from(name)
    if is_list(value) and index is not None and index < len(value):
        return value[index]
    return None


def _is_mapping(value: Any) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _is_empty(value: Any) -> bool:
    return value is None or value is False or value in (0, "") or value == []


def _text(value: Any) -> str:
    """A value as text, as JavaScript converts it; missing values are empty."""
    return "" if value is None else script_text(dict(value) if _is_mapping(value) else value)
