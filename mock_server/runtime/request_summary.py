"""A request of the API in one line: of JSON for programs, of text for a terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import click
import msgspec

from mock_server.runtime.call import CredentialKind
from mock_server.runtime.console import printable
from mock_server.runtime.dates import iso
from mock_server.runtime.journal import Entry
from mock_server.runtime.json_values import is_object
from mock_server.runtime.masking import Secrets

LONGEST = 300
"""Characters of a URL, a message or a hint in a line of text."""
URL_WIDTH = 44
SECOND = len("2026-01-31T23:59:59")
COLOURS = {1: "cyan", 2: "green", 3: "cyan", 4: "yellow", 5: "red"}


class CallerSummary(msgspec.Struct, frozen=True, rename="camel"):
    """The kind of the credential, and the user."""

    kind: CredentialKind
    user_id: int


class RequestSummary(msgspec.Struct, frozen=True, rename="camel"):
    """A finished request without secrets. `url` has the prefix of the world; `status` is None if there was no reply.

    `message` is that of an error, `fault` the id of the fault that was injected. `is_api` is false for the control
    plane and for paths outside of the API.
    """

    at: str
    method: str
    url: str
    status: int | None
    duration_ms: float
    operation: str | None = None
    caller: CallerSummary | None = None
    message: str | None = None
    hint: str | None = None
    breach: str | None = None
    fault: str | None = None
    is_api: bool = True


def summary_of(entry: Entry, secrets: Secrets, *, base_path: str = "", is_api: bool = True) -> RequestSummary:
    """The summary of an entry, whose path in the journal is without the prefix `base_path`."""
    masker, reply, caller = entry.masker(secrets), entry.reply, entry.caller
    breach = entry.breach()
    message = None if reply is None or reply.status < 400 else error_message(_decoded(reply.body))
    return RequestSummary(
        at=iso(datetime.fromtimestamp(entry.at, UTC)),
        method=entry.method,
        url=masker.text(base_path + entry.url),
        status=None if reply is None else reply.status,
        duration_ms=round(entry.duration * 1000, 3),
        operation=entry.operation_id,
        caller=None if caller is None else CallerSummary(caller.kind, caller.user_id),
        message=message and masker.text(message),
        hint=entry.hint and masker.text(entry.hint),
        breach=breach and masker.breach(breach),
        fault=entry.fault,
        is_api=is_api,
    )


def summary_of_view(view: dict[str, Any]) -> RequestSummary:
    """The summary of an entry of `GET /_sandbox/requests`."""
    reply, contract, caller = view["reply"], view["contract"], view["caller"]
    return RequestSummary(
        at=view["at"],
        method=view["request"]["method"],
        url=view["request"]["url"],
        status=reply and reply["status"],
        duration_ms=view["durationMs"],
        operation=view["operation"],
        caller=caller and CallerSummary(caller["kind"], caller["userId"]),
        message=error_message(reply["body"]) if reply and reply["status"] >= 400 else None,
        hint=view["hint"],
        breach=contract and contract["breach"],
        fault=view["fault"],
    )


def error_message(content: Any) -> str | None:
    """The message in the body of an error: of the API, in one of its envelopes, or of the control plane."""
    if not is_object(content):
        return None
    error = content.get("error")
    if is_object(error):
        error = error.get("message")
    if "message" in content and not (isinstance(error, str) and "status" in content):
        error = content["message"]
    return error if isinstance(error, str) else None


def text_line(summary: RequestSummary, *, colours: bool) -> str:
    """Time of day, method, URL, status, duration, operation, caller, and what went wrong."""
    status, caller = summary.status, summary.caller
    head = f"{local_time(summary.at)} {summary.method:<6} {_shown(summary.url):<{URL_WIDTH}} "
    middle = f"{'---' if status is None else status}"
    tail = f" {summary.duration_ms:7.1f} ms"
    if summary.operation is not None:
        tail += f"  {summary.operation}"
    if caller is not None:
        tail += f"  user {caller.user_id} ({caller.kind})"
    notes = "".join(f"  {note}" for note in _notes(summary))
    if not colours:
        return head + middle + tail + notes
    if not summary.is_api:
        return click.style(head + middle + tail + notes, dim=True)
    colour = COLOURS.get((status or 500) // 100)
    return head + click.style(middle, fg=colour) + tail + click.style(notes, fg="red" if summary.breach else "yellow")


def local_time(at: str) -> str:
    """The local time of day of an ISO 8601 time in UTC."""
    return _local_second(at[:SECOND])


@lru_cache(maxsize=16)
def _local_second(at: str) -> str:
    return datetime.fromisoformat(at).replace(tzinfo=UTC).astimezone().strftime("%H:%M:%S")


def _notes(summary: RequestSummary) -> list[str]:
    notes = [] if summary.fault is None else [f"fault {summary.fault}"]
    if summary.breach is not None:
        notes.append(f"breach: {_shown(summary.breach)}")
    if summary.message is not None and not (summary.hint or "").startswith(summary.message):
        notes.append(_shown(summary.message))
    if summary.hint is not None:
        notes.append(f"hint: {_shown(summary.hint)}")
    return notes


def _shown(text: str) -> str:
    return printable(text if len(text) <= LONGEST else f"{text[:LONGEST]}...")


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
