"""Plans requests that are the same for both sides, except for the ids from each server."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from contract_tests.catalogue import path_parameters, version_of
from contract_tests.comparison.operation_graph import OperationGraph, points_elsewhere, refers_elsewhere
from contract_tests.http import Request, fill_path, request_to
from mock_server.runtime.description import Operation
from mock_server.runtime.json_values import is_list, is_object

MOVED = ("start", "end", "slotStart")
FRESH = ("slug", "email")
ACCOUNT_WIDE = frozenset({"isDefault"})
"""Fields with which a thing replaces another one of the account."""

UNKNOWN_NUMBER = 2147480000
UNKNOWN_TEXT = "0b5d1c52-0000-4000-8000-000000000000"
WRONG: tuple[Any, ...] = ({}, [], "x", "", -1, 1.5, True, None)


@dataclass(frozen=True)
class NextStep:
    """An operation to call next, with known parameters and body fields, left and right.

    `own` is true if the operation concerns something that the run created.
    """

    operation: Operation
    scopes: tuple[dict[str, Any], dict[str, Any]] = field(default_factory=lambda: ({}, {}))
    bodies: tuple[dict[str, Any], dict[str, Any]] = field(default_factory=lambda: ({}, {}))
    own: bool = False


@dataclass(frozen=True)
class PlannedRequest:
    """A request for one side. `parameters` holds the values of path and query by name."""

    operation: Operation
    path: str
    parameters: dict[str, Any]
    query: dict[str, Any]
    body: Any
    with_credentials: bool = True

    @property
    def method(self) -> str:
        """The method."""
        return self.operation.method

    def with_headers(self, credentials: Mapping[str, str]) -> Request:
        """The request as it is sent with these credentials, unless it is planned to go without any."""
        headers: Mapping[str, str] = credentials if self.with_credentials else {}
        version = version_of(self.operation)
        return request_to(self.method, self.path, headers, body=self.body, query=self.query, version=version)


class Requests:
    """Plans pairs of requests. If the servers start with different data, none refers to things in examples."""

    def __init__(self, graph: OperationGraph, random: Random, *, same_start: bool, marker: str) -> None:
        self._graph = graph
        self._random = random
        self._same_start = same_start
        self._marker = marker
        self._serial = 0

    def make(
        self, step: NextStep, facts: tuple[dict[str, Any], dict[str, Any]]
    ) -> tuple[PlannedRequest, PlannedRequest] | None:
        """The two requests; None if something that they need is unknown."""
        shared = self._shared_parameters(step.operation)
        bodies = self._bodies(step)
        if bodies is None:
            return None
        pair = [
            self._one(step.operation, {**shared, **known, **scope}, body)
            for known, scope, body in zip(facts, step.scopes, bodies, strict=True)
        ]
        left, right = pair
        return None if left is None or right is None else (left, right)

    def ending(self, operation: Operation, parameters: dict[str, Any]) -> PlannedRequest | None:
        """The minimal request that removes a thing; None if something that it needs is unknown."""
        examples = self._graph.catalogue.examples(operation)
        return self._one(operation, parameters, examples[0] if examples else None)

    def refusals(
        self, pair: tuple[PlannedRequest, PlannedRequest], operation: Operation
    ) -> list[tuple[PlannedRequest, PlannedRequest]]:
        """Variants of the requests that both servers should refuse: a few, or none."""
        made: list[tuple[PlannedRequest, PlannedRequest]] = []
        if is_object(pair[0].body) and pair[0].body and self._random.random() < 0.35:
            made.append(self._broken(pair))
        if operation.method == "GET" and operation.path.endswith("}") and self._random.random() < 0.2:
            made.append(self._for_unknown_id(pair, operation))
        if any(rule.name == "authenticated" for rule in operation.access) and self._random.random() < 0.1:
            left, right = pair
            made.append((replace(left, with_credentials=False), replace(right, with_credentials=False)))
        return made

    def _one(self, operation: Operation, values: dict[str, Any], body: Any) -> PlannedRequest | None:
        if any(values.get(name) is None for name in path_parameters(operation)):
            return None
        query: dict[str, Any] = {}
        for name, parameter in operation.query_types.items():
            if values.get(name) is not None:
                query |= written_out(name, values[name], split=parameter.get("explode") is False)
            elif parameter.get("required"):
                return None
        return PlannedRequest(operation, fill_path(operation.path, values), values, query, body)

    def _shared_parameters(self, operation: Operation) -> dict[str, Any]:
        """Values that mean the same on both sides: one of an enum, or the description's example."""
        shared: dict[str, Any] = {}
        for each in operation.parameters:
            name, values = each["name"], self._graph.values(each)
            if each["in"] == "header" or (each["in"] == "query" and not self._is_chosen(each)):
                continue
            if values:
                shared[name] = self._random.choice(values)
            elif "example" in each and self._may_use(name, each["example"]):
                shared[name] = each["example"]
        return shared

    def _is_chosen(self, parameter: dict[str, Any]) -> bool:
        return parameter.get("required", False) or self._random.random() < 0.15

    def _may_use(self, name: str, example: Any) -> bool:
        return self._same_start or not (points_elsewhere(name) or refers_elsewhere(example))

    def _bodies(self, step: NextStep) -> tuple[Any, Any] | None:
        examples = self._graph.catalogue.examples(step.operation)
        if not examples:
            return None, None
        left, right = step.bodies
        usable = [each for each in examples if self._same_start or not _affects_others(each, known=left)]
        if not usable:
            return None
        chosen = copy.deepcopy(self._random.choice(usable))
        if not is_object(chosen):  # A list of bookings, in one older operation.
            return chosen, copy.deepcopy(chosen)
        body = self._fresh(chosen, step.operation)
        return {**body, **left}, {**copy.deepcopy(body), **right}

    def _fresh(self, body: Any, operation: Operation) -> Any:
        """Numbers what has to be unique, and moves times, which can be booked only once, by weeks."""
        self._serial += 1
        tag = f"{self._marker}{self._serial}"
        for name in FRESH:
            if operation.method == "POST" and isinstance(body.get(name), str):
                before, at, after = body[name].partition("@")
                body[name] = f"{before}-{tag}{at}{after}"
        for name in MOVED:
            if isinstance(body.get(name), str):
                body[name] = _moved(body[name], self._serial)
        return body

    def _broken(self, pair: tuple[PlannedRequest, PlannedRequest]) -> tuple[PlannedRequest, PlannedRequest]:
        name = self._random.choice(sorted(set(pair[0].body) - ACCOUNT_WIDE) or ["unknown"])
        if self._random.random() < 0.4:
            left, right = ({key: value for key, value in each.body.items() if key != name} for each in pair)
        else:
            wrong = self._random.choice(WRONG)
            left, right = ({**each.body, name: wrong} for each in pair)
        return replace(pair[0], body=left), replace(pair[1], body=right)

    def _for_unknown_id(
        self, pair: tuple[PlannedRequest, PlannedRequest], operation: Operation
    ) -> tuple[PlannedRequest, PlannedRequest]:
        is_number = operation.path_types[path_parameters(operation)[-1]] == "integer"
        unknown = str(UNKNOWN_NUMBER) if is_number else UNKNOWN_TEXT
        left, right = (replace(each, path=f"{each.path.rpartition('/')[0]}/{unknown}") for each in pair)
        return left, right


def _affects_others(example: Any, known: dict[str, Any]) -> bool:
    """Whether a body affects more than the run's own things: others of the world, or the whole account."""
    if not is_object(example):
        return refers_elsewhere(example)
    own = {name: value for name, value in example.items() if name not in known}
    return refers_elsewhere(own) or any(example.get(name) for name in ACCOUNT_WIDE)


def written_out(name: str, value: Any, *, split: bool) -> dict[str, Any]:
    """A query parameter as the API reads it: `a=1&a=2`, `a=1,2` where it is `split`, `a[0][b]=1` for objects."""
    if is_list(value) and any(is_object(each) for each in value):
        return {
            f"{name}[{number}][{field_name}]": each[field_name]
            for number, each in enumerate(value)
            for field_name in each
        }
    if is_list(value) and split:
        return {name: ",".join(map(str, value))}
    return {name: value}


def _moved(text: str, weeks: int) -> str:
    """The same day of the week and time of day, later."""
    try:
        day = datetime.strptime(text[:10], "%Y-%m-%d") + timedelta(weeks=weeks)
    except ValueError:
        return text
    return day.strftime("%Y-%m-%d") + text[10:]
