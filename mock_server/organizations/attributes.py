"""Attributes of an organization, their options, and the options assigned to members."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mock_server.organizations.model import (
    ATTRIBUTE_ASSIGNMENTS,
    ATTRIBUTE_OPTIONS,
    ATTRIBUTES,
    Attribute,
    AttributeOption,
)
from mock_server.state.errors import ForeignKeyViolation, RecordNotFound
from mock_server.state.transaction import Transaction
from mock_server.teams.model import Membership

CHOICES = ("SINGLE_SELECT", "MULTI_SELECT")


def is_choice(attribute: Attribute) -> bool:
    """Whether its values are chosen from options. Attributes of other types have free values."""
    return attribute.type in CHOICES


def attribute_of_organization(tx: Transaction, organization_id: int, attribute_id: Any) -> Attribute | None:
    """The attribute with that id, if it belongs to the organization."""
    attribute = tx[ATTRIBUTES].get(attribute_id)
    return attribute if attribute is not None and attribute.team_id == organization_id else None


def require_option(tx: Transaction, attribute_id: Any, option_id: Any) -> AttributeOption:
    """The option with that id. Raises RecordNotFound unless it belongs to the attribute."""
    option = tx[ATTRIBUTE_OPTIONS].get(option_id)
    if option is None or option.attribute_id != attribute_id:
        raise RecordNotFound(f"attribute_options {option_id} of attribute {attribute_id}")
    return option


def option_of_organization(tx: Transaction, organization_id: int, option_id: str) -> AttributeOption:
    """The option with that id. Raises ForeignKeyViolation unless its attribute belongs to the organization."""
    option = tx[ATTRIBUTE_OPTIONS].get(option_id)
    if option is None or attribute_of_organization(tx, organization_id, option.attribute_id) is None:
        raise ForeignKeyViolation(f"attribute_options {option_id} of organization {organization_id}")
    return option


def add_option(tx: Transaction, attribute_id: str, value: str, slug: str) -> AttributeOption:
    """Adds an option after the existing ones. Raises ForeignKeyViolation for an unknown attribute."""
    others = tx[ATTRIBUTE_OPTIONS].find(attribute_id=attribute_id)
    return tx[ATTRIBUTE_OPTIONS].insert(
        AttributeOption(
            id=tx.identifiers.uuid4(),
            attribute_id=attribute_id,
            value=value,
            slug=slug,
            place=others[-1].place + 1 if others else 1,
        )
    )


def time_of_assignment(tx: Transaction, membership: Membership, option_id: str) -> datetime:
    """The time of a new assignment: now, but at least a microsecond after the last ones, to keep their order.

    The last ones are those of the member and of the option. Replies show milliseconds.
    """
    assignments = tx[ATTRIBUTE_ASSIGNMENTS]
    last = (assignments.last(member_id=membership.id), assignments.last(attribute_option_id=option_id))
    return max([tx.now, *(each.created_at + timedelta(microseconds=1) for each in last if each is not None)])


def assigned_options(tx: Transaction, membership: Membership) -> list[AttributeOption]:
    """The options assigned to a membership that belong to its organization, in order of assignment."""
    assignments = tx[ATTRIBUTE_ASSIGNMENTS].find(member_id=membership.id)
    options = [tx[ATTRIBUTE_OPTIONS].require(each.attribute_option_id) for each in assignments]
    return [each for each in options if tx[ATTRIBUTES].require(each.attribute_id).team_id == membership.team_id]
