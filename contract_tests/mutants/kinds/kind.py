"""What a kind of mutant is: a name, the operations that it can break, and how it breaks them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contract_tests.mutants.proxy import Break, Broken, Reply, Request
from mock_server.runtime.description import Operation

Applies = Callable[[Operation], bool]
Wants = Callable[[Request, Reply, Broken], bool]
"""Whether the kind may do something to a request that was answered so: a look ahead that saves hopeless trials."""
Spoil = Callable[[Reply, Broken], Reply | None]


@dataclass(frozen=True)
class Kind:
    """One way to break an operation. `limited` ones need a server that limits its callers."""

    name: str
    means: str
    applies: Applies
    how: Break
    wants: Wants
    limited: bool = False


KINDS: dict[str, Kind] = {}


def any_operation(operation: Operation) -> bool:
    """All of them."""
    return operation.success_status < 300


def named(*prefixes: str) -> Applies:
    """Operations whose names begin with one of these verbs."""
    return lambda operation: operation.id.startswith(prefixes) and operation.success_status < 300


reads = named("get_", "list_")
lists = named("list_")
reads_one = named("get_")
creates = named("create_", "reserve_", "select_")
updates = named("update_", "reschedule_", "confirm_", "decline_", "cancel_")
deletes = named("delete_", "deselect_")


def writes(operation: Operation) -> bool:
    """Operations that change something."""
    return creates(operation) or updates(operation)


def protected(operation: Operation) -> bool:
    """Operations that need credentials."""
    return any(rule.name == "authenticated" for rule in operation.access)


def _anything(request: Request, reply: Reply, broken: Broken) -> bool:
    del request, reply, broken
    return True


def kind(
    applies: Applies = any_operation, *, wants: Wants = _anything, limited: bool = False
) -> Callable[[Break], Break]:
    """Registers a way to break an operation; its docstring says what it means."""

    def register(how: Break) -> Break:
        name = getattr(how, "__name__", "")
        KINDS[name] = Kind(name, (how.__doc__ or "").strip(), applies, how, wants, limited)
        return how

    return register


def reply_kind(applies: Applies = any_operation) -> Callable[[Spoil], Spoil]:
    """Registers a way to spoil successful replies. A spoiler gives None for those that it leaves alone."""

    def register(spoil: Spoil) -> Spoil:
        async def how(request: Request, broken: Broken) -> Reply:
            reply = await broken.send(request)
            if not reply.succeeded:
                return reply
            spoiled = spoil(reply, broken)
            return reply if spoiled is None else broken.fire(spoiled)

        def wants(request: Request, reply: Reply, broken: Broken) -> bool:
            del request
            return reply.succeeded and spoil(reply, broken) is not None

        how.__name__, how.__doc__ = getattr(spoil, "__name__", ""), spoil.__doc__
        kind(applies, wants=wants)(how)
        return spoil

    return register


def is_refusal(reply: Reply) -> bool:
    """Whether a reply refuses in the usual envelope."""
    return reply.status >= 400 and isinstance(reply.content, dict) and isinstance(reply.content.get("error"), dict)


def refusal_kind(applies: Applies = any_operation) -> Callable[[Spoil], Spoil]:
    """Registers a way to spoil refusals."""

    def register(spoil: Spoil) -> Spoil:
        async def how(request: Request, broken: Broken) -> Reply:
            reply = await broken.send(request)
            if not is_refusal(reply):
                return reply
            spoiled = spoil(reply, broken)
            return reply if spoiled is None else broken.fire(spoiled)

        def wants(request: Request, reply: Reply, broken: Broken) -> bool:
            del request
            return is_refusal(reply) and spoil(reply, broken) is not None

        how.__name__, how.__doc__ = getattr(spoil, "__name__", ""), spoil.__doc__
        kind(applies, wants=wants)(how)
        return spoil

    return register
