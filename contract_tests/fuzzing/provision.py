"""Makes what the description's examples make, and collects the ids that the links of the replies hand out.

Requests with these ids reach the operations; with made-up ids nearly all of them would end in 404.
"""

from __future__ import annotations

import re
from typing import Any

from contract_tests.fuzzing.target import Before, Target

_EXPRESSION = re.compile(r"\$(request\.(path|query)\.(?P<parameter>\w+)|response\.body#(?P<pointer>/.*))")

ROUNDS = 3
CREATING = ("post", "get")


def provision(schema: Any, target: Target, base_url: str | None = None, about_to: Before | None = None) -> None:
    """Sends the example of every operation whose reply has links, and fills `target.ids`.

    `schema` is schemathesis'. `about_to` is told each operationId before its example is sent.
    """
    operations = [result.ok() for result in schema.get_all_operations()]
    for operation in operations:
        target.ids[_id(operation)] = _examples(operation)
    pending = [each for each in operations if each.method in CREATING and _links(schema, each)]
    for _ in range(ROUNDS):
        for operation in tuple(pending):
            if about_to is not None:
                about_to(_id(operation))
            if _try(schema, operation, target, base_url):
                pending.remove(operation)


def _try(schema: Any, operation: Any, target: Target, base_url: str | None) -> bool:
    """Whether the example succeeded, so that its links are known."""
    path_values = target.ids[_id(operation)] | target.anywhere
    case = operation.Case(
        path_parameters={each.name: path_values[each.name] for each in operation.path_parameters},
        headers={**_versions(operation), **target.credentials.headers(operation.path)},
        **_body(schema, operation),
    )
    response = case.call(base_url=base_url)
    if not 200 <= response.status_code < 300:
        return False
    content = response.json()
    for link in _links(schema, operation).values():
        found = {
            name: _evaluate(expression, path_values, content) for name, expression in link.get("parameters", {}).items()
        }
        known = target.ids.setdefault(link["operationId"], {})
        known.update({name.rpartition(".")[2]: value for name, value in found.items() if value is not None})
        body = link.get("requestBody")
        if isinstance(body, dict):
            target.bodies[link["operationId"]] = {
                name: _evaluate(expression, path_values, content) for name, expression in body.items()
            }
    return True


def _evaluate(expression: Any, path_values: dict[str, Any], content: Any) -> Any:
    """The value of a runtime expression; None where the reply has nothing there."""
    match = _EXPRESSION.fullmatch(expression) if isinstance(expression, str) else None
    if match is None:
        return expression
    if match["parameter"]:
        return path_values.get(match["parameter"])
    for part in match["pointer"].strip("/").split("/"):
        if isinstance(content, list):
            content = content[int(part)] if part.isdecimal() and int(part) < len(content) else None
        else:
            content = content.get(part) if isinstance(content, dict) else None
    return content


def _id(operation: Any) -> str:
    return operation.definition.raw["operationId"]


def _examples(operation: Any) -> dict[str, Any]:
    return {each.name: each.definition["example"] for each in operation.path_parameters if "example" in each.definition}


def _versions(operation: Any) -> dict[str, str]:
    return {each.name: each.definition["example"] for each in operation.headers if each.name == "cal-api-version"}


def _resolved(schema: Any, node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        _, _, kind, name = node["$ref"].split("/")
        node = schema.raw_schema["components"][kind][name]
    return node


def _links(schema: Any, operation: Any) -> dict[str, Any]:
    """The links of the success replies."""
    return {
        name: _resolved(schema, link)
        for status, response in operation.definition.raw["responses"].items()
        if status.startswith("2")
        for name, link in _resolved(schema, response).get("links", {}).items()
    }


def _body(schema: Any, operation: Any) -> dict[str, Any]:
    if "requestBody" not in operation.definition.raw:
        return {}
    media = _resolved(schema, operation.definition.raw["requestBody"])["content"]["application/json"]
    if "example" in media:
        return {"body": media["example"], "media_type": "application/json"}
    for example in media.get("examples", {}).values():
        return {"body": _resolved(schema, example)["value"], "media_type": "application/json"}
    return {}
