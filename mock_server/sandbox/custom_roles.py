"""Switches custom roles on and off and gives them to members, which live users do in the web application."""

from __future__ import annotations

from typing import Any

from mock_server.roles.custom_roles import assign_role
from mock_server.roles.model import TEAM_FEATURES, TeamFeatures
from mock_server.runtime.errors import NotFound
from mock_server.runtime.integers import integer_from
from mock_server.runtime.json_values import is_object
from mock_server.sandbox.errors import Refused
from mock_server.state.transaction import Transaction
from mock_server.state.worlds import World
from mock_server.teams.model import MEMBERSHIPS, TEAMS, Membership


async def set_features(world: World, team_id: str, body: Any) -> dict[str, Any]:
    """Switches custom roles on or off in an organization and its teams, or in one team."""
    features = await world.change(lambda tx: _set_features(tx, team_id, body))
    return {"teamId": features.team_id, "pbac": features.pbac}


async def set_role(world: World, membership_id: str, body: Any) -> dict[str, Any]:
    """Gives a member a custom role of the organization or team, or a system role."""
    changed = await world.change(lambda tx: _set_role(tx, membership_id, body))
    return {"membershipId": changed.id, "roleId": changed.role_id}


def _set_features(tx: Transaction, team_id: str, body: Any) -> TeamFeatures:
    _check_edition(tx)
    if not is_object(body) or set(body) != {"pbac"} or not isinstance(body["pbac"], bool):
        raise Refused(400, 'The body has to be {"pbac": true} or {"pbac": false}.')
    team = tx[TEAMS].get(integer_from(team_id))
    if team is None:
        raise Refused(404, f"There is no organization or team {team_id}.")
    features = TeamFeatures(team_id=team.id, pbac=body["pbac"])
    if tx[TEAM_FEATURES].get(team.id) is None:
        tx[TEAM_FEATURES].insert(features)
    else:
        tx[TEAM_FEATURES].update(team.id, pbac=features.pbac)
    return features


def _set_role(tx: Transaction, membership_id: str, body: Any) -> Membership:
    _check_edition(tx)
    if not is_object(body) or set(body) != {"roleId"} or not isinstance(body["roleId"], str):
        raise Refused(400, 'The body has to be {"roleId": "..."}, with the id of a role.')
    membership = tx[MEMBERSHIPS].get(integer_from(membership_id))
    if membership is None:
        raise Refused(404, f"There is no membership {membership_id}.")
    try:
        return assign_role(tx, membership, body["roleId"])
    except NotFound as error:
        raise Refused(404, error.message) from None


def _check_edition(tx: Transaction) -> None:
    """Raises Refused in an edition without custom roles."""
    if not tx.has("custom-roles"):
        raise Refused(404, "Custom roles exist from edition 2026-03 on (--edition chooses).")
