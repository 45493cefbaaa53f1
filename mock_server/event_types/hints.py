"""Hints about event types: lists that need a filter, and refusals without a reason of their own."""

from __future__ import annotations

from itertools import islice
from typing import Any

from mock_server.identity.model import USERS
from mock_server.runtime.call import Call
from mock_server.runtime.dispatch import SuccessHint
from mock_server.runtime.hints import listed

HOST_NOT_ACCEPTED = "A host has not accepted the membership in the team."
NOT_IN_TEAM = "Join the team to create event types in it."
DESTINATION_OF_TEAM = "Team event types cannot have a destination calendar of their own."
MOST_NAMES = 5
SEARCHED_USERS = 100


def unknown_schedule(schedule_id: object) -> str:
    """For a schedule that neither the caller nor a member of the team owns."""
    return f"The team has no schedule {schedule_id}."


def _empty_list(call: Call, result: Any) -> str | None:
    """For an empty list of event types: it needs a user, and perhaps that user has none."""
    if result:
        return None
    query = call.query
    if query.get("username"):
        return f"The user {query['username']} is unknown, or has no such event type. {_usernames(call)}"
    own = "credentials, " if call.has("own-event-types-listed") else ""
    return f"Without {own}username or usernames, the list is empty. {_usernames(call)}"


def _usernames(call: Call) -> str:
    users = sorted(islice(call.tx.table(USERS).rows.values(), SEARCHED_USERS), key=lambda user: user.id)
    names = [user.username for user in users if user.username]
    return f"Users of this world: {listed(names, at_most=MOST_NAMES)}."


HINTS: dict[str, SuccessHint] = {
    "list_event_types": _empty_list,
    "list_event_types_2026_06_12": _empty_list,
}
