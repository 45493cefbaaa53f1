"""Links of the description: which operations take what a reply hands out, and the values they take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_EXPRESSION = re.compile(
    r"\$(request\.(path|query)\.(?P<parameter>\w+)|(?P<source>request|response)\.body#(?P<pointer>/.*))"
)
_FIRST = re.compile(r"/0(?=/)")


def resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """What a `$ref` into the bundle's components stands for."""
    while "$ref" in node:
        _, _, kind, name = node["$ref"].split("/")
        node = document["components"][kind][name]
    return node


def links_of(document: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    """The links of an operation's success replies."""
    return [
        resolved(document, link)
        for status, response in operation["responses"].items()
        if status.startswith("2")
        for link in resolved(document, response).get("links", {}).values()
    ]


def example_body(document: dict[str, Any], operation: dict[str, Any]) -> Any:
    """The first example of an operation's body; None where it takes none."""
    if "requestBody" not in operation:
        return None
    media = resolved(document, operation["requestBody"])["content"]["application/json"]
    values = [media["example"]] if "example" in media else []
    values += [resolved(document, each)["value"] for each in media.get("examples", {}).values()]
    return values[0] if values else None


def required_fields(document: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    """The fields that an operation's body needs in any case."""
    if "requestBody" not in operation:
        return []
    media = resolved(document, operation["requestBody"])["content"]["application/json"]
    return resolved(document, media["schema"]).get("required", [])


def evaluated(
    expressions: dict[str, Any], parameters: dict[str, Any], sent: Any, answered: Any
) -> Iterator[tuple[str, Any]]:
    """Names with the values of their runtime expressions, where these have one."""
    for name, expression in expressions.items():
        match = _EXPRESSION.fullmatch(expression) if isinstance(expression, str) else None
        if match is None:
            value = expression
        elif match["parameter"]:
            value = parameters.get(match["parameter"])
        else:
            value = at({"request": sent, "response": answered}[match["source"]], match["pointer"])
        if value is not None:
            yield name.rpartition(".")[2], value


def each_evaluated(
    expressions: dict[str, Any], parameters: dict[str, Any], sent: Any, answered: Any
) -> Iterator[dict[str, Any]]:
    """The same for every item of a list whose first one the expressions name; incomplete ones are left out."""
    seen: list[dict[str, Any]] = []
    for place in range(len(answered["data"]) if _is_list(answered) else 1):
        placed = {
            name: _FIRST.sub(f"/{place}", text, count=1) if isinstance(text, str) else text
            for name, text in expressions.items()
        }
        values = dict(evaluated(placed, parameters, sent, answered))
        if len(values) == len(expressions) and values not in seen:
            seen.append(values)
            yield values


def is_of_reply(expression: Any) -> bool:
    """Whether an expression reads the reply's body."""
    return isinstance(expression, str) and expression.startswith("$response.body")


def at(content: Any, pointer: str) -> Any:
    """What stands at a JSON pointer; None where there is nothing."""
    for part in pointer.strip("/").split("/"):
        if isinstance(content, list):
            content = content[int(part)] if part.isdecimal() and int(part) < len(content) else None
        else:
            content = content.get(part) if isinstance(content, dict) else None
    return content


def _is_list(answered: Any) -> bool:
    return isinstance(answered, dict) and isinstance(answered.get("data"), list)
