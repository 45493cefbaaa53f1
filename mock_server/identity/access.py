"""Access rules for credentials and OAuth clients."""

from __future__ import annotations

from mock_server.identity.authentication import authenticate, bearer_of, has_credentials, third_party_grant
from mock_server.identity.model import ACCESS_TOKENS, API_KEY_PREFIX, OAUTH_CLIENTS, PERMISSIONS, USERS
from mock_server.identity.profiles import main_organization_id
from mock_server.identity.scopes import SCOPES, check_scopes
from mock_server.runtime.access import ArgumentRule
from mock_server.runtime.call import Call
from mock_server.runtime.errors import Forbidden, NotFound, Unauthorized
from mock_server.state.errors import RecordNotFound
from mock_server.teams.memberships import membership_of
from mock_server.teams.model import ROLE_RANK, TEAMS


def authenticated(call: Call, _: None) -> None:
    """The credentials are valid."""
    call.caller = authenticate(call)


def optional_authentication(call: Call, _: None) -> None:
    """There are no credentials, or they are valid."""
    if has_credentials(call):
        call.caller = authenticate(call)


def permissions(call: Call, names: list[str]) -> None:
    """The OAuth client has the permissions, or the third-party token the scopes of the same names.

    API keys are not restricted. May run before authentication.
    """
    bearer = bearer_of(call)
    if bearer is not None and bearer.startswith(API_KEY_PREFIX):
        return
    token = call.tx[ACCESS_TOKENS].first(secret=bearer) if bearer else None
    client_id = call.headers.get("x-cal-client-id")
    if token is not None:
        client_id = token.client_id
    elif bearer:
        grant = third_party_grant(call, bearer)
        if grant is None:
            raise Forbidden
        check_scopes(grant.scopes, names)
        return
    client = call.tx[OAUTH_CLIENTS].get(client_id)
    wanted = sum(PERMISSIONS[name] for name in names)
    if client is None or client.permissions & wanted != wanted:
        raise Forbidden


def scopes(call: Call, required: list[str]) -> None:
    """A third-party token has the scopes. Without any, the operation is not for tokens that are limited to scopes."""
    if call.caller.kind == "third-party-token":
        check_scopes(call.caller.scopes, required)


def request_organization_id(call: Call) -> int | None:
    """The request's organization, or else the caller's main one."""
    if call.caller.organization_id is not None:
        return call.caller.organization_id
    return main_organization_id(call.tx, call.tx[USERS].require(call.caller.user_id))


def request_organization(call: Call, _: None) -> None:
    """The credentials belong to an organization: those of an OAuth client, or an API key tied to an organization."""
    if call.caller.organization_id is None:
        raise Unauthorized("GetOrgId decorator: Organization ID not found")


def oauth_client(call: Call, _: None) -> None:
    """`clientId` belongs to the request's organization."""
    organization_id = request_organization_id(call)
    if organization_id is None:
        raise Forbidden("OAuthClientGuard - No organization associated with the user.")
    client = call.tx[OAUTH_CLIENTS].get(call.path["clientId"])
    if client is None:
        raise NotFound("OAuthClientGuard - OAuth client not found.")
    if client.organization_id != organization_id and call.tx[USERS].require(call.caller.user_id).role != "ADMIN":
        raise Forbidden


def organization_roles(call: Call, roles: list[str]) -> None:
    """The caller has one of the roles in the request's organization, a platform organization."""
    organization_id = request_organization_id(call)
    if organization_id is None:
        raise Forbidden("OrganizationRolesGuard - No organization associated with the user.")
    organization = call.tx[TEAMS].get(organization_id)
    if organization is None or not organization.is_platform:
        raise Forbidden("OrganizationRolesGuard - Organization is not a platform (SHP).")
    membership = membership_of(call.tx, call.caller.user_id, organization_id)
    if membership is None:
        raise RecordNotFound("membership")
    if not membership.accepted:
        raise Forbidden("OrganizationRolesGuard - User has not accepted membership in the organization.")
    if membership.role not in roles:
        raise Forbidden(f"OrganizationRolesGuard - User must have one of the roles: {', '.join(roles)}.")


RULES = {
    "authenticated": authenticated,
    "optional-authentication": optional_authentication,
    "permissions": ArgumentRule(permissions, tuple(PERMISSIONS), several=True),
    "scopes": ArgumentRule(scopes, SCOPES, several=True, implied_by="authenticated", replaced_by=("permissions",)),
    "request-organization": request_organization,
    "oauth-client": oauth_client,
    "organization-roles": ArgumentRule(organization_roles, tuple(ROLE_RANK), several=True),
}
