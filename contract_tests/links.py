"""Links of the description: which operation can follow a reply, and the values it takes from request and reply."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_server.runtime.json_values import is_list, is_object

_EXPRESSION = re.compile(
    r"\$(request\.(path|query)\.(?P<parameter>\w+)|(?P<source>request|response)\.body#(?P<pointer>/.*))"
)
_FIRST = re.compile(r"/0(?=/)")

Expressions = Mapping[str, object]
"""Runtime expressions, or constants, by the name of the parameter or field that takes their value."""


@dataclass(frozen=True)
class Link:
    """A link to the operation `target`, with expressions for its parameters and for fields of its body."""

    target: str
    parameters: Expressions
    body: Expressions = field(default_factory=dict[str, object])

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Link:
        """A link of the description; `path.` and `query.` before the names of parameters are dropped."""
        body = document.get("requestBody")
        parameters = {name.rpartition(".")[2]: value for name, value in document.get("parameters", {}).items()}
        return cls(document["operationId"], parameters, body if is_object(body) else {})


@dataclass(frozen=True)
class Answered:
    """What runtime expressions read: the values of the request's parameters, its body, and the body of the reply."""

    parameters: Mapping[str, Any]
    body: Any
    reply: Any


def evaluate(expressions: Expressions, answered: Answered) -> dict[str, Any]:
    """The values of expressions by name, without those that have none."""
    values = {name: _value(expression, answered) for name, expression in expressions.items()}
    return {name: value for name, value in values.items() if value is not None}


def evaluate_each(expressions: Expressions, answered: Answered) -> Iterator[dict[str, Any]]:
    """The same for every item of a list whose first item the expressions name; incomplete ones are left out."""
    seen: list[dict[str, Any]] = []
    for index in range(_length(answered.reply)):
        at_index = {
            name: at_item(expression, index) if isinstance(expression, str) else expression
            for name, expression in expressions.items()
        }
        values = evaluate(at_index, answered)
        if len(values) == len(expressions) and values not in seen:
            seen.append(values)
            yield values


def reads_reply(expression: object) -> bool:
    """Whether an expression reads the body of the reply."""
    return isinstance(expression, str) and expression.startswith("$response.body")


def at_item(pointer: str, index: int) -> str:
    """A pointer or an expression that names the first item of a list, for the item at `index`."""
    return _FIRST.sub(f"/{index}", pointer, count=1)


def value_at(content: Any, pointer: str) -> Any:
    """The value at a JSON pointer; None if there is none."""
    for part in pointer.strip("/").split("/"):
        if is_list(content):
            content = content[int(part)] if part.isdecimal() and int(part) < len(content) else None
        else:
            content = content.get(part) if is_object(content) else None
    return content


def _value(expression: object, answered: Answered) -> Any:
    match = _EXPRESSION.fullmatch(expression) if isinstance(expression, str) else None
    if match is None:
        return expression
    if match["parameter"]:
        return answered.parameters.get(match["parameter"])
    return value_at(answered.reply if match["source"] == "response" else answered.body, match["pointer"])


def _length(reply: Any) -> int:
    data = reply.get("data") if is_object(reply) else None
    return len(data) if is_list(data) else 1
