"""The hosts of event types, and the hosts that requests assign to those of teams.

Source: Cal.com API v2, team event types: hosts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from mock_server.event_types.hints import HOST_NOT_ACCEPTED
from mock_server.event_types.model import EVENT_TYPES, HOSTS, EventType, Host
from mock_server.identity.model import USERS, User
from mock_server.runtime.errors import NotFound, shared_library_error
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import membership_of
from mock_server.teams.model import MEMBERSHIPS, Team

PRIORITIES = {"lowest": 0, "low": 1, "medium": 2, "high": 3, "highest": 4}
DEFAULT_PRIORITY = "medium"
DEFAULT_WEIGHT = 100

PRIORITY_NAMES = {value: name for name, value in PRIORITIES.items()}


class EventHost(msgspec.Struct, frozen=True):
    """A user who hosts an event type, with the host's own schedule and priority in it, if any.

    A fixed host takes part in every booking; the others take turns.
    """

    user: User
    is_fixed: bool = True
    schedule_id: int | None = None
    priority: int | None = None


class RequestedHost(msgspec.Struct, frozen=True):
    """A host in a request. `mandatory` and `priority` apply to round robin only."""

    user_id: int
    mandatory: bool = False
    priority: int = PRIORITIES[DEFAULT_PRIORITY]


def check_hosts(tx: Transaction, team: Team, body: dict[str, Any]) -> None:
    """Checks that all hosts of a request are members of the team. Raises NotFound with the ids of those who are not."""
    given = [each["userId"] for each in body.get("hosts") or ()]
    members = set(_members_of(tx, team))
    outside = [str(user_id) for user_id in given if user_id not in members]
    if outside:
        raise NotFound(f"Invalid hosts: {','.join(outside)} are not members of team with id {team.id}.")


def requested_hosts(
    tx: Transaction, team: Team, body: dict[str, Any], *, with_all: bool = False
) -> list[RequestedHost] | None:
    """The hosts of a request: all members, or those listed. None where it has none.

    `with_all` says whether the settings of listed hosts count beside all members.
    """
    given: list[dict[str, Any]] | None = body.get("hosts")
    listed = {each["userId"]: each for each in reversed(given or ())}
    chosen: Iterable[int]
    if body.get("assignAllTeamMembers"):
        chosen, listed = _members_of(tx, team), listed if with_all else {}
    elif given is None:
        return None
    else:
        chosen = dict.fromkeys(each["userId"] for each in given)
    settings = ((user_id, listed.get(user_id, {})) for user_id in chosen)
    return [
        RequestedHost(user_id, bool(each.get("mandatory")), PRIORITIES[each.get("priority") or DEFAULT_PRIORITY])
        for user_id, each in settings
    ]


def replace_hosts(tx: Transaction, team: Team, event_type: EventType, requested: list[RequestedHost]) -> None:
    """Replaces the hosts of a collective or round robin event type.

    Raises FORBIDDEN of the shared libraries for a user who has not accepted the membership in a standalone team.
    """
    if team.parent_id is None and not all(_has_accepted(tx, host.user_id, team) for host in requested):
        raise shared_library_error("FORBIDDEN", hint=HOST_NOT_ACCEPTED)
    stored = {host.user_id: host for host in _rows(tx, event_type)}
    requested_ids = {host.user_id for host in requested}
    for host in stored.values():
        if host.user_id not in requested_ids:
            tx[HOSTS].delete(host.id)
    for host in requested:
        fields = _fields(event_type, host)
        if host.user_id in stored:
            tx[HOSTS].update(stored[host.user_id].id, **fields)
        else:
            tx[HOSTS].create(user_id=host.user_id, event_type_id=event_type.id, weight=DEFAULT_WEIGHT, **fields)


def hosts_of(tx: Transaction, event_type: EventType) -> list[EventHost]:
    """The hosts of an event type, oldest first: its owner, or those of the team. A managed event type has none."""
    if event_type.user_id is not None:
        return [EventHost(tx[USERS].require(event_type.user_id))]
    if event_type.scheduling_type == "managed":
        return []
    is_collective = event_type.scheduling_type == "collective"
    return [
        EventHost(tx[USERS].require(each.user_id), is_collective or each.is_fixed, each.schedule_id, each.priority)
        for each in _rows(tx, event_type)
    ]


def hosts_view(tx: Transaction, event_type: EventType) -> list[dict[str, object]]:
    """The hosts in replies; those of a managed event type are the owners of its children."""
    if event_type.scheduling_type == "managed":
        owners = [tx[USERS].require(each.user_id) for each in tx[EVENT_TYPES].find(parent_id=event_type.id)]
        return [_managed_host_view(tx, owner) for owner in owners]
    return [_host_view(tx, event_type, each) for each in _rows(tx, event_type)]


def _host_view(tx: Transaction, event_type: EventType, host: Host) -> dict[str, object]:
    user = tx[USERS].require(host.user_id)
    view = _user_view(user)
    if event_type.scheduling_type == "roundRobin":
        # As upstream, the lowest priority, 0, is shown as the default like a missing one.
        view |= {"mandatory": host.is_fixed, "priority": PRIORITY_NAMES[host.priority or PRIORITIES[DEFAULT_PRIORITY]]}
    return view


def _managed_host_view(tx: Transaction, owner: User) -> dict[str, object]:
    view = _user_view(owner)
    if not tx.has("managed-hosts-have-avatars"):
        del view["avatarUrl"]
    return view


def _user_view(user: User) -> dict[str, object]:
    return {"userId": user.id, "name": user.name or "", "username": user.username, "avatarUrl": user.avatar_url}


def _rows(tx: Transaction, event_type: EventType) -> list[Host]:
    return tx[HOSTS].find(event_type_id=event_type.id)


def _members_of(tx: Transaction, team: Team) -> list[int]:
    """The team's members, including pending ones; for a team created by an OAuth client only its managed users."""
    members = [each.user_id for each in tx[MEMBERSHIPS].find(team_id=team.id)]
    if team.created_by_client_id is None:
        return members
    return [user_id for user_id in members if tx[USERS].require(user_id).is_platform_managed]


def _has_accepted(tx: Transaction, user_id: int, team: Team) -> bool:
    membership = membership_of(tx, user_id, team.id)
    return membership is not None and membership.accepted


def _fields(event_type: EventType, host: RequestedHost) -> dict[str, Any]:
    if event_type.scheduling_type == "collective":
        return {"is_fixed": True, "priority": PRIORITIES[DEFAULT_PRIORITY]}
    return {"is_fixed": host.mandatory, "priority": host.priority}
