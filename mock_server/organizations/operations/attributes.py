"""Operations on attributes, their options, and the assignment of options to members.

Source: Cal.com API v2, organization attributes and attribute options.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mock_server.identity.addresses import slug
from mock_server.organizations.attribute_history import known_place, newest_changes, record_change, sync_runs
from mock_server.organizations.attributes import (
    add_option,
    assigned_options,
    attribute_of_organization,
    is_choice,
    option_of_organization,
    require_option,
    time_of_assignment,
)
from mock_server.organizations.member_filters import assigned_options_of
from mock_server.organizations.model import (
    ATTRIBUTE_ASSIGNMENTS,
    ATTRIBUTE_OPTIONS,
    ATTRIBUTES,
    Attribute,
    AttributeAssignment,
    AttributeSyncRun,
)
from mock_server.organizations.views import (
    assigned_option_view,
    assignment_change_view,
    assignment_view,
    attribute_view,
    option_view,
    sync_run_view,
)
from mock_server.runtime.call import Call
from mock_server.runtime.cursors import page_after
from mock_server.runtime.errors import BadRequest, NotFound
from mock_server.runtime.reply import Paged
from mock_server.state.errors import ForeignKeyViolation, RecordNotFound
from mock_server.teams.memberships import membership_of
from mock_server.teams.model import Membership

NO_MEMBER = "User is not a member of the organization"


def list_organization_attributes(call: Call) -> list[dict[str, Any]]:
    """The organization's attributes; all of them unless `take` is given."""
    organization_id = call.path_number("orgId")
    skip = call.query.get("skip") or 0
    take = call.query.get("take") or call.tx[ATTRIBUTES].count(team_id=organization_id)
    return [attribute_view(each) for each in call.tx[ATTRIBUTES].page(skip, take, team_id=organization_id)]


def create_organization_attribute(call: Call) -> dict[str, Any]:
    """Creates an attribute, with options if its type has them. Raises UniqueViolation for a slug in use."""
    attribute = call.tx[ATTRIBUTES].insert(
        Attribute(
            id=call.identifiers.uuid4(),
            team_id=call.path_number("orgId"),
            type=call.body["type"],
            name=call.body["name"],
            slug=call.body["slug"],
            enabled=call.body.get("enabled", True),
            created_at=call.now,
            updated_at=call.now,
        )
    )
    if is_choice(attribute):
        for option in call.body["options"]:
            add_option(call.tx, attribute.id, option["value"], option["slug"])
    return attribute_view(attribute)


def get_organization_attribute(call: Call) -> dict[str, Any] | None:
    """The attribute, or null if the organization has none with that id."""
    attribute = _attribute(call)
    return None if attribute is None else attribute_view(attribute)


def update_organization_attribute(call: Call) -> dict[str, Any]:
    """Updates the given fields, not the options. Raises RecordNotFound for another organization's attribute."""
    attribute = _require_attribute(call)
    return attribute_view(call.tx[ATTRIBUTES].update(attribute.id, **call.body, updated_at=call.now))


def delete_organization_attribute(call: Call) -> dict[str, Any]:
    """Deletes the attribute with its options and their assignments."""
    return attribute_view(call.tx[ATTRIBUTES].delete(_require_attribute(call).id))


def create_attribute_option(call: Call) -> dict[str, Any]:
    """Adds an option. Raises ForeignKeyViolation unless the attribute belongs to the organization."""
    attribute = _attribute(call)
    if attribute is None:
        raise ForeignKeyViolation(f"attributes {call.path['attributeId']}")
    return option_view(add_option(call.tx, attribute.id, call.body["value"], call.body["slug"]))


def list_attribute_options(call: Call) -> list[dict[str, Any]]:
    """The options of an attribute; an empty list for another organization's attribute."""
    attribute = _attribute(call)
    options = [] if attribute is None else call.tx[ATTRIBUTE_OPTIONS].find(attribute_id=attribute.id)
    return [option_view(each) for each in options]


def update_attribute_option(call: Call) -> dict[str, Any]:
    """Updates value or slug. Raises RecordNotFound unless the option belongs to the organization's attribute."""
    option = require_option(call.tx, _require_attribute(call).id, call.path["optionId"])
    return option_view(call.tx[ATTRIBUTE_OPTIONS].update(option.id, **call.body))


def delete_attribute_option(call: Call) -> dict[str, Any]:
    """Deletes an option with its assignments."""
    attribute = _attribute(call)
    option = call.tx[ATTRIBUTE_OPTIONS].get(call.path["optionId"])
    if attribute is None or option is None or option.attribute_id != attribute.id:
        raise NotFound("Attribute option not found")
    return option_view(call.tx[ATTRIBUTE_OPTIONS].delete(option.id))


