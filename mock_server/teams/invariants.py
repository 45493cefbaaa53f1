"""Invariants of teams."""

from __future__ import annotations

from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS


def parents_are_organizations(tx: Transaction) -> list[str]:
    """Only an organization is the parent of teams, and it has no parent."""
    complaints: list[str] = []
    for team in tx.table(TEAMS).rows.values():
        if team.parent_id is None:
            continue
        if team.is_organization:
            complaints.append(f"organization {team.id} has the parent {team.parent_id}")
        if not tx[TEAMS].require(team.parent_id).is_organization:
            complaints.append(f"team {team.id} has the parent {team.parent_id}, which is not an organization")
    return complaints


CHECKS = (parents_are_organizations,)
