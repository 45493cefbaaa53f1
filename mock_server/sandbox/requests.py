"""The journal's calls of the control plane: the requests to the API that a world has answered."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from typing import Any, get_args
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Receive, Scope

from mock_server.runtime.boundary import WORLD_PREFIX
from mock_server.runtime.call import CredentialKind
from mock_server.runtime.exchange import EXCHANGE, Exchange
from mock_server.runtime.integers import integer_from
from mock_server.runtime.journal import KEPT_REQUESTS, Entry, Journals
from mock_server.runtime.masking import Secrets
from mock_server.runtime.workers import Workers
from mock_server.sandbox.errors import Refused
from mock_server.sandbox.queries import one_of
from mock_server.sandbox.waiting import wait_for_records
from mock_server.state.worlds import DEFAULT_WORLD, World

PARAMETERS = ("operation", "status", "caller", "text", "summary", "since", "before", "wait", "limit")
NO_CALLER = "none"

_STATUS = re.compile(r"[1-5](\d\d|xx)")


class RequestControls:
    """The calls of the control plane that concern the journal. `app` is the whole sandbox."""

    def __init__(self, journals: Journals, secrets: Secrets, workers: Workers, app: ASGIApp) -> None:
        self._journals = journals
        self._secrets = secrets
        self._workers = workers
        self._app = app

    async def list_requests(self, world: World, query: Mapping[str, str]) -> dict[str, Any]:
        """The matching requests; see wait_for_records. `?summary=true` leaves out headers and bodies.

        Raises Refused.
        """
        journal = world.companion[self._journals]
        view = Entry.summary if one_of(query, "summary", ("true", "false")) == "true" else Entry.view
        found, last = await wait_for_records(
            lambda: reversed(list(journal)), _filter(query), query, self._workers, feed=world.companion.feed
        )
        return {"requests": await self._workers.run(self._views, found, view), "last": last}

    def get(self, world: World, number: str) -> dict[str, Any]:
        """One request. Raises Refused (404)."""
        return self._entry(world, number).view(self._secrets)

    async def send_again(self, world: World, number: str) -> dict[str, Any]:
        """Makes the same request again, with the same credentials, and returns it as the journal has it.

        Raises Refused.
        """
        entry = self._entry(world, number)
        if not entry.is_whole:
            trouble = "did not arrive, or was too long to be kept, so the request cannot be sent again"
            raise Refused(409, f"The body of request {number} {trouble}.")
        scope = _scope(world, entry)
        with contextlib.suppress(ConnectionResetError):  # A fault dropped the connection.
            await self._app(scope, _receiver(entry.body), _ignore)
        sent: Exchange = scope[EXCHANGE]
        world.check_exists()
        if world.companion.feed is not None:
            await world.companion.feed.pull()
        # Where processes share a journal, an entry gets its number from the store.
        again = (each for each in reversed(list(world.companion[self._journals])) if _is_same(each, sent.entry))
        return next(again, sent.entry).view(self._secrets)

    def _entry(self, world: World, number: str) -> Entry:
        entry = world.companion[self._journals].get(integer_from(number))
        if entry is None:
            raise Refused(404, f"There is no request {number} in the journal, which keeps the last {KEPT_REQUESTS}.")
        return entry

    def clear(self, world: World) -> dict[str, str]:
        """Empties the journal."""
        world.companion[self._journals].clear()
        return {"status": "ok"}

    def _views(self, entries: list[Entry], view: Callable[[Entry, Secrets], dict[str, Any]]) -> list[dict[str, Any]]:
        return [view(each, self._secrets) for each in entries]


def _is_same(entry: Entry, other: Entry) -> bool:
    return (entry.at, entry.duration, entry.request_id) == (other.at, other.duration, other.request_id)


def _filter(query: Mapping[str, str]) -> Callable[[Entry], bool]:
    operation, status, caller = query.get("operation"), query.get("status"), query.get("caller")
    text = query.get("text", "").lower()
    if status is not None and not _STATUS.fullmatch(status):
        raise Refused(400, "`status` takes a status such as 404, or a class of them such as 4xx.")
    kinds = (*get_args(CredentialKind), NO_CALLER)
    if caller is not None and caller not in kinds and not (caller.isascii() and caller.isdecimal()):
        raise Refused(400, f"`caller` takes a user's id, or one of {', '.join(kinds)}.")

    def matches(entry: Entry) -> bool:
        return (
            operation in (None, entry.operation_id)
            and (status is None or _has_status(entry, status))
            and (caller is None or caller in _callers(entry))
            and (not text or entry.contains(text))
        )

    return matches


def _has_status(entry: Entry, status: str) -> bool:
    return entry.reply is not None and str(entry.reply.status).startswith(status.rstrip("x"))


def _callers(entry: Entry) -> tuple[str, ...]:
    return (NO_CALLER,) if entry.caller is None else (str(entry.caller.user_id), entry.caller.kind)


def _scope(world: World, entry: Entry) -> Scope:
    """The ASGI scope of the same request."""
    path, _, query = entry.url.partition("?")
    prefix = "" if world.name == DEFAULT_WORLD else WORLD_PREFIX + world.name
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": entry.method,
        "scheme": "http",
        "path": unquote(prefix + path),
        "raw_path": (prefix + path).encode("latin-1"),
        "root_path": "",
        "query_string": query.encode("latin-1"),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in entry.headers.items()],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
    }


def _receiver(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _ignore(_: Message) -> None:
    """Takes the place of a client: the journal has the reply."""
