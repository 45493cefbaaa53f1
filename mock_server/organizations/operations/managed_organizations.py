"""Operations on managed organizations.

Source: Cal.com API v2, managed organizations.
"""

from __future__ import annotations

from typing import Any

from mock_server.organizations.managed import add_managed_organization
from mock_server.organizations.model import MANAGED_ORGANIZATIONS
from mock_server.organizations.views import managed_organization_view
from mock_server.runtime.call import Call
from mock_server.runtime.pagination import pagination
from mock_server.runtime.reply import Paged
from mock_server.teams.model import TEAMS
from mock_server.teams.team_settings import change_team


def create_managed_organization(call: Call) -> dict[str, Any]:
    """Creates an organization, and an API key for it that is shown only in this reply."""
    team, key = add_managed_organization(call.tx, call.path_number("orgId"), call.caller.user_id, call.body)
    return {**managed_organization_view(team), "apiKey": key}


def list_managed_organizations(call: Call) -> Paged:
    """A page of the organizations that this one manages; all of them where the edition has no pages."""
    manager, links = call.path_number("orgId"), call.tx[MANAGED_ORGANIZATIONS]
    total = links.count(manager_organization_id=manager)
    skip, take = call.query.get("skip", 0), call.query.get("take", total or 1)
    page = links.page(skip, take, manager_organization_id=manager)
    views = [managed_organization_view(call.tx[TEAMS].require(each.managed_organization_id)) for each in page]
    return Paged(views, pagination(total, skip, take))


def get_managed_organization(call: Call) -> dict[str, Any]:
    """One managed organization."""
    return managed_organization_view(call.tx[TEAMS].require(call.path_number("managedOrganizationId")))


def update_managed_organization(call: Call) -> dict[str, Any]:
    """Updates the name or the metadata."""
    return managed_organization_view(change_team(call.tx, call.path_number("managedOrganizationId"), call.body))


def delete_managed_organization(call: Call) -> dict[str, Any]:
    """Deletes it with everything in it."""
    return managed_organization_view(call.tx[TEAMS].delete(call.path_number("managedOrganizationId")))
