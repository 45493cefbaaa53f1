"""Tries the description's examples, and finds for every operation the ids with which its example works.

Requests with these ids reach the operations; with made-up ids nearly all of them would end in 404. What an example
makes stays, if other operations take its id; what any other example does is undone.
"""

from __future__ import annotations

from typing import Any

from contract_tests.fuzzing.links import evaluated, example_body, links_of
from contract_tests.fuzzing.target import Before, Protect, Target
from contract_tests.reports.exchanges import Exchange, exchange_with

ROUNDS = 3
MAKING = ("post", "get")


def provision(
    schema: Any, target: Target, protect: Protect, base_url: str | None = None, about_to: Before | None = None
) -> dict[str, str]:
    """Fills `target.ids` and `target.bodies`; gives the reply to each example that did not work, by operationId.

    `schema` is schemathesis'. `about_to` is told each operationId before its example is sent.
    """
    trial = _Trial(schema, target, base_url)
    pending = [result.ok() for result in schema.get_all_operations()]
    refused: dict[str, str] = {}
    for _ in range(ROUNDS):
        for operation in tuple(pending):
            name = operation_id(operation)
            if about_to is not None:
                about_to(name)
            undo = protect()
            reply = trial.send(operation)
            if reply is None:
                refused.pop(name, None)
                pending.remove(operation)
                if operation.method in MAKING and trial.links(operation):
                    target.made += trial.sent[-1:]
                    continue
            else:
                refused[name] = reply
            undo()
    return refused


class _Trial:
    """Sends examples, with the ids of the examples first, then with those that links gave."""

    def __init__(self, schema: Any, target: Target, base_url: str | None) -> None:
        self._schema = schema
        self._target = target
        self._base_url = base_url
        self._settled: set[str] = set()
        self.sent: list[Exchange] = []

    def send(self, operation: Any) -> str | None:
        """None if the example worked with some ids, which are then kept; else the last reply."""
        name = operation_id(operation)
        linked = self._target.ids.get(name, {})
        examples = {each.name: each.definition["example"] for each in operation.path_parameters}
        examples |= self._target.anywhere
        text = ""
        for ids in (examples, {**examples, **linked, **self._target.anywhere}):
            body = self._body(operation)
            fields = self._target.bodies.get(name, {})
            if fields and isinstance(body.get("body"), dict):
                body["body"] = {**body["body"], **fields}
            case = operation.Case(
                path_parameters={each.name: ids[each.name] for each in operation.path_parameters},
                query=_required(operation.query, ids),
                headers={**_required(operation.headers, {}), **self._target.credentials.headers(operation.path)},
                **body,
            )
            reply = case.call(base_url=self._base_url, allow_redirects=False)
            if reply.status_code < 400:
                self.sent.append(exchange_with(reply, self._base_url or ""))
                self._target.ids[name] = ids
                self._settled.add(name)
                if reply.status_code < 300:
                    self._follow(operation, ids, body.get("body"), reply.json())
                return None
            text = f"{reply.status_code} {reply.text}"
        return text

    def links(self, operation: Any) -> list[dict[str, Any]]:
        """The links of the success replies."""
        return links_of(self._schema.raw_schema, operation.definition.raw)

    def _follow(self, operation: Any, ids: dict[str, Any], body: Any, content: Any) -> None:
        for link in self.links(operation):
            if link["operationId"] in self._settled:
                continue
            found = dict(evaluated(link.get("parameters", {}), ids, body, content))
            self._target.ids.setdefault(link["operationId"], {}).update(found)
            if isinstance(link.get("requestBody"), dict):
                self._target.bodies[link["operationId"]] = dict(evaluated(link["requestBody"], ids, body, content))

    def _body(self, operation: Any) -> dict[str, Any]:
        body = example_body(self._schema.raw_schema, operation.definition.raw)
        return {} if body is None else {"body": body, "media_type": "application/json"}


def operation_id(operation: Any) -> str:
    """The operationId that the description gives."""
    return operation.definition.raw["operationId"]


def _required(parameters: Any, ids: dict[str, Any]) -> dict[str, Any]:
    """Required parameters with their examples."""
    return {
        each.name: ids.get(each.name, each.definition.get("example"))
        for each in parameters
        if each.is_required and "example" in each.definition
    }
