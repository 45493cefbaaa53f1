"""Sends the description's examples, and finds ids with which the example of each operation succeeds.

Requests with these ids reach the operations; with generated ids nearly all would end in 404. What an example creates
stays if other operations need its id; all other effects are undone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contract_tests.catalogue import catalogue
from contract_tests.fuzzing.exchanges import exchange_with
from contract_tests.fuzzing.target import Before, Protect, Target
from contract_tests.http import SERVER_ERROR, Exchange
from contract_tests.links import Answered, Link, evaluate
from mock_server.runtime.json_values import is_object

ROUNDS = 3
CREATING = ("post", "get")


def provision(
    schema: Any,
    target: Target,
    protect: Protect,
    base_url: str | None = None,
    about_to: Before | None = None,
    wait: Callable[[], None] | None = None,
) -> dict[str, str]:
    """Fills `target.ids` and `target.bodies`; returns the replies to failed examples by operationId.

    `schema` is schemathesis'. `about_to` is called with each operationId before its example is sent. `wait` moves the
    clock to a time after the bookings of the examples: what failed before is tried once more there, and all undone.
    """
    trial = _Provisioning(target, base_url)
    pending = [result.ok() for result in schema.get_all_operations()]
    refused: dict[str, str] = {}

    def try_all(*, keeps_created: bool) -> None:
        for operation in tuple(pending):
            name = operation_id(operation)
            if about_to is not None:
                about_to(name)
            undo = protect()
            reply = trial.send(operation)
            if reply is None:
                refused.pop(name, None)
                pending.remove(operation)
                if keeps_created and operation.method in CREATING and trial.links(operation):
                    target.made += trial.sent[-1:]
                    continue
            else:
                refused[name] = reply
            undo()

    for _ in range(ROUNDS):
        try_all(keeps_created=True)
    if wait is not None:
        go_back = protect()
        wait()
        try_all(keeps_created=False)
        go_back()
    return refused


class _Provisioning:
    """Sends examples: first with their own ids, which fit the caller, then with those from links."""

    def __init__(self, target: Target, base_url: str | None) -> None:
        self._target = target
        self._base_url = base_url
        self._settled: set[str] = set()
        self.sent: list[Exchange] = []

    def send(self, operation: Any) -> str | None:
        """Sends an example. Returns None if it succeeded with some ids, else the last reply.

        Ids with which it succeeded, or failed by the server's fault, are kept.
        """
        name = operation_id(operation)
        linked, fields = self._target.ids.get(name, {}), self._target.bodies.get(name, {})
        examples = {each.name: each.definition["example"] for each in operation.path_parameters}
        fixed = self._target.fixed_ids(operation.path)
        examples |= fixed
        text = ""
        for ids, known in ((examples, {}), ({**examples, **linked, **fixed}, fields)):
            body = self._body(operation)
            sent = body.get("body")
            if known and is_object(sent):
                body["body"] = sent = {**sent, **known}
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
                if is_object(sent):
                    self._target.bodies[name] = {field: sent[field] for field in fields if field in sent}
                self._settled.add(name)
                if reply.status_code < 300:
                    content = reply.json() if reply.content else None
                    self._follow(operation, Answered(ids, sent, content))
                return None
            text = f"{reply.status_code} {reply.text}"
            if reply.status_code >= SERVER_ERROR:
                self._target.ids[name] = ids  # The generated requests shall show the error.
                self._settled.add(name)
                break
        return text

    def links(self, operation: Any) -> list[Link]:
        """The links of the success replies."""
        return catalogue().links(catalogue().operations[operation_id(operation)])

    def _follow(self, operation: Any, answered: Answered) -> None:
        for link in self.links(operation):
            if link.target in self._settled:
                continue
            self._target.ids.setdefault(link.target, {}).update(evaluate(link.parameters, answered))
            if link.body:
                self._target.bodies[link.target] = evaluate(link.body, answered)

    def _body(self, operation: Any) -> dict[str, Any]:
        examples = catalogue().examples(catalogue().operations[operation_id(operation)])
        return {"body": examples[0], "media_type": "application/json"} if examples else {}


def operation_id(operation: Any) -> str:
    """The operationId of one of schemathesis' operations."""
    return operation.definition.raw["operationId"]


def _required(parameters: Any, ids: dict[str, Any]) -> dict[str, Any]:
    """Required parameters with their examples."""
    return {
        each.name: ids.get(each.name, each.definition.get("example"))
        for each in parameters
        if each.is_required and "example" in each.definition
    }
