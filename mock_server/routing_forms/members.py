"""Finds the team members whose attributes match a route.

Source: Cal.com API v2, routing forms: `teamMemberIds`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mock_server.organizations.model import ATTRIBUTE_ASSIGNMENTS, ATTRIBUTE_OPTIONS
from mock_server.routing_forms.conditions import has_rules, matches
from mock_server.routing_forms.fields import Answer, Field, readable
from mock_server.routing_forms.routes import Route
from mock_server.runtime.json_values import is_list, is_object
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS, TEAMS

_FIELD = re.compile(r"\{field:([^{}]+)\}")


def routed_members(
    tx: Transaction, route: Route, team_id: int | None, fields: list[Field], answers: Mapping[str, Answer]
) -> tuple[int, ...]:
    """The ids of the members of the form's team who match the route's condition, or else its fallback condition.

    Empty if the route has no condition on members, so that it leads to all hosts.
    """
    team = tx[TEAMS].get(team_id)
    if team is None or not has_rules(route.members):
        return ()
    organization_id = team.id if team.is_organization else team.parent_id
    members = _attributes_of_members(tx, team.id, organization_id)
    found = _matching(tx, route.members, members, fields, answers)
    if found or not has_rules(route.fallback_members):
        return found
    return _matching(tx, route.fallback_members, members, fields, answers)


def _matching(
    tx: Transaction,
    condition: Any,
    members: Mapping[int, Mapping[str, Any]],
    fields: list[Field],
    answers: Mapping[str, Answer],
) -> tuple[int, ...]:
    asked = _resolved(tx, condition, {field.id: readable(field, answers[field.id]).split(", ") for field in fields})
    return tuple(user_id for user_id, attributes in members.items() if matches(asked, attributes))


def _attributes_of_members(
    tx: Transaction, team_id: int, organization_id: int | None
) -> dict[int, dict[str, str | list[str]]]:
    """The values of the attributes of each accepted member, by user id and attribute id."""
    members: dict[int, dict[str, str | list[str]]] = {}
    for member in tx[MEMBERSHIPS].find(team_id=team_id):
        in_organization = tx[MEMBERSHIPS].first(user_id=member.user_id, team_id=organization_id)
        if member.accepted and in_organization is not None:
            members[member.user_id] = _attributes_of(tx, in_organization.id)
    return members


def _attributes_of(tx: Transaction, membership_id: int) -> dict[str, str | list[str]]:
    values: dict[str, list[str]] = {}
    for assignment in tx[ATTRIBUTE_ASSIGNMENTS].find(member_id=membership_id):
        option = tx[ATTRIBUTE_OPTIONS].require(assignment.attribute_option_id)
        values.setdefault(option.attribute_id, []).append(option.value)
    return {attribute: found[0] if len(found) == 1 else found for attribute, found in values.items()}


def _resolved(tx: Transaction, condition: Any, labels: Mapping[str, Sequence[str]]) -> Any:
    """The condition with `{field:id}` replaced by answers, and ids of options by their values."""
    if is_list(condition):
        return [_resolved(tx, part, labels) for part in condition]
    if not is_object(condition):
        return condition
    return {name: (_values if name == "value" else _resolved)(tx, part, labels) for name, part in condition.items()}


def _values(tx: Transaction, value: Any, labels: Mapping[str, Sequence[str]]) -> list[Any]:
    if is_list(value):
        return [inner for item in value for inner in _values(tx, item, labels)]
    if not isinstance(value, str):
        return [value]
    field = _FIELD.fullmatch(value)
    if field is not None:
        return list(labels.get(field[1], ()))
    option = tx[ATTRIBUTE_OPTIONS].get(value)
    return [value if option is None else option.value]
