"""What holds for event types in every world."""

from __future__ import annotations

from mock_server.event_types.booking_fields import form_of
from mock_server.event_types.model import EVENT_TYPES
from mock_server.schedules.model import SCHEDULES
from mock_server.state.transaction import Transaction


def one_owner_each(tx: Transaction) -> list[str]:
    """An event type is a person's or a team's; only a team's says how its hosts share the meetings."""
    complaints: list[str] = []
    for event_type in tx.table(EVENT_TYPES).rows.values():
        if (event_type.user_id is None) == (event_type.team_id is None):
            complaints.append(f"event type {event_type.id} does not have exactly one owner")
        if (event_type.scheduling_type is None) != (event_type.team_id is None):
            complaints.append(f"event type {event_type.id} has the wrong scheduling type for its owner")
    return complaints


def children_of_managed_ones(tx: Transaction) -> list[str]:
    """A parent is a managed event type, and its children are people's."""
    complaints: list[str] = []
    for event_type in tx.table(EVENT_TYPES).rows.values():
        if event_type.parent_id is None:
            continue
        if event_type.user_id is None:
            complaints.append(f"event type {event_type.id} is a child, but nobody's")
        if tx[EVENT_TYPES].require(event_type.parent_id).scheduling_type != "managed":
            complaints.append(f"event type {event_type.id} is a child of one that is not managed")
    return complaints


def own_schedules(tx: Transaction) -> list[str]:
    """A person's event type uses a schedule of that person; those of teams and their children may use any."""
    complaints: list[str] = []
    for event_type in tx.table(EVENT_TYPES).rows.values():
        schedule = tx[SCHEDULES].get(event_type.schedule_id)
        if schedule is None or event_type.team_id is not None or event_type.parent_id is not None:
            continue
        if schedule.user_id != event_type.user_id:
            complaints.append(f"event type {event_type.id} uses schedule {schedule.id} of somebody else")
    return complaints


def seats_go_alone(tx: Transaction) -> list[str]:
    """With seats there is at most one location and no confirmation."""
    return [
        f"event type {event_type.id} has seats together with several locations or a confirmation"
        for event_type in tx.table(EVENT_TYPES).rows.values()
        if event_type.seats and (len(event_type.locations) > 1 or event_type.requires_confirmation)
    ]


def questions_have_slugs_of_their_own(tx: Transaction) -> list[str]:
    """No two questions of a booking form share a slug."""
    return [
        f"event type {event_type.id} asks two questions under one slug"
        for event_type in tx.table(EVENT_TYPES).rows.values()
        for form in [form_of(event_type.booking_fields)]
        if len({field.slug for field in form}) < len(form)
    ]


CHECKS = (
    one_owner_each,
    children_of_managed_ones,
    own_schedules,
    seats_go_alone,
    questions_have_slugs_of_their_own,
)
