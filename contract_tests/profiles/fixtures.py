"""The data of a run on a deployment: created through the API before it starts, and again once it is used up."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, Unpack

from contract_tests.catalogue import Catalogue, is_read, path_parameters, version_of
from contract_tests.fuzzing.target import Target
from contract_tests.http import Exchange, Reply, RequestOptions, request_to
from contract_tests.ledger import Thing
from contract_tests.links import Answered, evaluate
from contract_tests.profiles.gate import Gate
from contract_tests.profiles.safety import CHOICES, OTHERS, REFERENCES, SCOPES, Rules, kind
from contract_tests.profiles.sanitizer import Sanitizer
from mock_server.runtime.description import Operation
from mock_server.runtime.json_values import is_list, is_object

ROUNDS = 4
CREATES_USERS = "create_managed_user"
SLOT_DAYS = 21
TIMES = {
    "create_booking": "start",
    "create_booking_2024_04_15": "start",
    "reschedule_booking": "start",
    "reserve_slot": "slotStart",
}
"""Fields whose value must be a free slot, by operation."""


class Fixtures:
    """Creates things from the description's examples, and records their ids in the target."""

    def __init__(self, gate: Gate, rules: Rules, target: Target, sanitizer: Sanitizer) -> None:
        self._gate = gate
        self._catalogue: Catalogue = gate.catalogue
        self._rules = rules
        self._target = target
        self._sanitizer = sanitizer
        self._created: dict[str, Thing] = {}
        self._source: dict[str, str] = {}
        self._slots: list[str] = []
        self._scope: dict[str, Any] = {}
        self.refused: dict[str, str] = {}

    def work_within(self, scope: dict[str, Any]) -> None:
        """Sets the organization and the client of the credentials."""
        self._scope = scope

    def create_all(self) -> None:
        """Creates one of everything that may be created; then lists existing things, to read them by their ids."""
        for _ in range(ROUNDS):
            for operation in sorted(self._catalogue.creating, key=lambda each: len(path_parameters(each))):
                if operation.id not in self._created and self._may_create(operation):
                    self.create(operation)
        for operation in self._catalogue.operations.values():
            ids = self._ids(operation, chosen=CHOICES)
            if ids is not None:
                self._target.ids[operation.id] = ids
        for operation in self._catalogue.operations.values():
            if is_read(operation) and self._rules.exclusion(operation) is None and self._reads_without_ids(operation):
                self._ask(operation)

    def _may_create(self, operation: Operation) -> bool:
        return self._rules.exclusion(operation) is None and self.excluded_creator(operation) is None

    def create(self, operation: Operation) -> Reply | None:
        """Sends the operation's example with our ids and returns the reply; None if there are no ids for its path."""
        ids = self._ids(operation)
        if ids is None or self._gate.stopped is not None:
            return None
        self._choose_other_ids(operation, ids)
        body = self.with_free_slot(operation.id, self._body(operation))
        reply = self._send(operation, ids=ids, body=body)
        if not reply.succeeded:
            self.refused[operation.id] = f"{reply.status} {_message(reply)}"
            return reply
        self.refused.pop(operation.id, None)
        newest = self._gate.ledger.standing()[:1]
        if newest and newest[0].maker == operation.id:
            self._created[operation.id] = newest[0]
        self._follow(operation, Answered(ids, body, reply.content))
        return reply

    def reserve(self, operation_id: str) -> None:
        """Reserves what the operation created: the generated requests get another one."""
        self._created.pop(operation_id, None)

    def recreate_for(self, operation_id: str) -> None:
        """Recreates what the operation works on if it was removed."""
        source = self._source.get(operation_id)
        thing = self._created.get(source) if source else None
        if source is not None and thing is not None and self._is_gone(thing):
            self.recreate_for(source)
            self.create(self._catalogue.operations[source])
            self._target.ids.setdefault(operation_id, {}).update(self._created[source].ids)

    def with_free_slot(self, operation_id: str, body: Any) -> Any:
        """The body with a free slot as its time, and the event type that has the slot."""
        field = TIMES.get(operation_id)
        if field is not None and is_object(body) and field in body:
            slot = self._next_slot()
            if slot is not None:
                event_type = {"eventTypeId": self._bookable} if "eventTypeId" in body else {}
                return {**body, field: slot, **event_type}
        return body

    @property
    def _bookable(self) -> Any:
        """The id of the event type used for bookings; None if there is none yet."""
        return self._target.bodies.get("create_booking", {}).get("eventTypeId")

    def _choose_other_ids(self, operation: Operation, ids: dict[str, Any]) -> None:
        """Sets fields that refer to another thing than the path, such as an absent user's substitute, to ours."""
        example = self._example(operation)
        for name in OTHERS.keys() & example.keys() if is_object(example) else ():
            another = self._gate.owned.latest(name, but=ids.get(kind(name)))
            if another is not None:
                self._target.bodies.setdefault(operation.id, {})[name] = another

    def _body(self, operation: Operation) -> Any:
        body = self._sanitizer.fresh(self._example(operation))
        fields = self._target.bodies.get(operation.id, {})
        return {**body, **fields} if is_object(body) else body

    def _example(self, operation: Operation) -> Any:
        """The first example of the body; None if the operation takes none."""
        return next(iter(self._catalogue.examples(operation)), None)

    def _ids(self, operation: Operation, *, chosen: Collection[str] = ()) -> dict[str, Any] | None:
        """The ids from links; else of the things that the path is below; else of any of our users.

        None where some are missing. Parameters in `chosen` are no ids; requests choose their values themselves.
        """
        needed = [name for name in path_parameters(operation) if name not in chosen]
        known = dict(self._target.ids.get(operation.id, {}))
        known |= {name: each for name, each in self._scope.items() if not operation.path.endswith(f"{{{name}}}")}
        if not all(name in known for name in needed):
            for creator, thing in self._created.items():
                if operation.path.startswith(self._catalogue.operations[thing.remover].path):
                    known = thing.ids | known
                    self._source.setdefault(operation.id, creator)
            spare = self._created.get(CREATES_USERS)
            if "userId" in needed and "userId" not in known and spare is not None:
                known["userId"] = spare.ids["userId"]
                self._source.setdefault(operation.id, CREATES_USERS)
        return known if all(name in known for name in needed) else None

    def excluded_creator(self, operation: Operation) -> str | None:
        """The excluded operation that would have to create what this one works on; None if there is none."""
        return self._excluded_creator(operation, frozenset())

    def _excluded_creator(self, operation: Operation, asked: frozenset[str]) -> str | None:
        """See excluded_creator. `asked` are the operations that need what this one creates."""
        if path_parameters(operation) and not self._has_usable_ids(operation):
            makers = [each for each in self._catalogue.creating if self._leads_to(each, operation)]
        else:
            makers = self._creators_for_body(operation)
        asked |= {operation.id}
        excluded = [self._excluded_maker(each, asked) for each in makers if each.id not in asked]
        return None if None in excluded or not excluded else excluded[0]

    def _excluded_maker(self, maker: Operation, asked: frozenset[str]) -> str | None:
        """An operation that creates something, or the creator of what it needs, if that is excluded."""
        return self._excluded_creator(maker, asked) if self._rules.exclusion(maker) is None else maker.id

    def _has_usable_ids(self, operation: Operation) -> bool:
        """Whether there are ids for the path; for a write, ids of what this run has created."""
        ids = self._ids(operation)
        return ids is not None and (
            is_read(operation)
            or all(name in (*SCOPES, *CHOICES) or (name, value) in self._gate.owned for name, value in ids.items())
        )

    def _leads_to(self, maker: Operation, operation: Operation) -> bool:
        return any(link.target == operation.id for link in self._catalogue.links(maker))

    def _creators_for_body(self, operation: Operation) -> list[Operation]:
        """The operations that create the first thing which the body must refer to and of which we have none."""
        required = self._catalogue.required_fields(operation)
        lacking = [name for name in required if name in REFERENCES and self._gate.owned.latest(name) is None]
        return [
            each for each in self._catalogue.creating if lacking
            and any(kind(path_parameters(remover)[-1]) == kind(lacking[0]) for remover in self._removers(each))
        ]  # fmt: skip

    def _removers(self, maker: Operation) -> list[Operation]:
        return [self._catalogue.operations[link.target] for link in self._catalogue.removals(maker)]

    def _reads_without_ids(self, operation: Operation) -> list[str]:
        """The reads that take an id from the operation's reply and have none yet."""
        return [
            link.target
            for link in self._catalogue.links(operation)
            if is_read(self._catalogue.operations[link.target]) and link.target not in self._target.ids
        ]

    def _ask(self, operation: Operation) -> None:
        ids = self._ids(operation)
        if ids is None or any(each.get("required") for each in operation.query_types.values()):
            return
        reply = self._send(operation, ids=ids)
        if reply.succeeded:
            wanted = set(self._reads_without_ids(operation))
            for link in self._catalogue.links(operation):
                if link.target in wanted:
                    found = evaluate(link.parameters, Answered(ids, None, reply.content))
                    self._target.ids.setdefault(link.target, {}).update(found)

    def _send(self, operation: Operation, **options: Unpack[RequestOptions]) -> Reply:
        headers, version = self._target.credentials.headers(operation.path), version_of(operation)
        started = datetime.now(UTC)
        reply = self._gate.send(
            request_to(operation.method, operation.path, headers, **{**options, "version": version})
        )
        ended = datetime.now(UTC)
        self._target.made.append(Exchange("set-up", reply, ended, ended - started))
        return reply

    def _follow(self, operation: Operation, answered: Answered) -> None:
        for link in self._catalogue.links(operation):
            if self._source.setdefault(link.target, operation.id) != operation.id:
                continue
            self._target.ids.setdefault(link.target, {}).update(evaluate(link.parameters, answered))
            if link.body:
                self._target.bodies.setdefault(link.target, {}).update(evaluate(link.body, answered))

    def _is_gone(self, thing: Thing) -> bool:
        return any(self._gate.owned.is_gone(name, value) for name, value in thing.ids.items() if name not in SCOPES)

    def _next_slot(self) -> str | None:
        """A free slot of the event type used for bookings; none is returned twice."""
        event_type = self._bookable
        if not self._slots and event_type is not None:
            now = datetime.now(UTC)
            start, end = now + timedelta(days=2), now + timedelta(days=2 + SLOT_DAYS)
            query = {"eventTypeId": event_type, "start": f"{start:%Y-%m-%d}", "end": f"{end:%Y-%m-%d}"}
            reply = self._send(self._catalogue.operations["get_available_slots"], query=query)
            self._slots = _starts(reply.data)
        return self._slots.pop() if self._slots else None


def _message(reply: Reply) -> str:
    """The message of a refusal."""
    content = reply.content
    error = content.get("error") if is_object(content) else None
    message = error.get("message") if is_object(error) else None
    return str(message or reply.text)[:120]


def _starts(days: Any) -> list[str]:
    if not is_object(days):
        return []
    slots = [slot for day in days.values() if is_list(day) for slot in day]
    return [slot["start"] for slot in reversed(slots) if is_object(slot) and "start" in slot]
