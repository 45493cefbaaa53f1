"""Finds members of an organization by the attribute options assigned to them, and by their teams.

Source: Cal.com API v2, organization users and assigned attribute options.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mock_server.organizations.model import (
    ATTRIBUTE_ASSIGNMENTS,
    ATTRIBUTE_OPTIONS,
    Attribute,
    AttributeOption,
)
from mock_server.runtime.errors import NotFound
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS, TEAMS, Membership

NOT_ASSIGNED = (
    "Options provided in assignedOptionIds are not assigned to anyone, or the users are not part of the teams "
    "specified in teamIds filter."
)


def members_matching(tx: Transaction, organization_id: int, query: dict[str, Any]) -> list[Membership]:
    """The members, oldest first, who hold `assignedOptionIds` and belong to one of `teamIds`, where these are given.

    By `attributeQueryOperator` they hold all of the options (AND, the default), any of them (OR) or none (NONE).
    Pending members count, in teams too.
    """
    members = tx[MEMBERSHIPS].find(team_id=organization_id)
    if option_ids := query.get("assignedOptionIds"):
        operator = query.get("attributeQueryOperator", "AND")
        named = _holding(tx, set(option_ids), everything=operator == "AND")
        members = [each for each in members if (each.id in named) != (operator == "NONE")]
    if team_ids := query.get("teamIds"):
        in_teams = _users_in_teams(tx, organization_id, team_ids)
        members = [each for each in members if each.user_id in in_teams]
    return sorted(members, key=lambda each: each.id)


def assigned_options_of(
    tx: Transaction, organization_id: int, attribute: Attribute, query: dict[str, Any]
) -> list[tuple[AttributeOption, list[int]]]:
    """A page of the options of an attribute that any member holds, each with the ids of all users who hold it.

    `teamIds` keeps the options that a member of one of these teams holds. Of the page, `assignedOptionIds` keeps those
    whose holders hold one of the given options, too. Raises NotFound if no member holds one of the given options.
    """
    team_ids, given = query.get("teamIds"), query.get("assignedOptionIds")
    in_teams = None if team_ids is None else _users_in_teams(tx, organization_id, team_ids)
    holding_given = None if given is None else _holders_of_any(tx, organization_id, given)
    if holding_given is not None and not (holding_given if in_teams is None else holding_given & in_teams):
        raise NotFound(NOT_ASSIGNED)
    found: list[tuple[AttributeOption, list[int]]] = []
    for option in tx[ATTRIBUTE_OPTIONS].find(attribute_id=attribute.id):
        holders = _holders(tx, organization_id, option.id)
        if holders and (in_teams is None or not in_teams.isdisjoint(holders)):
            found.append((option, holders))
    page = found[query["skip"] : query["skip"] + query["take"]]
    return [each for each in page if holding_given is None or not holding_given.isdisjoint(each[1])]


def _holding(tx: Transaction, option_ids: set[str], *, everything: bool) -> set[int]:
    """The ids of the memberships to which all of the options are assigned, or any of them."""
    first, *others = (
        {each.member_id for each in tx[ATTRIBUTE_ASSIGNMENTS].find(attribute_option_id=option_id)}
        for option_id in option_ids
    )
    return first.intersection(*others) if everything else first.union(*others)


def _holders_of_any(tx: Transaction, organization_id: int, option_ids: Iterable[str]) -> set[int]:
    return {user_id for option_id in set(option_ids) for user_id in _holders(tx, organization_id, option_id)}


def _holders(tx: Transaction, organization_id: int, option_id: str) -> list[int]:
    """The ids of the members to whom an option of the organization is assigned, in the order of assignment."""
    assignments = tx[ATTRIBUTE_ASSIGNMENTS].find(attribute_option_id=option_id)
    members = [tx[MEMBERSHIPS].require(each.member_id) for each in assignments]
    return [each.user_id for each in members if each.team_id == organization_id]


def _users_in_teams(tx: Transaction, organization_id: int, team_ids: Iterable[int]) -> set[int]:
    """The ids of the users with a membership, accepted or pending, in one of these teams of the organization."""
    teams = [team for team_id in set(team_ids) if (team := tx[TEAMS].get(team_id)) is not None]
    own = [team for team in teams if team.parent_id == organization_id]
    return {each.user_id for team in own for each in tx[MEMBERSHIPS].find(team_id=team.id)}
