"""Invariants of event types."""

from __future__ import annotations

from uuid import UUID

from mock_server.event_types.booking_fields import form_of
from mock_server.event_types.model import EVENT_TYPE_AUDIT_LOGS, EVENT_TYPES, HOSTS
from mock_server.runtime.instants import milliseconds
from mock_server.schedules.model import SCHEDULES
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import membership_of
from mock_server.teams.model import TEAMS


def only_team_event_types_have_scheduling_types(tx: Transaction) -> list[str]:
    """An event type belongs to a team and has a scheduling type, or to a user and has none."""
    return [
        f"event type {event_type.id} belongs to team {event_type.team_id} and user {event_type.user_id}, "
        f"scheduled {event_type.scheduling_type}"
        for event_type in tx.table(EVENT_TYPES).rows.values()
        if (event_type.team_id is None) == (event_type.user_id is None)
        or (event_type.team_id is None) != (event_type.scheduling_type is None)
    ]


def unpaid_teams_have_no_event_types(tx: Transaction) -> list[str]:
    """A team with pending payment has no members, and so no event types."""
    return [
        f"team {team.id} has event types although its payment is pending"
        for team in tx.table(TEAMS).rows.values()
        if team.pending_payment and tx[EVENT_TYPES].find(team_id=team.id)
    ]


def hosts_are_members(tx: Transaction) -> list[str]:
    """Hosts are members of the team of their event type, which is not a managed one."""
    violations: list[str] = []
    for host in tx.table(HOSTS).rows.values():
        event_type = tx[EVENT_TYPES].require(host.event_type_id)
        if event_type.scheduling_type in (None, "managed"):
            violations.append(f"host {host.id} belongs to event type {event_type.id}, which cannot have hosts")
        if membership_of(tx, host.user_id, event_type.team_id) is None:
            violations.append(f"host {host.id} (user {host.user_id}) is not a member of team {event_type.team_id}")
    return violations


def children_belong_to_team_members(tx: Transaction) -> list[str]:
    """A child belongs to a member of the team that has its parent, a managed event type."""
    violations: list[str] = []
    for child in tx.table(EVENT_TYPES).rows.values():
        if child.parent_id is None:
            continue
        parent = tx[EVENT_TYPES].require(child.parent_id)
        if parent.scheduling_type != "managed" or parent.team_id is None:
            violations.append(f"event type {child.id} is a child of {parent.id}, which is not a team's managed one")
        elif child.user_id is None or membership_of(tx, child.user_id, parent.team_id) is None:
            violations.append(f"event type {child.id} does not belong to a member of team {parent.team_id}")
    return violations


def personal_event_types_use_own_schedules(tx: Transaction) -> list[str]:
    """A personal event type uses a schedule of its owner; those of teams and their children may use any."""
    violations: list[str] = []
    for event_type in tx.table(EVENT_TYPES).rows.values():
        schedule = tx[SCHEDULES].get(event_type.schedule_id)
        if schedule is None or event_type.team_id is not None or event_type.parent_id is not None:
            continue
        if schedule.user_id != event_type.user_id:
            violations.append(f"event type {event_type.id} uses schedule {schedule.id} of another user")
    return violations


def seats_exclude_several_locations_and_confirmation(tx: Transaction) -> list[str]:
    """An event type with seats has at most one location and requires no confirmation."""
    return [
        f"event type {event_type.id} has seats and several locations or a required confirmation"
        for event_type in tx.table(EVENT_TYPES).rows.values()
        if event_type.seats and (len(event_type.locations) > 1 or event_type.requires_confirmation)
    ]


def booking_fields_have_unique_slugs(tx: Transaction) -> list[str]:
    """No two booking fields of an event type share a slug."""
    return [
        f"event type {event_type.id} has two booking fields with the same slug"
        for event_type in tx.table(EVENT_TYPES).rows.values()
        for form in [form_of(event_type.booking_fields)]
        if len({field.slug for field in form}) < len(form)
    ]


def answers_can_have_the_length_that_their_field_asks_for(tx: Transaction) -> list[str]:
    """The shortest answer to a booking field is not longer than the longest."""
    return [
        f"booking field {field.slug} of event type {event_type.id} asks for at least {field.min_length} characters"
        for event_type in tx.table(EVENT_TYPES).rows.values()
        for field in event_type.booking_fields or ()
        if field.min_length is not None and field.max_length is not None and field.min_length > field.max_length
    ]


def histories_have_ids_of_their_time(tx: Transaction) -> list[str]:
    """The id of an entry in a history begins with the time of the entry."""
    return [
        f"entry {entry.uuid} of the history of event type {entry.event_type_id} has an id of another time"
        for entry in tx.table(EVENT_TYPE_AUDIT_LOGS).rows.values()
        if UUID(entry.uuid).int >> 80 != milliseconds(entry.made_at)
    ]


CHECKS = (
    only_team_event_types_have_scheduling_types,
    unpaid_teams_have_no_event_types,
    hosts_are_members,
    children_belong_to_team_members,
    personal_event_types_use_own_schedules,
    seats_exclude_several_locations_and_confirmation,
    booking_fields_have_unique_slugs,
    answers_can_have_the_length_that_their_field_asks_for,
    histories_have_ids_of_their_time,
)
