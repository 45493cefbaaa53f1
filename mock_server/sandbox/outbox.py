"""The outbox calls of the control plane: what was mailed and texted in a world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args
from urllib.parse import parse_qsl

from mock_server.runtime.outbox import Channel, Kind, Outboxes, RecordedMessage
from mock_server.runtime.workers import Workers
from mock_server.sandbox.errors import Refused
from mock_server.sandbox.waiting import seconds, until, whole_number
from mock_server.state.worlds import World

DEFAULT_LIMIT = 100
DEFAULT_WAIT = 10.0

CHOICES: dict[str, tuple[str, ...]] = {"channel": get_args(Channel), "kind": get_args(Kind)}
PARAMETERS = ("to", *CHOICES, "bookingUid", "count", "wait", "limit")

Matches = Callable[[RecordedMessage], bool]


class OutboxControls:
    """The calls of the control plane that concern the outbox."""

    def __init__(self, outboxes: Outboxes, workers: Workers) -> None:
        self._outboxes = outboxes
        self._workers = workers

    async def list_messages(self, world: World, query_string: str) -> dict[str, Any]:
        """The matching messages, newest first.

        `?count=` waits until there are that many, `?wait=` alone until there is one; `?wait=` is for how many seconds
        at most (10). Raises Refused.
        """
        query = _read(query_string)
        count = whole_number(query, "count", 1 if "wait" in query else 0)
        longest = seconds(query, "wait", DEFAULT_WAIT)
        limit = whole_number(query, "limit", DEFAULT_LIMIT)
        outbox, matches = world.companion[self._outboxes], _filter(query)
        await until(lambda: sum(map(matches, outbox)) >= count, longest)
        found = [each for each in outbox if matches(each)][:limit]
        return {"status": "success", "data": await self._workers.run(_views, found)}

    def clear(self, world: World, query_string: str) -> dict[str, str]:
        """Forgets all messages. Raises Refused."""
        if query_string:
            raise Refused(400, "DELETE of the outbox takes no query: it forgets all messages.")
        world.companion[self._outboxes].clear()
        return {"status": "success"}


def _views(messages: list[RecordedMessage]) -> list[dict[str, Any]]:
    return [each.view() for each in messages]


def _read(query_string: str) -> dict[str, str]:
    query: dict[str, str] = {}
    for name, value in parse_qsl(query_string, keep_blank_values=True):
        if name not in PARAMETERS:
            raise Refused(400, f"The outbox takes the query parameters {', '.join(PARAMETERS)}, not `{name}`.")
        if name in query:
            raise Refused(400, f"`{name}` is given twice.")
        if not value:
            raise Refused(400, f"`{name}` is empty.")
        if name in CHOICES and value not in CHOICES[name]:
            raise Refused(400, f"`{name}` takes one of {', '.join(CHOICES[name])}.")
        query[name] = value
    return query


def _filter(query: Mapping[str, str]) -> Matches:
    to = _comparable(query.get("to", ""))

    def matches(recorded: RecordedMessage) -> bool:
        message = recorded.message
        return (
            to in ("", _comparable(message.to))
            and query.get("channel", message.channel) == message.channel
            and query.get("kind", message.kind) == message.kind
            and ("bookingUid" not in query or query["bookingUid"] == message.about.get("bookingUid"))
        )

    return matches


def _comparable(address: str) -> str:
    """A plus sign that was not percent-encoded arrives as a space, so the two are the same."""
    return address.lower().replace("+", " ")
