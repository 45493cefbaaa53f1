"""Exchanges recorded on the live service, by edition.

`recordings/<edition>.jsonl` has one exchange per line. Names, ids and secrets are replaced; everything else is as the
service sent it. Request ids and the headers that every reply has were not recorded; of 2026-09, only bodies were, and
the headers, and request bodies that were not kept, are filled in. The recordings of an edition may
hold operations that its description does not have yet. `recordings/<edition>.setup.yaml` has the requests that create
what else there was at the time.
"""

from __future__ import annotations

import json
import re
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
import yaml

from contract_tests.catalogue import Catalogue
from contract_tests.http import Request, to_headers
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.description import VERSION_HEADER, Operation
from mock_server.runtime.editions import EDITIONS
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.versions import effective_version

FOLDER = Path(__file__).parent / "recordings"

CREDENTIALS = {
    "none": {},
    "OAuth client id and secret": {"x-cal-client-id": "recorded-client", "x-cal-secret-key": "recorded-secret"},
    "OAuth client id and wrong secret": {"x-cal-client-id": "recorded-client", "x-cal-secret-key": "wrong"},
    "OAuth client id alone": {"x-cal-client-id": "recorded-client"},
    "OAuth client secret alone": {"x-cal-secret-key": "recorded-secret"},
}
"""Headers by the kind of credentials of a request. All other kinds are bearer tokens.

That includes the web session that the service requires for an OAuth client's webhooks, where the description and the
documentation have an API key.
"""

PROOFS = frozenset({"authorization", "x-cal-secret-key"})
"""Headers that authenticate the caller."""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """One request and the service's reply.

    `operation` is method and path, such as ``GET /v2/schedules/{scheduleId}``; `target` path and query of the request;
    `reply` the decoded body. A request of the set-up may have to be sent `before` others, given by their names; with a
    number, as in ``GET /v2/me 200 #2``, only before the second one of its name.
    """

    operation: str
    target: str
    credentials: str
    before: tuple[str, ...] = ()
    headers: dict[str, str] = {}
    body: Any = msgspec.UNSET
    status: int
    reply_headers: dict[str, str]
    reply: Any = msgspec.UNSET

    @property
    def name(self) -> str:
        """Method, path and query, as sent, and the status of the reply."""
        return f"{self.operation.partition(' ')[0]} {self.target} {self.status}"

    @property
    def credential_headers(self) -> dict[str, str]:
        """The headers that authenticate the caller."""
        bearer = {"authorization": f"Bearer recorded-{self.credentials.replace(' ', '-')}"}
        return CREDENTIALS.get(self.credentials, bearer)

    @property
    def request_headers(self) -> dict[str, str]:
        """All headers of the request, with credentials of the recorded kind."""
        content = {} if self.body is msgspec.UNSET else {"content-type": "application/json"}
        return self.credential_headers | self.headers | content

    def request(self, operation: Operation) -> Request:
        """The request to its operation, with credentials of the recorded kind."""
        body = b"" if self.body is msgspec.UNSET else json.dumps(self.body).encode()
        return Request(operation.method, self.target, to_headers(self.request_headers), body, operation)

    @property
    def is_bare(self) -> bool:
        """Whether the reply is an error without the envelope."""
        return is_object(self.reply) and "status" not in self.reply

    @property
    def is_unserved(self) -> bool:
        """Whether the service has no operation for the request."""
        cannot = f"Cannot {self.operation.partition(' ')[0]} "
        return self.status == HTTPStatus.NOT_FOUND and _message(self.reply).startswith(cannot)

    @property
    def reply_body(self) -> bytes:
        """The reply's body as it is sent."""
        if self.reply is msgspec.UNSET or self.reply == "":
            return b""
        return self.reply.encode() if isinstance(self.reply, str) else json.dumps(self.reply).encode()


def _message(reply: Any) -> str:
    """The text of a refusal."""
    error = reply.get("error") if is_object(reply) else None
    return str(error.get("message", "")) if is_object(error) else ""


