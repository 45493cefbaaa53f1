"""Removes what the suite made on a deployment, the newest first."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from contract_tests.fuzzing.target import Credentials
from contract_tests.ledger import Thing
from contract_tests.profiles.catalogue import VERSION_HEADER, Operation
from contract_tests.profiles.gate import GUEST, Gate, Reply
from contract_tests.profiles.safety import SCOPES

GONE = frozenset({404, 410})
UNKNOWN_OR_REFUSED = 400
"""Some operations answer an unknown id so."""

VERIFIED = 25
"""Of how many things it is looked whether they are really gone."""


@dataclass
class Sweep:
    """What became of what was made. `haunting` is what can be read after it was deleted: by which
    operation, and its path."""

    removed: int = 0
    left: dict[str, str] = field(default_factory=dict)
    haunting: list[tuple[str, str]] = field(default_factory=list)


def sweep(gate: Gate, credentials: Credentials, *, has_guest: bool) -> Sweep:
    """Removes everything that the ledger says is there. Things of a lost throw-away user go with the user."""
    result = Sweep()
    for thing in gate.ledger.standing():
        if thing.purpose == GUEST and not has_guest:
            continue
        operation = gate.catalogue.operations[thing.remover]
        if not _went_with_another(gate, thing):
            status = _exchange(gate, operation, thing, credentials).status
            look = result.removed < VERIFIED or status == UNKNOWN_OR_REFUSED
            there = _is_there(gate, operation, thing, credentials) if look else None
            if not (status < 300 or status in GONE or (status == UNKNOWN_OR_REFUSED and not there)):
                result.left[_name(operation, thing)] = f"{operation.method} answers {status}"
                continue
            if there:
                result.haunting.append((operation.id, _path(operation, thing)))
        result.removed += 1
        gate.ledger.removed(thing.remover, thing.ids)
    _with_their_user(gate, result)
    return result


def _with_their_user(gate: Gate, result: Sweep) -> None:
    """What a throw-away user had is gone once no such user is left."""
    standing = gate.ledger.standing()
    has_user = any(thing.remover == "delete_managed_user" for thing in standing)
    for thing in standing:
        if thing.purpose != GUEST:
            continue
        name = _name(gate.catalogue.operations[thing.remover], thing)
        if has_user:
            result.left.setdefault(name, "its user is still there")
        else:
            result.removed += 1
            result.left.pop(name, None)
            gate.ledger.removed(thing.remover, thing.ids)


def _went_with_another(gate: Gate, thing: Thing) -> bool:
    """Whether something that it was part of is gone."""
    return any(gate.mine.is_gone(name, value) for name, value in thing.ids.items() if name not in SCOPES)


def _is_there(gate: Gate, remover: Operation, thing: Thing, credentials: Credentials) -> bool:
    """Whether it can be read. What cannot be read by itself is taken to be gone."""
    found = gate.catalogue.match("GET", remover.path)
    if remover.method != "DELETE" or found is None or found[0].path != remover.path:
        return False
    reply = _exchange(gate, found[0], thing, credentials)
    content = reply.content
    return reply.status < 300 and isinstance(content, dict) and content.get("data") is not None


def _exchange(gate: Gate, operation: Operation, thing: Thing, credentials: Credentials) -> Reply:
    headers = dict(credentials.headers(operation.path))
    if operation.version is not None:
        headers[VERSION_HEADER] = operation.version
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    body = b""
    if operation.method == "POST":
        raw.append((b"content-type", b"application/json"))
        body = b'{"cancellationReason": "made by a contract test"}'
    prefix = urlsplit(gate.base_url).path.rstrip("/")
    return gate.exchange(operation.method, prefix + _path(operation, thing), raw, body)


def _path(operation: Operation, thing: Thing) -> str:
    path = operation.path
    for name, value in thing.ids.items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
    return path


def _name(operation: Operation, thing: Thing) -> str:
    return f"{thing.maker}: {_path(operation, thing)}"
