"""Access rules for organizations, their teams, users and memberships.

Source: Cal.com API v2, guards of the organization controllers.
"""

from __future__ import annotations

import msgspec

from mock_server.identity.model import USERS
from mock_server.identity.profiles import profile_in
from mock_server.identity.scopes import is_restricted
from mock_server.organizations.model import MANAGED_ORGANIZATIONS, ORGANIZATION_SETTINGS, OUT_OF_OFFICES, PLAN_RANK
from mock_server.runtime.access import ArgumentRule, named, reason
from mock_server.runtime.call import Call
from mock_server.runtime.errors import Forbidden, NotFound
from mock_server.teams.memberships import has_rank, membership_of, organization
from mock_server.teams.model import MEMBERSHIPS, PLATFORM_BILLINGS, ROLE_RANK, TEAMS

NO_ADMIN_API = "Organization does not have Admin API access, please contact https://cal.com/sales to upgrade"

ROLES = tuple(f"{scope}_{rank}" for scope in ("ORG", "TEAM") for rank in ROLE_RANK)


def is_organization(call: Call, _: None) -> None:
    """`orgId` is an organization."""
    organization_id = call.path_number("orgId")
    if organization(call.tx, organization_id) is None:
        text = f"provided organization id={organization_id} does not represent any existing organization."
        raise reason(call, text)


def role(call: Call, minimum: str) -> None:
    """The caller has the role, e.g. ORG_ADMIN or TEAM_OWNER, or is a system administrator. Pending members count."""
    if call.tx[USERS].require(call.caller.user_id).role == "ADMIN":
        return
    scope, rank = minimum.split("_")
    if rank == "ADMIN" and is_restricted(call.caller):
        rank = "MEMBER"  # What the operation asks of a token is its scope, which was checked before.
    if "teamId" not in call.path:
        has_role = _has_organization_role(call, scope, rank)
    elif "orgId" not in call.path:
        has_role = _has_team_role(call, rank)
    else:
        has_role = _has_role_in_organization_team(call, scope, rank)
    if not has_role:
        places = "".join(
            f" {kind} with id={call.path[name]}"
            for kind, name in (("organization", "orgId"), ("team", "teamId"))
            if name in call.path
        )
        text = f"user with id={call.caller.user_id} does not have the minimum required role={minimum} within{places}."
        raise reason(call, text)


def _has_organization_role(call: Call, scope: str, rank: str) -> bool:
    organization_id = call.path_number("orgId")
    membership = membership_of(call.tx, call.caller.user_id, organization_id)
    if membership is None:
        text = f"User is not a member of the organization with id={organization_id}."
        raise reason(call, text, formerly="User is not a member of the organization.")
    return scope == "ORG" and has_rank(membership, rank)


def _has_team_role(call: Call, rank: str) -> bool:
    team_id = call.path_number("teamId")
    membership = membership_of(call.tx, call.caller.user_id, team_id)
    if membership is None:
        text = f"User is not a member of the team with id={team_id}."
        raise reason(call, text, formerly="User is not a member of the team.")
    return has_rank(membership, rank)


def _has_role_in_organization_team(call: Call, scope: str, rank: str) -> bool:
    organization_id, team_id = call.path_number("orgId"), call.path_number("teamId")
    in_organization = membership_of(call.tx, call.caller.user_id, organization_id)
    if in_organization is None:
        text = f"User is not part of the organization with id={organization_id}."
        raise reason(call, text, formerly="User is not part of the organization.")
    if scope == "ORG":
        return has_rank(in_organization, rank)
    if has_rank(in_organization, "ADMIN"):
        return True
    in_team = membership_of(call.tx, call.caller.user_id, team_id)
    if in_team is None:
        text = (
            f"User is not part of the team with id={team_id} and/or, is not an admin nor an owner of the organization "
            f"with id={organization_id}."
        )
        formerly = "User is not part of the team and/or, is not an admin nor an owner of the organization."
        raise reason(call, text, formerly=formerly)
    return has_rank(in_team, rank)


