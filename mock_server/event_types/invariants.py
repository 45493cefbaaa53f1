"""What holds for event types in every world."""

from __future__ import annotations

from mock_server.event_types.booking_fields import form_of
from mock_server.event_types.model import EVENT_TYPES, HOSTS
from mock_server.schedules.model import SCHEDULES
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import membership_of
from mock_server.teams.model import TEAMS


def scheduling_types_are_those_of_teams(tx: Transaction) -> list[str]:
    """An event type belongs to a team and has a scheduling type, or to a user and has none."""
    return [
        f"event type {each.id} belongs to team {each.team_id} and user {each.user_id}, scheduled {each.scheduling_type}"
        for each in tx.table(EVENT_TYPES).rows.values()
        if (each.team_id is None) == (each.user_id is None) or (each.team_id is None) != (each.scheduling_type is None)
    ]


def unpaid_teams_are_empty(tx: Transaction) -> list[str]:
    """Nobody is a member of a team that is still to be paid for, so it has no event types either."""
    return [
        f"team {team.id} is still to be paid for, but has event types"
        for team in tx.table(TEAMS).rows.values()
        if team.pending_payment and tx[EVENT_TYPES].find(team_id=team.id)
    ]


def hosts_are_members(tx: Transaction) -> list[str]:
    """Hosts belong to the team of their event type, which is not a managed one."""
    complaints: list[str] = []
    for host in tx.table(HOSTS).rows.values():
        event_type = tx[EVENT_TYPES].require(host.event_type_id)
        if event_type.scheduling_type in (None, "managed"):
            complaints.append(f"host {host.id} is one of event type {event_type.id}, which has no hosts of its own")
        if membership_of(tx, host.user_id, event_type.team_id) is None:
            complaints.append(f"host {host.id} (user {host.user_id}) is no member of team {event_type.team_id}")
    return complaints


def children_follow_their_parents(tx: Transaction) -> list[str]:
    """A child belongs to a member of the team that has its parent, a managed event type."""
    complaints: list[str] = []
    for child in tx.table(EVENT_TYPES).rows.values():
        if child.parent_id is None:
            continue
        parent = tx[EVENT_TYPES].require(child.parent_id)
        if parent.scheduling_type != "managed" or parent.team_id is None:
            complaints.append(f"event type {child.id} is a child of {parent.id}, which is not a team's managed one")
        elif child.user_id is None or membership_of(tx, child.user_id, parent.team_id) is None:
            complaints.append(f"event type {child.id} belongs to nobody of team {parent.team_id}")
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
    scheduling_types_are_those_of_teams,
    unpaid_teams_are_empty,
    hosts_are_members,
    children_follow_their_parents,
    own_schedules,
    seats_go_alone,
    questions_have_slugs_of_their_own,
)
