"""The outbox calls of the control plane: what was mailed and texted in a world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from mock_server.runtime.outbox import Channel, Kind, Outboxes, RecordedMessage
from mock_server.runtime.workers import Workers
from mock_server.sandbox.queries import one_of, seconds, whole_number
from mock_server.sandbox.waiting import until, wait_for_records
from mock_server.state.worlds import World

DEFAULT_WAIT = 10.0

CHOICES: dict[str, tuple[str, ...]] = {"channel": get_args(Channel), "kind": get_args(Kind)}
PARAMETERS = ("to", *CHOICES, "bookingUid", "requestId", "count", "since", "before", "wait", "limit")

Matches = Callable[[RecordedMessage], bool]


class OutboxControls:
    """The calls of the control plane that concern the outbox."""

    def __init__(self, outboxes: Outboxes, workers: Workers) -> None:
        self._outboxes = outboxes
        self._workers = workers

    async def list_messages(self, world: World, query: Mapping[str, str]) -> dict[str, Any]:
        """The matching messages; see wait_for_records.

        Without `?since=`, `?count=` waits until there are that many, `?wait=` alone until there is one; `?wait=` is for
        how many seconds at most (10). Raises Refused.
        """
        outbox, feed, matches = world.companion[self._outboxes], world.companion.feed, _filter(query)
        if "since" not in query:
            count = whole_number(query, "count", 1 if "wait" in query else 0)
            longest = seconds(query, "wait", DEFAULT_WAIT)
            await until(lambda: sum(map(matches, outbox)) >= count, longest, self._workers, feed)
            query = {name: value for name, value in query.items() if name != "wait"}
        found, last = await wait_for_records(lambda: outbox, matches, query, self._workers, feed=feed)
        return {"status": "success", "data": await self._workers.run(_views, found), "last": last}

    def clear(self, world: World) -> dict[str, str]:
        """Forgets all messages."""
        world.companion[self._outboxes].clear()
        return {"status": "success"}


def _views(messages: list[RecordedMessage]) -> list[dict[str, Any]]:
    return [each.view() for each in messages]


def _filter(query: Mapping[str, str]) -> Matches:
    to = _comparable(query.get("to", ""))
    for name, choices in CHOICES.items():
        one_of(query, name, choices)

    def matches(recorded: RecordedMessage) -> bool:
        message = recorded.message
        return (
            to in ("", _comparable(message.to))
            and query.get("channel", message.channel) == message.channel
            and query.get("kind", message.kind) == message.kind
            and ("bookingUid" not in query or query["bookingUid"] == message.about.get("bookingUid"))
            and query.get("requestId", recorded.request_id) == recorded.request_id
        )

    return matches


def _comparable(address: str) -> str:
    """A plus sign that was not percent-encoded arrives as a space, so the two are the same."""
    return address.lower().replace("+", " ")