@cache
def recordings(edition: str) -> tuple[Recording, ...]:
    """All exchanges of an edition, such as ``2025-04``."""
    lines = (FOLDER / f"{edition}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(msgspec.json.decode(line, type=Recording) for line in lines)


@cache
def setup(edition: str) -> tuple[Recording, ...]:
    """The requests that create what the recorded ones of an edition need and what was not recorded.

    Their replies hold only the ids that the recordings have for what is created. Where `creates` is a list, the request
    is made for each of these ids that a recorded request needs.
    """
    file = FOLDER / f"{edition}.setup.yaml"
    text = file.read_text(encoding="utf-8") if file.exists() else "[]"
    requests: list[dict[str, Any]] = yaml.load(text, yaml.CSafeLoader)
    return tuple(_creating(ids, each) for each in requests for ids in _alternatives(each.pop("creates", {})))


def _alternatives(creates: Any) -> list[dict[str, Any]]:
    """The ids that a request of the set-up creates; of a list, the ids of as many like requests."""
    return creates if is_list(creates) else [creates]


def _creating(ids: dict[str, Any], request: dict[str, Any]) -> Recording:
    reply = {"status": HTTPStatus.CREATED, "reply_headers": {}, "reply": {"data": ids}}
    return msgspec.convert(reply | request, Recording)


class RecordedApi:
    """The recordings of an edition, with the operations of its description."""

    def __init__(self, edition: str) -> None:
        self.edition = edition
        self.catalogue = Catalogue(load_bundle(edition=edition))
        self.recordings = recordings(edition)
        self.setup = setup(edition)
        self._by_path: dict[str, list[Operation]] = {}
        for operation in self.catalogue:
            self._by_path.setdefault(_place(f"{operation.method} {operation.path}"), []).append(operation)

    def operation(self, recording: Recording) -> Operation | None:
        """The operation that a recorded request reaches; None if it is not described.

        Where the service did not serve the version of the request, it is any operation of the path, which refuses it.
        """
        found = self._by_path.get(_place(recording.operation), [])
        version = self.version(recording)
        served = [each for each in found if each.versions is None or version in each.versions]
        if not served and recording.status == HTTPStatus.NOT_FOUND:
            return next(iter(found), None)
        return next(iter(served), None)

    def version(self, recording: Recording) -> str:
        """The version that counts for a recorded request."""
        return effective_version(recording.headers.get(VERSION_HEADER), self.catalogue.description.known_versions)

    @property
    def numbered(self) -> list[tuple[Recording, str]]:
        """The recordings, with their names and numbers among those of the same name."""
        counts: dict[str, int] = {}
        found: list[tuple[Recording, str]] = []
        for recording in self.recordings:
            counts[recording.name] = counts.get(recording.name, 0) + 1
            found.append((recording, f"{recording.name} #{counts[recording.name]}"))
        return found

    @property
    def described(self) -> list[tuple[Recording, Operation]]:
        """The recordings of described operations, with these."""
        pairs = ((each, self.operation(each)) for each in self.recordings)
        return [(recording, operation) for recording, operation in pairs if operation is not None]

    @property
    def undescribed(self) -> list[str]:
        """The recorded operations that the description does not have, with the version where it has only others."""
        missing = (each for each in self.recordings if self.operation(each) is None and not each.is_unserved)
        return sorted({self._name(each) for each in missing})

    @property
    def unserved(self) -> list[Recording]:
        """The recordings of requests that the service did not serve and the description does not have."""
        return [each for each in self.recordings if each.is_unserved and self.operation(each) is None]

    @property
    def unrecorded(self) -> list[str]:
        """The ids of the described operations that nothing was recorded of, in this edition or an earlier one."""
        editions = EDITIONS[: EDITIONS.index(self.edition) + 1]
        recorded = {operation.id for edition in editions for _, operation in recorded_api(edition).described}
        return sorted(set(self.catalogue.operations) - recorded)

    def _name(self, recording: Recording) -> str:
        is_versioned = bool(self._by_path.get(_place(recording.operation)))
        return f"{recording.operation} under {self.version(recording)}" if is_versioned else recording.operation


@cache
def recorded_api(edition: str) -> RecordedApi:
    """The recordings of an edition, read once."""
    return RecordedApi(edition)


def _place(operation: str) -> str:
    """Method and path without the names of parameters, which differ between descriptions."""
    return re.sub(r"{\w+}", "{}", operation)
