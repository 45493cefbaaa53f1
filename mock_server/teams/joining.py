"""Joining and leaving teams and organizations.

Source: Cal.com API v2, memberships.
"""

from __future__ import annotations

from typing import Any

from mock_server.event_types.assignment import assign_member, unassign_member
from mock_server.runtime.errors import NotFound
from mock_server.state.errors import RecordNotFound
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import add_membership, membership_of
from mock_server.teams.mixing import check_joins_organization, check_joins_team
from mock_server.teams.model import MEMBERSHIPS, Membership

_FIELDS = {"role": "role", "accepted": "accepted", "disableImpersonation": "disable_impersonation"}
_DEFAULTS: dict[str, Any] = {"role": "MEMBER", "accepted": False, "disable_impersonation": False}


def join_team(tx: Transaction, team_id: int, body: dict[str, Any]) -> Membership:
    """Creates a membership. An accepted member is assigned to the team's event types.

    Raises UniqueViolation for a user who is a member already, ForeignKeyViolation for an unknown user, BadRequest for
    one who cannot be in this team.
    """
    check_joins_team(tx, body["userId"], team_id)
    membership = _create(tx, team_id, body)
    if membership.accepted:
        assign_member(tx, membership)
    return membership


def join_or_overwrite(tx: Transaction, organization_id: int, body: dict[str, Any]) -> Membership:
    """Creates a membership, or overwrites the existing one with `body` and the defaults.

    Raises BadRequest for a user who cannot be in this organization.
    """
    check_joins_organization(tx, body["userId"], organization_id)
    present = membership_of(tx, body["userId"], organization_id)
    if present is None:
        return _create(tx, organization_id, body)
    return _change(tx, present.id, _DEFAULTS | _stored(body))


def change_membership(tx: Transaction, membership_id: int, body: dict[str, Any]) -> Membership:
    """Updates a membership."""
    return _change(tx, membership_id, _stored(body))


def accept_into_team(tx: Transaction, membership: Membership, body: dict[str, Any]) -> Membership:
    """Updates a membership. A pending member who is accepted is assigned to the team's event types."""
    changed = change_membership(tx, membership.id, body)
    if changed.accepted and not membership.accepted:
        assign_member(tx, changed)
    return changed


def leave_team(tx: Transaction, membership: Membership) -> Membership:
    """Deletes a membership of a team and unassigns the member from the team's event types."""
    unassign_member(tx, membership)
    return tx[MEMBERSHIPS].delete(membership.id)


def find_in_team(tx: Transaction, membership_id: int, team_id: int) -> Membership | None:
    """The membership with that id, if it belongs to the team."""
    membership = tx[MEMBERSHIPS].get(membership_id)
    return membership if membership is not None and membership.team_id == team_id else None


def require_in_team(tx: Transaction, membership_id: int, team_id: int) -> Membership:
    """The membership with that id in the team. Raises RecordNotFound."""
    membership = find_in_team(tx, membership_id, team_id)
    if membership is None:
        raise RecordNotFound(f"membership {membership_id} of team {team_id}")
    return membership


def membership_to_remove(tx: Transaction, membership_id: int, team_id: int, *, place: str = "") -> Membership:
    """The membership with that id in the team; `place` names the team's organization in the refusal.

    Raises NotFound; in the first edition RecordNotFound.
    """
    if not tx.has("removals-name-membership"):
        return require_in_team(tx, membership_id, team_id)
    membership = find_in_team(tx, membership_id, team_id)
    if membership is None:
        raise NotFound(f"Membership with id {membership_id} not found in team {team_id}{place}")
    return membership


def _create(tx: Transaction, team_id: int, body: dict[str, Any]) -> Membership:
    return add_membership(tx, body["userId"], team_id, **_DEFAULTS | _stored(body))


def _change(tx: Transaction, membership_id: int, fields: dict[str, Any]) -> Membership:
    """Updates a membership. Setting the rank, even to the same, replaces a custom role by the system role."""
    if "role" in fields:
        fields["custom_role_id"] = None
    return tx[MEMBERSHIPS].update(membership_id, **fields, updated_at=tx.now)


def _stored(body: dict[str, Any]) -> dict[str, Any]:
    return {field: body[key] for key, field in _FIELDS.items() if key in body}
