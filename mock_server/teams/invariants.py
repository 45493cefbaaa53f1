"""Invariants of teams."""

from __future__ import annotations

from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS


def teams_are_below_organizations(tx: Transaction) -> list[str]:
    """Only organizations have teams below them, and they are below nothing."""
    complaints: list[str] = []
    for team in tx.table(TEAMS).rows.values():
        if team.parent_id is None:
            continue
        if team.is_organization:
            complaints.append(f"organization {team.id} is below team {team.parent_id}")
        if not tx[TEAMS].require(team.parent_id).is_organization:
            complaints.append(f"team {team.id} is below team {team.parent_id}, which is no organization")
    return complaints


CHECKS = (teams_are_below_organizations,)
