"""A small API with operations of a test's own, called in process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from starlette.types import Send

from mock_server.runtime.access import Credential, Rule
from mock_server.runtime.app import SandboxApp
from mock_server.runtime.call import Call
from mock_server.runtime.description import Description
from mock_server.runtime.dispatch import Handler
from mock_server.runtime.faults import Faults, FaultsOfWorlds
from mock_server.runtime.journal import Journal, Journals
from mock_server.runtime.limit import Limit
from mock_server.runtime.rate_limit_counters import Subject
from mock_server.state.clock import RealTime, real_time
from mock_server.state.collection import Collection, Index, Schema
from mock_server.state.entity import Entity
from mock_server.state.root import Root
from mock_server.state.transaction import Transaction
from mock_server.state.worlds import Worlds

Document = dict[str, Any]


class Note(Entity):
    id: int
    text: str


NOTES = Collection("notes", Note, unique=(("text",),), indexes=(Index(()),))


def operation(name: str, **parts: Any) -> Document:
    """An operation that may answer anything, with `parts` of its own."""
    success = {"description": "OK", "content": {"application/json": {"schema": {}}}}
    refusals = {str(status): {"description": "A refusal."} for status in range(400, 500)}
    return {
        "operationId": name,
        "tags": ["Notes"],
        "summary": name,
        "x-area": "notes",
        "x-file": "notes/notes.yaml",
        "x-access": [],
        "parameters": [],
        "responses": {"200": success, **refusals},
    } | parts


def body_of(schema: Document) -> Document:
    """A JSON request body."""
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def query(name: str, schema: Document, **parts: Any) -> Document:
    """A query parameter."""
    return {"name": name, "in": "query", "schema": schema} | parts


def path(name: str, kind: str = "string") -> Document:
    """A path parameter."""
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


def describe(paths: Document, schemas: Document | None = None) -> Description:
    """A description of these paths."""
    return Description(
        {"openapi": "3.0.3", "info": {"title": "Notes"}, "paths": paths, "components": {"schemas": schemas or {}}}
    )


class Answer:
    """A reply as the client gets it."""

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.status = status
        self.header_list = headers
        self.headers = {name.decode(): value.decode() for name, value in headers}
        self.body = body

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)

    @property
    def error(self) -> Any:
        """The `error` of a refusal's envelope."""
        assert self.json["status"] == "error", self.json
        return self.json["error"]


class NoCredentials:
    """Hints for worlds without credentials."""

    authentication = frozenset[str]()

    def about_rejected(self, call: Call) -> str:
        """See CredentialHints."""
        return f"There are no credentials at {call.base_url}."

    def existing(self, _: Transaction) -> list[Credential]:
        """See CredentialHints."""
        return []


class SmallApp:
    """The runtime on a small description, with these functions behind its operations."""

    def __init__(
        self,
        paths: Document,
        handlers: Mapping[str, Handler] | None = None,
        *,
        schemas: Document | None = None,
        rules: Mapping[str, Rule] | None = None,
        limit: Limit | None = None,
        clock: RealTime = real_time,
        strict: bool = True,
    ) -> None:
        self.worlds = Worlds(Schema((NOTES,)), lambda: Root.empty(Schema((NOTES,)), "notes"), real_time=clock)
        self.journals = Journals()
        known = handlers or {}

        def identify(call: Call, address: str, own: Limit | None) -> Subject:
            name = call.headers.get("authorization", address)
            return Subject(name, (own or limit,) if limit else ())

        self.app = SandboxApp(
            description=describe(paths, schemas),
            worlds=self.worlds,
            journals=self.journals,
            faults=FaultsOfWorlds(Faults),
            rules=rules or {},
            identify=identify,
            check_key=lambda *_: None,
            credentials=NoCredentials(),
            find_handler=lambda _, name: known.get(name),
            control_plane=lambda app: app,
            strict=strict,
            rate_limit=limit is not None,
        )

    def journal(self, world: str = "default") -> Journal:
        """The journal of a world."""
        return self.worlds.get(world).companion[self.journals]

    def ask(
        self,
        method: str,
        url: str,
        *,
        json_body: Any = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        send: Send | None = None,
    ) -> Answer:
        """Sends one request. A JSON body brings its own headers. `send` takes the place of a client that listens."""
        sent = {"host": "sandbox", **(headers or {})}
        if json_body is not None:
            body = json.dumps(json_body).encode()
            sent.setdefault("content-type", "application/json")
        if body is not None:
            sent["content-length"] = str(len(body))
        where, _, query_string = url.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": where,
            "raw_path": where.encode("latin-1"),
            "query_string": query_string.encode("latin-1"),
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
            "client": ("192.0.2.1", 1),
            "server": ("sandbox", 80),
        }
        messages: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body or b"", "more_body": False}

        async def listen(message: Any) -> None:
            messages.append(message)

        asyncio.run(self.app(scope, receive, send or listen))
        start, content = messages
        return Answer(start["status"], start["headers"], content["body"])
