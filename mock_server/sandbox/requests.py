"""The journal's calls of the control plane: the requests to the API that a world has answered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, get_args

from mock_server.runtime.call import CredentialKind
from mock_server.runtime.journal import Entry, Journals
from mock_server.runtime.masking import Secrets
from mock_server.runtime.workers import Workers
from mock_server.sandbox.errors import Refused
from mock_server.sandbox.waiting import wait_for_records
from mock_server.state.worlds import World

PARAMETERS = ("operation", "status", "caller", "since", "wait", "limit")
NO_CALLER = "none"

_STATUS = re.compile(r"[1-5](\d\d|xx)")


class RequestControls:
    """The calls of the control plane that concern the journal."""

    def __init__(self, journals: Journals, secrets: Secrets, workers: Workers) -> None:
        self._journals = journals
        self._secrets = secrets
        self._workers = workers

    async def list_requests(self, world: World, query: Mapping[str, str]) -> dict[str, Any]:
        """The matching requests; see wait_for_records. Raises Refused."""
        journal = world.companion[self._journals]
        found, last = await wait_for_records(lambda: reversed(list(journal)), _filter(query), query, self._workers)
        return {"requests": await self._workers.run(self._views, found), "last": last}

    def clear(self, world: World) -> dict[str, str]:
        """Empties the journal."""
        world.companion[self._journals].clear()
        return {"status": "ok"}

    def _views(self, entries: list[Entry]) -> list[dict[str, Any]]:
        return [each.view(self._secrets) for each in entries]


def _filter(query: Mapping[str, str]) -> Callable[[Entry], bool]:
    operation, status, caller = query.get("operation"), query.get("status"), query.get("caller")
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
        )

    return matches


def _has_status(entry: Entry, status: str) -> bool:
    return entry.reply is not None and str(entry.reply.status).startswith(status.rstrip("x"))


def _callers(entry: Entry) -> tuple[str, ...]:
    return (NO_CALLER,) if entry.caller is None else (str(entry.caller.user_id), entry.caller.kind)
