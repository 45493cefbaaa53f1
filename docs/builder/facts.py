"""Limits, from the constants that set them, and the triggers of webhooks."""

from __future__ import annotations

from docs.builder.markdown import code, table
from mock_server.event_types import booking_form, history
from mock_server.runtime import delivery_mark, journal, outbox, request_body, workers
from mock_server.sandbox import commits, control_plane, video
from mock_server.sandbox import webhooks as inboxes
from mock_server.slots import generation
from mock_server.state import row_changes, worlds
from mock_server.webhooks import deliveries, dispatcher
from mock_server.webhooks.payloads import TRIGGERS


def size(number: int) -> str:
    """A number of bytes in the largest unit."""
    return f"{number // 1024**2} MB" if number >= 1024**2 else f"{number // 1024} KB"


LIMITS = {
    "body of a request of the API": size(request_body.BODY_LIMIT),
    "body of a request of the control plane": size(control_plane.BODY_LIMIT),
    "snapshot that is restored": size(control_plane.SNAPSHOT_LIMIT),
    "slots found by one search": f"{generation.MAX_SLOTS:,}",
    "worlds": f"{worlds.WORLD_LIMIT:,}",
    "requests in the journal of a world": f"{journal.KEPT_REQUESTS:,}",
    "journals of all worlds": size(journal.KEPT_BYTES_IN_ALL),
    "long computations at once": f"{workers.THREADS}",
    "deliveries waiting for one URL": f"{dispatcher.LANE_LIMIT:,}",
    "deliveries waiting in all": f"{dispatcher.QUEUE_LIMIT:,}",
    "bodies of waiting deliveries": size(dispatcher.QUEUE_BYTES),
    "time for a subscriber to answer": f"{dispatcher.REPLY_TIMEOUT:.0f} seconds",
    "deliveries in the list of a world": f"{deliveries.KEPT_DELIVERIES:,}",
    "lists of deliveries of all worlds": size(deliveries.KEPT_BYTES_IN_ALL),
    "list of commits of a world": size(commits.KEPT_BYTES),
    "commits in that list, with a shared store": f"{row_changes.KEPT_COMMITS:,}",
    "changes of one commit in that list": f"{row_changes.MOST_ROWS:,}, and {size(row_changes.MOST_BYTES)}",
    "lists of commits of all worlds": size(commits.KEPT_BYTES_IN_ALL),
    "messages in the outbox of a world": f"{outbox.KEPT_MESSAGES:,}",
    "outboxes of all worlds": size(outbox.KEPT_BYTES_IN_ALL),
    "events kept by an inbox": f"{inboxes.KEPT_RECEIVED:,}",
    "inboxes of a world": f"{inboxes.INBOX_LIMIT:,}",
    "inboxes of all worlds": size(inboxes.KEPT_BYTES_IN_ALL),
    "deliveries that may cause one another": f"{delivery_mark.ROUNDS}",
    "recordings, transcripts or sessions of a meeting": f"{video.MOST} each",
    "booking fields of an event type": f"{booking_form.MAX_FIELDS}",
    "entries in the history of an event type": f"{history.MAX_ENTRIES}",
}
"""The bounds on what a client can make large."""


def limits() -> str:
    """The bounds with their values."""
    return table(("Bound", "Value"), list(LIMITS.items()))


def triggers() -> str:
    """The triggers of webhooks."""
    return "".join(f"- {code(each)}\n" for each in TRIGGERS)
