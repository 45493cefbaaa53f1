"""Kinds of mutants: a name, the targets by the description, and the fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from contract_tests.consistency.session import reply_fields
from contract_tests.mutants.proxy import Break, Broken, Reply, Request
from mock_server.runtime.description import Description, Operation
from mock_server.runtime.json_values import is_object

Applies = Callable[[Operation], bool]
Has = Callable[[dict[str, Any]], bool]
"""Whether the kind can break a field of this schema."""
Spoil = Callable[[Reply, Broken], Reply | None]
Targets = Callable[[Description], Iterable[str]]


@dataclass(frozen=True)
class Kind:
    """One way to break a server.

    `targets` yields what it can break: an operation, or a part of one as `operation?parameter` or
    `operation#field`. `also` are further operations that it sees; with None it sees all requests.
    `near` names what a story that may kill it is likely to use: a method, or an operation with the name of a field or
    parameter, such as `create_webhook secret`. `limited` kinds need a server with rate limits. `narrow` kinds
    break one thing.
    """

    name: str
    means: str
    targets: Targets
    how: Break
    also: frozenset[str] | None = frozenset()
    near: tuple[str, ...] = ()
    limited: bool = False
    narrow: bool = False


def operation_of(target: str) -> str:
    """The name of the operation that a target belongs to."""
    return target.partition("?")[0].partition("#")[0]


def part_of(target: str) -> str:
    """The parameter or the field that a target names; empty for a whole operation."""
    return target[len(operation_of(target)) + 1 :]


KINDS: dict[str, Kind] = {}


def any_operation(operation: Operation) -> bool:
    """Matches every operation with a success reply."""
    return operation.success_status < 300


def named(*prefixes: str) -> Applies:
    """Matches operations whose names begin with one of these verbs."""
    return lambda operation: operation.id.startswith(prefixes) and operation.success_status < 300


reads = named("get_", "list_")
lists = named("list_")
reads_one = named("get_")
creates = named("create_", "reserve_", "select_")
updates = named("update_", "reschedule_", "confirm_", "decline_", "cancel_")
deletes = named("delete_", "deselect_")
adds = named("create_", "reserve_", "select_", "add_", "assign_", "verify_")
changes = named("update_", "reschedule_", "confirm_", "decline_", "cancel_", "replace_", "set_", "mark_", "reassign_")
removes = named("delete_", "deselect_", "remove_", "disconnect_", "unassign_")


def writes(operation: Operation) -> bool:
    """Operations that change something."""
    return creates(operation) or updates(operation)


def protected(operation: Operation) -> bool:
    """Operations that need credentials."""
    return any(rule.name == "authenticated" for rule in operation.access)


def validates(operation: Operation) -> bool:
    """Operations whose bodies are validated by the description, field by field."""
    checked = not (operation.validates_itself or operation.joins_complaints)
    return operation.body_schema is not None and checked


def body_fields(description: Description, operation: Operation) -> dict[str, dict[str, Any]]:
    """The fields of a body with their schemas."""
    if operation.body_schema is None:
        return {}
    components = description.components
    return {name: components.resolve(each) for name, each in components.properties(operation.body_schema).items()}


def operations_that(applies: Applies, has: Has | None = None) -> Targets:
    """Targets whole operations, if given those whose replies have a matching field."""

    def targets(description: Description) -> Iterable[str]:
        for operation in description:
            fits = has is None or any(map(has, reply_fields(description, operation).values()))
            if applies(operation) and fits:
                yield operation.id

    return targets


def kind(
    applies: Applies = any_operation,
    *,
    has: Has | None = None,
    limited: bool = False,
    targets: Targets | None = None,
) -> Callable[[Break], Break]:
    """Registers a fault of whole operations, described by its docstring."""

    def register(how: Break) -> Break:
        _register(how, Kind("", "", targets or operations_that(applies, has), how, limited=limited))
        return how

    return register


def fault(
    *operations: str, also: tuple[str, ...] | None = (), fields: tuple[str, ...] = (), methods: tuple[str, ...] = ()
) -> Callable[[Break], Break]:
    """Registers a narrow fault of each of the operations that the edition has.

    It also sees the operations in `also`, of which the edition needs one, or all with None. `fields` are the fields of
    bodies and queries that it concerns, `methods` the HTTP methods.
    """

    def register(how: Break) -> Break:
        seen = None if also is None else frozenset(also)
        near = tuple(f"{name} {each}" for name in (*operations, *(also or ())) for each in fields)
        near = (*methods, *near) or tuple(also or ())
        _register(how, Kind("", "", _described(operations, also or ()), how, seen, near, narrow=True))
        return how

    return register


def _described(operations: tuple[str, ...], also: tuple[str, ...]) -> Targets:
    """Those of the operations that the edition has; none if it has none of those that the fault needs as well."""

    def targets(description: Description) -> list[str]:
        known = description.operations
        return [each for each in operations if each in known and (not also or any(name in known for name in also))]

    return targets


def part_fault(targets: Targets) -> Callable[[Break], Break]:
    """Registers a fault of single parameters or fields."""

    def register(how: Break) -> Break:
        _register(how, Kind("", "", targets, how, narrow=True))
        return how

    return register


def _register(how: Break, made: Kind) -> None:
    name, means = getattr(how, "__name__", ""), (how.__doc__ or "").strip()
    KINDS[name] = replace(made, name=name, means=means)


def reply_kind(applies: Applies = any_operation, has: Has | None = None) -> Callable[[Spoil], Spoil]:
    """Registers a fault of successful replies. The function returns None for replies that it leaves alone."""
    return _spoiling(applies, has, lambda reply: reply.succeeded)


def is_refusal(reply: Reply) -> bool:
    """Whether a reply is an error in the usual envelope."""
    return reply.status >= 400 and is_object(reply.content) and is_object(reply.content.get("error"))


def error_reply_kind(applies: Applies = any_operation) -> Callable[[Spoil], Spoil]:
    """Registers a fault of error replies."""
    return _spoiling(applies, None, is_refusal)


def _spoiling(applies: Applies, has: Has | None, concerns: Callable[[Reply], bool]) -> Callable[[Spoil], Spoil]:
    def register(spoil: Spoil) -> Spoil:
        async def how(request: Request, broken: Broken) -> Reply:
            reply = await broken.send(request)
            if not concerns(reply):
                return reply
            spoiled = spoil(reply, broken)
            return reply if spoiled is None else broken.fire(spoiled)

        how.__name__, how.__doc__ = getattr(spoil, "__name__", ""), spoil.__doc__
        kind(applies, has=has)(how)
        return spoil

    return register