def assign_attribute_option(call: Call) -> dict[str, Any]:
    """Assigns an option or a free value to a member. Raises UniqueViolation if the option is assigned already."""
    attribute = attribute_of_organization(call.tx, call.path_number("orgId"), call.body["attributeId"])
    if attribute is None:
        raise NotFound("Attribute not found")
    membership = _membership(call)
    if membership is None or not membership.accepted:
        raise NotFound(NO_MEMBER)
    option_id = _option_to_assign(call, attribute)
    assignment = call.tx[ATTRIBUTE_ASSIGNMENTS].insert(
        AttributeAssignment(
            id=call.identifiers.uuid4(),
            member_id=membership.id,
            attribute_option_id=option_id,
            created_at=time_of_assignment(call.tx, membership, option_id),
            updated_at=call.now,
            weight=call.body.get("weight"),
        )
    )
    record_change(call, None, assignment)
    return assignment_view(assignment)


def list_user_attribute_options(call: Call) -> list[dict[str, Any]]:
    """The options of this organization's attributes assigned to the user, in order of assignment."""
    membership = _membership(call)
    if membership is None:
        return []
    return [option_view(option) for option in assigned_options(call.tx, membership)]


def list_assigned_attribute_options(call: Call) -> list[dict[str, Any]]:
    """The options of an attribute that members hold. None for an unknown attribute."""
    return _assigned(call, _attribute(call))


def list_assigned_attribute_options_by_slug(call: Call) -> list[dict[str, Any]]:
    """The same for the attribute with a slug."""
    found = call.tx[ATTRIBUTES].first(slug=call.path["attributeSlug"])
    return _assigned(call, found and attribute_of_organization(call.tx, call.path_number("orgId"), found.id))


def unassign_attribute_option(call: Call) -> dict[str, Any]:
    """Removes the assignment of an option, not the option itself."""
    assignment = _assignment(call)
    record_change(call, assignment, None)
    return assignment_view(call.tx[ATTRIBUTE_ASSIGNMENTS].delete(assignment.id))


def update_attribute_assignment(call: Call) -> dict[str, Any]:
    """Changes the weight of an option for a member."""
    assignment = _assignment(call)
    changed = call.tx[ATTRIBUTE_ASSIGNMENTS].update(assignment.id, **call.body, updated_at=call.now)
    record_change(call, assignment, changed)
    return assignment_view(changed)


def list_attribute_assignment_history(call: Call) -> dict[str, Any]:
    """The changes of a member's attributes, newest first. Raises NotFound for a user who is no member."""
    membership = _membership(call)
    if membership is None:
        raise NotFound(NO_MEMBER)
    page = page_after(newest_changes(call.tx, membership.id), call.query, lambda each: each.id)
    return {
        "userId": membership.user_id,
        "membershipId": membership.id,
        "auditLogs": [assignment_change_view(call.tx, each) for each in page.items],
        **known_place(page.place),
    }


def list_attribute_sync_history(call: Call) -> Paged:
    """The runs of the synchronization with an outside directory, newest first."""
    return _sync_page(call, sync_runs(call.tx, call.path_number("orgId")))


def list_user_attribute_sync_history(call: Call) -> Paged:
    """The runs about one user, newest first."""
    runs = sync_runs(call.tx, call.path_number("orgId"))
    return _sync_page(call, [each for each in runs if each.user_id == call.path_number("userId")])


def _sync_page(call: Call, runs: Sequence[AttributeSyncRun]) -> Paged:
    page = page_after(runs, call.query, lambda each: each.id)
    return Paged([sync_run_view(call.tx, each) for each in page.items], known_place(page.place), "meta")


def _assignment(call: Call) -> AttributeAssignment:
    """The assignment in the path. Raises NotFound."""
    membership = _membership(call)
    assignment = membership and call.tx[ATTRIBUTE_ASSIGNMENTS].first(
        member_id=membership.id, attribute_option_id=call.path["attributeOptionId"]
    )
    if assignment is None:
        raise NotFound("Attribute does not belong to this user")
    return assignment


def _option_to_assign(call: Call, attribute: Attribute) -> str:
    option_id, value = call.body.get("attributeOptionId"), call.body.get("value")
    if value and is_choice(attribute):
        raise BadRequest("Attribute type does not support value")
    if option_id:
        return option_of_organization(call.tx, call.path_number("orgId"), option_id).id
    if not value:
        raise BadRequest("Attribute option or value is required")
    return add_option(call.tx, attribute.id, value, slug(value)).id


def _assigned(call: Call, attribute: Attribute | None) -> list[dict[str, Any]]:
    if attribute is None:
        return []
    found = assigned_options_of(call.tx, call.path_number("orgId"), attribute, call.query)
    return [assigned_option_view(option, user_ids) for option, user_ids in found]


def _attribute(call: Call) -> Attribute | None:
    return attribute_of_organization(call.tx, call.path_number("orgId"), call.path["attributeId"])


def _require_attribute(call: Call) -> Attribute:
    attribute = _attribute(call)
    if attribute is None:
        raise RecordNotFound(f"attributes {call.path['attributeId']}")
    return attribute


def _membership(call: Call) -> Membership | None:
    return membership_of(call.tx, call.path_number("userId"), call.path_number("orgId"))
