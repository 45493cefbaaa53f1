"""Decides who has access to an event type: may read it, and book it if that needs credentials.

Source: Cal.com API v2, event types: access.
"""

from __future__ import annotations

from mock_server.event_types.model import EVENT_TYPES, HOSTS, EventType
from mock_server.identity.model import USERS
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import has_rank, membership_of
from mock_server.teams.model import MEMBERSHIPS, TEAMS


def runs_event_type(tx: Transaction, event_type: EventType, user_id: int) -> bool:
    """Whether a user has access to an event type.

    That is its owner or host, an ADMIN or OWNER of its team or of the team's organization, an ADMIN or OWNER of the
    owner's organization, and a system administrator. Owners of the children of a managed event type are its hosts.
    """
    if tx[HOSTS].first(user_id=user_id, event_type_id=event_type.id) is not None:
        return True
    if tx[EVENT_TYPES].first(user_id=user_id, parent_id=event_type.id) is not None:
        return True
    return administers_event_type(tx, event_type, user_id)


def administers_event_type(tx: Transaction, event_type: EventType, user_id: int) -> bool:
    """The same without hosts: whether a user owns the event type or is one of its administrators."""
    if event_type.user_id == user_id or tx[USERS].require(user_id).role == "ADMIN":
        return True
    if event_type.team_id is not None:
        return leads_team(tx, user_id, event_type.team_id)
    return leads_organization_of(tx, user_id, event_type.user_id)


def leads_team(tx: Transaction, user_id: int, team_id: int) -> bool:
    """Whether a user is an ADMIN or OWNER of a team or of its organization."""
    team = tx[TEAMS].require(team_id)
    return any(has_rank(membership_of(tx, user_id, each), "ADMIN") for each in (team.id, team.parent_id) if each)


def leads_organization_of(tx: Transaction, user_id: int, member_id: int | None) -> bool:
    """Whether a user is an ADMIN or OWNER of an organization of the other one."""
    memberships = tx[MEMBERSHIPS].find(user_id=member_id) if member_id is not None else []
    organizations = [each.team_id for each in memberships if tx[TEAMS].require(each.team_id).is_organization]
    return any(has_rank(membership_of(tx, user_id, each), "ADMIN") for each in organizations)
