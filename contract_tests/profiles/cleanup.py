"""Removes what the suite created on a deployment, the newest first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from contract_tests.catalogue import REMOVING_POSTS, version_of
from contract_tests.fuzzing.target import Credentials
from contract_tests.http import Reply, fill_path, request_to
from contract_tests.ledger import Thing
from contract_tests.profiles.gate import Gate
from contract_tests.profiles.safety import SCOPES
from mock_server.runtime.description import Operation

GONE = frozenset({404, 410})
UNKNOWN_OR_REFUSED = 400
"""Some operations answer an unknown id with this status."""

CANCELLATION = {"cancellationReason": "made by a contract test"}
VERIFIED = 25
"""The number of removed things that are read again, to check that they are gone."""


@dataclass
class Cleanup:
    """The result of a clean-up.

    `left` gives what could not be removed, with the reason. `still_readable` are deleted things that can still be read:
    the operation that deleted them, and their path.
    """

    removed: int = 0
    left: dict[str, str] = field(default_factory=dict[str, str])
    still_readable: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


def clean_up(gate: Gate, credentials: Credentials, step: Callable[[], None] = lambda: None) -> Cleanup:
    """Removes everything in the ledger. Things of temporary users without credentials are removed with their user.

    Calls `step` before each thing.
    """
    result = Cleanup()
    _refresh_lost_tokens(gate, credentials)
    for thing in gate.ledger.standing():
        step()
        if thing.temporary_user is not None and not gate.headers_of(thing.purpose):
            continue
        operation = gate.catalogue.operations[thing.remover]
        if not _is_removed_already(gate, thing):
            status = remove(gate, thing, credentials)
            look = result.removed < VERIFIED or status == UNKNOWN_OR_REFUSED
            there = _is_readable(gate, operation, thing, credentials) if look else None
            if not (status < 300 or status in GONE or (status == UNKNOWN_OR_REFUSED and not there)):
                result.left[_name(operation, thing)] = f"{operation.method} answers {status}"
                continue
            if there:
                result.still_readable.append((operation.id, fill_path(operation.path, thing.ids)))
        result.removed += 1
        gate.ledger.removed(thing.remover, thing.ids)
    _removed_with_their_user(gate, result)
    return result


def _refresh_lost_tokens(gate: Gate, credentials: Credentials) -> None:
    """Gets new tokens for temporary users of earlier runs who created things that would outlive them."""
    standing = gate.ledger.standing()
    lost = {
        each.temporary_user
        for each in standing
        if gate.catalogue.outlives_its_maker(each.maker)
        and each.temporary_user is not None
        and not gate.headers_of(each.purpose)
    }
    for thing in standing:
        if thing.remover == "delete_managed_user" and str(thing.ids["userId"]) in lost:
            _exchange(gate, gate.catalogue.operations["force_refresh_tokens"], thing, credentials)


def remove(gate: Gate, thing: Thing, credentials: Credentials) -> int:
    """Removes a thing; returns the status of the reply."""
    return _exchange(gate, gate.catalogue.operations[thing.remover], thing, credentials).status


def _removed_with_their_user(gate: Gate, result: Cleanup) -> None:
    """Records that things of deleted temporary users are gone."""
    standing = gate.ledger.standing()
    users = {str(thing.ids["userId"]) for thing in standing if thing.remover == "delete_managed_user"}
    for thing in standing:
        if thing.temporary_user is None or gate.catalogue.outlives_its_maker(thing.maker):
            continue
        name = _name(gate.catalogue.operations[thing.remover], thing)
        if thing.temporary_user in users:
            result.left.setdefault(name, "its user was not deleted")
        else:
            result.removed += 1
            result.left.pop(name, None)
            gate.ledger.removed(thing.remover, thing.ids)


def _is_removed_already(gate: Gate, thing: Thing) -> bool:
    """Whether it was removed along with the thing that it belonged to, or with its temporary user."""
    goes_with_user = thing.temporary_user is not None and not gate.catalogue.outlives_its_maker(thing.maker)
    if goes_with_user and gate.owned.is_gone("userId", thing.temporary_user):
        return True
    return any(gate.owned.is_gone(name, value) for name, value in thing.ids.items() if name not in SCOPES)


def _is_readable(gate: Gate, remover: Operation, thing: Thing, credentials: Credentials) -> bool:
    """Whether it can be read. A thing without an operation that reads it counts as gone."""
    found = gate.catalogue.match("GET", remover.path)
    if remover.method != "DELETE" or found is None or found[0].path != remover.path:
        return False
    reply = _exchange(gate, gate.catalogue.current(found[0]), thing, credentials)
    return reply.succeeded and reply.data is not None


def _exchange(gate: Gate, operation: Operation, thing: Thing, credentials: Credentials) -> Reply:
    own = gate.headers_of(thing.purpose) if thing.temporary_user is not None else {}
    headers = own or credentials.headers(operation.path)
    body = CANCELLATION if operation.id in REMOVING_POSTS else None
    version = version_of(operation)
    return gate.send(request_to(operation.method, operation.path, headers, ids=thing.ids, body=body, version=version))


def _name(operation: Operation, thing: Thing) -> str:
    return f"{thing.maker}: {fill_path(operation.path, thing.ids)}"
