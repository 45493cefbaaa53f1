"""Access rules for organizations, their teams, users and memberships.

Source: Cal.com API v2, guards of the organization controllers.
"""

from __future__ import annotations

import msgspec

from mock_server.identity.model import PROFILES, USERS
from mock_server.identity.scopes import is_restricted
from mock_server.organizations.model import MANAGED_ORGANIZATIONS, ORGANIZATION_SETTINGS, OUT_OF_OFFICES, PLAN_RANK
from mock_server.runtime.access import ArgumentRule, named
from mock_server.runtime.call import Call
from mock_server.runtime.errors import Forbidden, NotFound
from mock_server.teams.memberships import has_rank, membership_of, organization
from mock_server.teams.model import MEMBERSHIPS, PLATFORM_BILLINGS, ROLE_RANK, TEAMS

NO_ADMIN_API = "Organization does not have Admin API access, please contact https://cal.com/sales to upgrade"

ROLES = tuple(f"{scope}_{rank}" for scope in ("ORG", "TEAM") for rank in ROLE_RANK)


def is_organization(call: Call, _: None) -> None:
    """`orgId` is an organization."""
    if organization(call.tx, call.path_number("orgId")) is None:
        raise Forbidden


def role(call: Call, minimum: str) -> None:
    """The caller has the role, e.g. ORG_ADMIN or TEAM_OWNER, or is a system administrator. Pending members count."""
    if call.tx[USERS].require(call.caller.user_id).role == "ADMIN":
        return
    scope, rank = minimum.split("_")
    if rank == "ADMIN" and is_restricted(call.caller):
        rank = "MEMBER"  # What the operation asks of a token is its scope, which was checked before.
    if "teamId" not in call.path:
        _organization_role(call, scope, rank)
    elif "orgId" not in call.path:
        _team_role(call, rank)
    else:
        _role_in_organization_team(call, scope, rank)


def _organization_role(call: Call, scope: str, rank: str) -> None:
    membership = membership_of(call.tx, call.caller.user_id, call.path_number("orgId"))
    if membership is None:
        raise Forbidden("User is not a member of the organization.")
    if scope != "ORG" or not has_rank(membership, rank):
        raise Forbidden


def _team_role(call: Call, rank: str) -> None:
    membership = membership_of(call.tx, call.caller.user_id, call.path_number("teamId"))
    if membership is None:
        raise Forbidden("User is not a member of the team.")
    if not has_rank(membership, rank):
        raise Forbidden


def _role_in_organization_team(call: Call, scope: str, rank: str) -> None:
    in_organization = membership_of(call.tx, call.caller.user_id, call.path_number("orgId"))
    if in_organization is None:
        raise Forbidden("User is not part of the organization.")
    if scope == "ORG":
        if not has_rank(in_organization, rank):
            raise Forbidden
        return
    if has_rank(in_organization, "ADMIN"):
        return
    in_team = membership_of(call.tx, call.caller.user_id, call.path_number("teamId"))
    if in_team is None:
        raise Forbidden("User is not part of the team and/or, is not an admin nor an owner of the organization.")
    if not has_rank(in_team, rank):
        raise Forbidden


def plan(call: Call, minimum: str) -> None:
    """The organization is not a platform organization, or its plan is at least `minimum`."""
    organization_id = call.path_number("orgId")
    team = call.tx[TEAMS].get(organization_id)
    if team is not None and not team.is_platform:
        return
    billing = call.tx[PLATFORM_BILLINGS].get(organization_id)
    # An unknown plan causes a 500 upstream; here it ranks below all known ones.
    rank = 0 if billing is None or billing.subscription_id is None else PLAN_RANK.get(billing.plan, 0)
    if rank < PLAN_RANK[minimum]:
        raise Forbidden(f"Platform plan - you do not have required plan for this operation. Minimum plan is {minimum}.")


def admin_api(call: Call, _: None) -> None:
    """The organization is a platform organization or has settings. Their flag is ignored, as upstream."""
    organization_id = call.path_number("orgId")
    team = call.tx[TEAMS].get(organization_id)
    if team is None or team.is_platform:
        return
    if call.tx[ORGANIZATION_SETTINGS].first(organization_id=organization_id) is None:
        raise Forbidden(NO_ADMIN_API)


def team_in_organization(call: Call, _: None) -> None:
    """`teamId` is a team in `orgId`."""
    team_id = call.path_number("teamId")
    team = call.tx[TEAMS].get(team_id)
    if team is None or team.is_organization or team.parent_id != call.path_number("orgId"):
        raise NotFound(f"Team ({team_id}) not found.")


def user_in_organization(call: Call, _: None) -> None:
    """`userId` has a profile in `orgId`. From then on the request acts as that user."""
    user_id = call.path_number("userId")
    if call.tx[PROFILES].first(user_id=user_id, organization_id=call.path_number("orgId")) is None:
        raise Forbidden
    act_as(call, user_id)


def user_in_organization_team(call: Call, _: None) -> None:
    """As `user_in_organization`, and the user is a member of `teamId`."""
    user_in_organization(call, None)
    if membership_of(call.tx, call.path_number("userId"), call.path_number("teamId")) is None:
        raise Forbidden


def act_as(call: Call, user_id: int) -> None:
    """Makes `user_id` the caller, keeping the credentials."""
    call.caller = msgspec.structs.replace(call.caller, user_id=user_id)


def membership_in_organization(call: Call, _: None) -> None:
    """`membershipId` is a membership in the organization itself, not in one of its teams."""
    membership_id = call.path_number("membershipId")
    membership = call.tx[MEMBERSHIPS].get(membership_id)
    if membership is None or membership.team_id != call.path_number("orgId"):
        raise NotFound(f"Membership ({membership_id}) not found.")


def managed_organization(call: Call, _: None) -> None:
    """`managedOrganizationId` is managed by `orgId`."""
    manager, managed = call.path_number("orgId"), call.path_number("managedOrganizationId")
    link = call.tx[MANAGED_ORGANIZATIONS].get(managed)
    if link is None or link.manager_organization_id != manager:
        raise NotFound(
            f"Managed organization with id={managed} within manager organization with id={manager} not found."
        )


def out_of_office_of_user(call: Call, _: None) -> None:
    """`oooId` belongs to `userId`."""
    entry = call.tx[OUT_OF_OFFICES].get(call.path_number("oooId"))
    if entry is None or entry.user_id != call.path_number("userId"):
        raise Forbidden("This OOO entry does not belong to this user.")


RULES = {
    "organization": is_organization,
    "role": ArgumentRule(role, ROLES),
    "plan": ArgumentRule(plan, tuple(PLAN_RANK)),
    "admin-api": named("IsAdminAPIEnabledGuard", admin_api),
    "team-in-organization": named("IsTeamInOrg", team_in_organization),
    "user-in-organization": user_in_organization,
    "user-in-organization-team": user_in_organization_team,
    "membership-in-organization": membership_in_organization,
    "managed-organization": managed_organization,
    "out-of-office-of-user": out_of_office_of_user,
}