def plan(call: Call, minimum: str) -> None:
    """The organization is not a platform organization, or its plan is at least the argument."""
    organization_id = call.path_number("orgId")
    team = call.tx[TEAMS].get(organization_id)
    if team is not None and not team.is_platform:
        return
    billing = call.tx[PLATFORM_BILLINGS].get(organization_id)
    subscribed = None if billing is None or billing.subscription_id is None else billing.plan
    # An unknown plan causes a 500 in the oldest edition upstream; here it ranks below all known ones.
    rank = 0 if subscribed is None else PLAN_RANK.get(subscribed, 0)
    if rank < PLAN_RANK[minimum]:
        formerly = f"Platform plan - you do not have required plan for this operation. Minimum plan is {minimum}."
        raise reason(call, _plan_refusal(organization_id, subscribed, minimum), formerly=formerly)


def _plan_refusal(organization_id: int, subscribed: str | None, minimum: str) -> str:
    if subscribed is None:
        return f"No platform subscription found for organization with id={organization_id}."
    if subscribed not in PLAN_RANK:
        return f"Invalid platform billing plan provided. Current plan: {subscribed}, Minimum plan: {minimum}"
    return (
        f"organization with id={organization_id} does not have required plan for this operation. Minimum plan is "
        f"{minimum} while the organization has {subscribed}."
    )


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
    organization_id = call.path_number("orgId")
    if profile_in(call.tx, user_id, organization_id) is None:
        text = f"user with id={user_id} is not part of the organization with id={organization_id}."
        raise reason(call, text)
    act_as(call, user_id)


def user_in_organization_team(call: Call, _: None) -> None:
    """As `user-in-organization`, and the user is a member of `teamId`."""
    user_id, team_id, organization_id = (call.path_number(name) for name in ("userId", "teamId", "orgId"))
    if profile_in(call.tx, user_id, organization_id) is None or membership_of(call.tx, user_id, team_id) is None:
        text = (
            f"user with id=({user_id}) is not part of the team with id=({team_id}) in the organization with "
            f"id=({organization_id})"
        )
        raise reason(call, text)
    act_as(call, user_id)


def user_in_team(call: Call, _: None) -> None:
    """`userId` is a member of `teamId`. From then on the request acts as that user."""
    user_id, team_id = call.path_number("userId"), call.path_number("teamId")
    if membership_of(call.tx, user_id, team_id) is None:
        raise Forbidden(f"user with id={user_id} is not part of the team with id={team_id}.")
    act_as(call, user_id)


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
    if link is not None and link.manager_organization_id == manager:
        return
    if call.has("foreign-things-are-forbidden"):
        raise Forbidden(
            f"Managed organization with id={managed} is not owned by manager organization with id={manager}."
        )
    raise NotFound(f"Managed organization with id={managed} within manager organization with id={manager} not found.")


def out_of_office_of_user(call: Call, _: None) -> None:
    """`oooId` belongs to the user as whom the request acts."""
    entry = call.tx[OUT_OF_OFFICES].get(call.path_number("oooId"))
    if entry is None or entry.user_id != call.caller.user_id:
        raise Forbidden("This OOO entry does not belong to this user.")


RULES = {
    "organization": named("IsOrgGuard", is_organization),
    "role": ArgumentRule(named("RolesGuard", role), ROLES),
    "plan": ArgumentRule(named("PlatformPlanGuard", plan), tuple(PLAN_RANK)),
    "admin-api": named("IsAdminAPIEnabledGuard", admin_api),
    "team-in-organization": named("IsTeamInOrg", team_in_organization),
    "user-in-organization": named("IsUserInOrg", user_in_organization),
    "user-in-organization-team": named("IsUserInOrgTeam", user_in_organization_team),
    "user-in-team": named("IsUserInTeam", user_in_team),
    "membership-in-organization": named("IsMembershipInOrg", membership_in_organization),
    "managed-organization": named("IsManagedOrgInManagerOrg", managed_organization),
    "out-of-office-of-user": out_of_office_of_user,
}
