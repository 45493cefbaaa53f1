"""Runs the sequence on both servers: things are created, read, changed and removed, with the ids of each server."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from io import StringIO
from random import Random
from typing import Any

from contract_tests.cached_access import Deletions
from contract_tests.catalogue import ends, path_parameters
from contract_tests.comparison.differences import Comparer, Difference, Differences, shown
from contract_tests.comparison.errors import CannotCompare
from contract_tests.comparison.operation_graph import ONLY_CREATED, OperationGraph, gives_item
from contract_tests.comparison.requests import NextStep, PlannedRequest, Requests
from contract_tests.comparison.sides import Side
from contract_tests.http import NoReply, Reply
from contract_tests.links import Answered, evaluate, reads_reply
from contract_tests.profiles.safety import UNLESS_ALL_OPERATIONS
from mock_server.runtime.description import Operation
from mock_server.runtime.masking import Masker, described_in
from mock_server.runtime.progress import Progress

DEEPEST = 4
LOST_REPLIES_IN_A_ROW = 3

REFUSALS = frozenset({401, 403, 404})

_MANAGED = re.compile(r"/v2/organizations/[^/]+/organizations/([^/]+)")

Replies = tuple[Reply | None, Reply | None]


@dataclass
class Tally:
    """The operations that were called, and that succeeded on both sides. `held_back` says why others were not."""

    requests: int = 0
    held_back: dict[str, str] = field(default_factory=dict[str, str])
    asked: set[str] = field(default_factory=set[str])
    succeeded: set[str] = field(default_factory=set[str])


class Runner:
    """A run of the sequence. `limit` is the number of requests to each server; None is one round."""

    def __init__(
        self,
        graph: OperationGraph,
        sides: tuple[Side, Side],
        random: Random,
        limit: int | None,
        *,
        same_start: bool,
        progress: Progress | None = None,
    ) -> None:
        secrets = described_in(*(each.edition for each in sides))
        self._masker = Masker(secrets=secrets)
        self._graph = graph
        self._sides = sides
        self._random = random
        self._limit = limit
        self._same_start = same_start
        left, right = sides
        self.comparer = Comparer(same_start=same_start, addresses=(left.address, right.address), secrets=secrets)
        self.differences = Differences()
        self.tally = Tally()
        marker = "" if same_start else f"{int(time.time()) % 10_000_000}-"
        self._requests = Requests(graph, random, same_start=same_start, marker=marker)
        self._open: tuple[dict[str, PlannedRequest], dict[str, PlannedRequest]] = ({}, {})
        self._deletions = Deletions()
        self._lost_replies = [0, 0]
        self._ancestors: list[str] = []
        self.is_stopped = False
        self._progress = progress or Progress(StringIO())

    def run(self) -> None:
        """Walks until the limit, or for one round. Raises CannotCompare."""
        total, noun = (len(self._graph.operations), "operations") if self._limit is None else (self._limit, "requests")
        with self._progress.part("comparing", total, noun, self._counts):
            self._run()

    def _counts(self) -> str:
        return f"{self.tally.requests:,} requests to each server, {len(self.differences.found):,} differences"

    def _run(self) -> None:
        rounds = 0
        while rounds == 0 or self._limit is not None:
            before = self.tally.requests
            for step in self._first_steps():
                self._run_step(step)
            if self._same_start:
                for step in self._remaining_steps():
                    self._run_step(step)
            rounds += 1
            if self._is_over() or self.tally.requests == before:
                return

    def clean_up(self) -> list[str]:
        """Removes what the run created on servers that are not sandboxes; returns what could not be removed."""
        return [complaint for side in self._sides for complaint in side.clean_up(self._progress)]

    def _first_steps(self) -> list[NextStep]:
        """The operations that need no ids, including those that create things, in random order."""
        known = set(self._sides[0].facts) & set(self._sides[1].facts)
        found = [
            NextStep(each)
            for each in self._graph.description
            if each.id not in ONLY_CREATED
            and all(
                name in known or self._graph.values(parameter)
                for parameter in each.parameters
                if parameter["in"] == "path"
                for name in [parameter["name"]]
            )
        ]
        self._random.shuffle(found)
        return found

    def _remaining_steps(self) -> list[NextStep]:
        """The operations not called so far, for the things that their examples name."""
        return [NextStep(each) for each in self._graph.description if each.id not in self.tally.asked | ONLY_CREATED]

    def _is_over(self) -> bool:
        return self.is_stopped or (self._limit is not None and self.tally.requests >= self._limit)

    def _may(self, step: NextStep) -> bool:
        """Whether it affects only what the run created; in a sandbox, the whole world belongs to the run."""
        operation = step.operation
        if self._graph.revokes(operation):
            return False
        return self._same_start or operation.method == "GET" or step.own or self._graph.creates(operation)

    def _run_step(self, step: NextStep) -> None:
        """Sends the requests of a step, and continues with the steps that the replies lead to."""
        if self._is_over() or not self._may(step):
            return
        pair = self._requests.make(step, (self._sides[0].facts, self._sides[1].facts))
        if pair is None:
            return
        for refused in self._requests.refusals(pair, step.operation):
            self._send_pair(step.operation, refused)
        steps = self._send_pair(step.operation, pair)
        if len(self._ancestors) < DEEPEST and step.operation.id not in self._ancestors:
            self._ancestors.append(step.operation.id)
            if self._graph.creates(step.operation):
                self._run_lifecycle(step.operation, steps)
            else:
                self._run_next_steps(step.operation, steps)
            self._ancestors.pop()

    def _run_lifecycle(self, created: Operation, steps: list[NextStep]) -> None:
        """Reads a new thing, calls all operations below it, removes it, and reads it again."""
        prefix = self._graph.item_prefix(created)
        reads = [each for each in steps if each.operation.method == "GET"]
        endings = [each for each in steps if ends(each.operation) and (each.own or created.path in each.operation.path)]
        rest = [each for each in steps if each not in reads and each not in endings]
        if prefix is not None and steps:
            rest += self._siblings(prefix, steps)
        for step in reads:
            self._run_step(step)
        self._random.shuffle(rest)
        for step in rest:
            self._run_step(step)
        for step in endings[:1]:
            self._end(step)
        for step in reads[:1]:
            self._run_step(step)

    def _siblings(self, prefix: str, steps: list[NextStep]) -> Iterator[NextStep]:
        """Steps for operations below the thing's path that no link leads to."""
        named = {each.operation.id for each in steps}
        nothing: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
        scopes = next((each.scopes for each in steps if each.own), nothing)
        for operation in self._graph.below(prefix):
            if operation.id not in named and not ends(operation):
                yield NextStep(operation, scopes, own=True)

    def _run_next_steps(self, done: Operation, steps: list[NextStep]) -> None:
        """Continues after a list with its first item if that is the same on both sides; after a change with a read."""
        if done.method == "GET" and not self._same_start:
            return
        for step in steps:
            if step.operation.method == "GET" or (self._same_start and self._is_never_created(step.operation, done)):
                self._run_step(step)

    def _is_never_created(self, operation: Operation, listed: Operation) -> bool:
        """Whether an operation changes a thing that no operation creates."""
        return (
            listed.method == "GET"
            and operation.method == "PATCH"
            and not any(
                self._graph.item_prefix(each) == operation.path
                for each in self._graph.description
                if self._graph.creates(each)
            )
        )

    def _end(self, step: NextStep) -> None:
        """Removes a thing, even when the limit is reached; what belongs to it is removed first."""
        pair = self._requests.make(step, (self._sides[0].facts, self._sides[1].facts))
        if pair is None:
            return
        for side, opened, ending in zip(self._sides, self._open, pair, strict=True):
            for path in [] if self._same_start else [each for each in opened if _is_part(each, ending)]:
                with suppress(NoReply):
                    self._send(side, opened[path])
        self._send_pair(step.operation, pair)

    def _send_pair(self, operation: Operation, pair: tuple[PlannedRequest, PlannedRequest]) -> list[NextStep]:
        """Sends a pair of requests and compares the replies. Returns the next steps if both succeeded."""
        objection = self._objection(pair)
        if objection is not None:
            self.tally.held_back[operation.id] = objection.removesuffix(UNLESS_ALL_OPERATIONS)
            return []
        self.tally.requests += 1
        self.tally.asked.add(operation.id)
        self._progress.step(len(self.tally.asked) if self._limit is None else self.tally.requests)
        replies, found = self._ask(pair)
        left, right = replies
        if left is not None and right is not None:
            if left.succeeded and right.succeeded:
                self.tally.succeeded.add(operation.id)
            self._note(operation, pair, replies)
            found = self.comparer.compare(self._graph.kind(operation), left, right)
            if self._may_be_cached(operation, pair[0], left, right):
                found = []
        self.differences.add(operation, found, self.tally.requests, self._shown(pair[0]))
        if left is None or right is None or not (left.succeeded and right.succeeded):
            return []
        return self._next_steps(operation, pair, (left, right))

    def _may_be_cached(self, operation: Operation, request: PlannedRequest, left: Reply, right: Reply) -> bool:
        """Whether only one server may still admit the caller because of a cached result of its access rules."""
        if self._same_start or left.status == right.status or not {left.status, right.status} & REFUSALS:
            return False
        return self._deletions.may_admit(operation, request.path)

    def _objection(self, pair: tuple[PlannedRequest, PlannedRequest]) -> str | None:
        """Why the gate of one server holds a request back; then it is sent to neither."""
        for side, request in zip(self._sides, pair, strict=True):
            objection = side.objection(request.with_headers(side.credentials.headers(request.path)))
            if objection is not None:
                return objection
        return None

    def _ask(self, pair: tuple[PlannedRequest, PlannedRequest]) -> tuple[Replies, list[Difference]]:
        answers: list[Reply | None] = []
        lost = ["", ""]
        for number, (side, request) in enumerate(zip(self._sides, pair, strict=True)):
            try:
                answers.append(self._send(side, request))
                self._lost_replies[number] = 0
            except NoReply as error:
                answers.append(None)
                lost[number] = str(error)
                self._lost_replies[number] += 1
                if self._lost_replies[number] >= LOST_REPLIES_IN_A_ROW:
                    raise CannotCompare(
                        f"the {side.name} server ({side.url}) gave no reply {LOST_REPLIES_IN_A_ROW} times in a row, "
                        f"last to {request.method} {request.path}: {error}"
                    ) from None
        left, right = answers
        if not any(lost):
            return (left, right), []
        texts = [
            f"no reply: {reason}" if answer is None else str(answer.status)
            for answer, reason in zip(answers, lost, strict=True)
        ]
        return (left, right), [] if left is right else [Difference("status", *texts)]

    def _send(self, side: Side, request: PlannedRequest) -> Reply:
        return side.send(request.with_headers(side.credentials.headers(request.path)))

    def _shown(self, request: PlannedRequest) -> str:
        body = "" if request.body is None else f" {shown(request.body, self._masker)}"
        return f"{request.method} {self._masker.text(request.path)}{body}"

    def _note(self, operation: Operation, pair: tuple[PlannedRequest, PlannedRequest], replies: Replies) -> None:
        """Records what exists on each side and has to be removed."""
        for side, request, reply, opened in zip((0, 1), pair, replies, self._open, strict=True):
            if reply is None or not reply.succeeded:
                continue
            if ends(operation):
                self._deletions.note(request.path)
                for path in [each for each in opened if each == request.path or _is_part(each, request)]:
                    del opened[path]
            if self._graph.creates(operation):
                self._record_created(side, operation, Answered(request.parameters, request.body, reply.content))

    def _record_created(self, side: int, operation: Operation, answered: Answered) -> None:
        for link in self._graph.catalogue.links(operation):
            target = self._graph.operations[link.target]
            if not gives_item(link, target):
                continue
            found = evaluate(link.parameters, answered)
            for name, value in found.items():
                if reads_reply(link.parameters[name]):
                    self.comparer.adopt(side, name, value)
            if ends(target):
                ending = self._requests.ending(target, {**answered.parameters, **found})
                if ending is not None:
                    self._open[side].setdefault(ending.path, ending)

    def _next_steps(
        self, operation: Operation, pair: tuple[PlannedRequest, PlannedRequest], replies: tuple[Reply, Reply]
    ) -> list[NextStep]:
        """The steps that the links of both replies lead to."""
        left, right = (
            Answered(request.parameters, request.body, reply.content)
            for request, reply in zip(pair, replies, strict=True)
        )
        creates = self._graph.creates(operation)
        steps: list[NextStep] = []
        for link in self._graph.catalogue.links(operation):
            target = self._graph.operations[link.target]
            scopes = (evaluate(link.parameters, left), evaluate(link.parameters, right))
            bodies = (evaluate(link.body, left), evaluate(link.body, right))
            lacks = any(len(each) < len(link.parameters) for each in scopes)
            if lacks or any(len(each) < len(link.body) for each in bodies):
                continue
            own = creates and gives_item(link, target)
            steps.append(
                NextStep(
                    target, (_own(pair[0], operation) | scopes[0], _own(pair[1], operation) | scopes[1]), bodies, own
                )
            )
        return steps


def _own(request: PlannedRequest, operation: Operation) -> dict[str, Any]:
    """The path parameters of a request, which also apply to the next steps."""
    return {name: request.parameters[name] for name in path_parameters(operation)}


def _is_part(path: str, ending: PlannedRequest) -> bool:
    """Whether the thing at `path` belongs to the thing that `ending` deletes."""
    managed = _MANAGED.fullmatch(ending.path)
    whole = f"/v2/organizations/{managed[1]}" if managed else ending.path
    return ending.method == "DELETE" and path.startswith(f"{whole}/")
