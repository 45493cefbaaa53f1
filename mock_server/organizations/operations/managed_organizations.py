"""Operations on managed organizations.

Source: Cal.com API v2, managed organizations.
"""

from __future__ import annotations

from typing import Any

from mock_server.organizations.managed import add_managed_organization, managed_organizations
from mock_server.organizations.views import managed_organization_view
from mock_server.runtime.call import Call
from mock_server.runtime.pagination import pagination
from mock_server.runtime.reply import Paged
from mock_server.teams.model import TEAMS
from mock_server.teams.team_settings import change_team, check_plain_name


def create_managed_organization(call: Call) -> dict[str, Any]:
    """Creates an organization, and an API key for it that is shown only in this reply."""
    check_plain_name(call.tx, call.body["name"])
    team, key = add_managed_organization(call.tx, call.path_number("orgId"), call.caller.user_id, call.body)
    return {**managed_organization_view(team), "apiKey": key}


def list_managed_organizations(call: Call) -> Paged:
    """A page of the organizations that this one manages; all of them where the edition has no pages."""
    found = managed_organizations(call.tx, call.path_number("orgId"), call.query)
    skip, take = call.query.get("skip", 0), call.query.get("take", len(found) or 1)
    views = [managed_organization_view(each) for each in found[skip : skip + take]]
    return Paged(views, pagination(len(found), skip, take))


def get_managed_organization(call: Call) -> dict[str, Any]:
    """One managed organization."""
    return managed_organization_view(call.tx[TEAMS].require(call.path_number("managedOrganizationId")))


def update_managed_organization(call: Call) -> dict[str, Any]:
    """Updates the name or the metadata."""
    check_plain_name(call.tx, call.body.get("name"))
    return managed_organization_view(change_team(call.tx, call.path_number("managedOrganizationId"), call.body))


def delete_managed_organization(call: Call) -> dict[str, Any]:
    """Deletes it with everything in it."""
    return managed_organization_view(call.tx[TEAMS].delete(call.path_number("managedOrganizationId")))
