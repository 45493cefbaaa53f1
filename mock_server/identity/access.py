"""Access rules for credentials and OAuth clients."""

from __future__ import annotations

from mock_server.identity.authentication import (
    STRATEGY,
    authenticate,
    bearer_of,
    has_credentials,
    third_party_grant,
)
from mock_server.identity.model import (
    ACCESS_TOKENS,
    API_KEY_PREFIX,
    OAUTH_CLIENTS,
    PERMISSIONS,
    USERS,
    OAuthClient,
)
from mock_server.identity.profiles import main_organization_id
from mock_server.identity.scopes import SCOPES, InsufficientScope, check_scopes
from mock_server.runtime.access import ArgumentRule, named, reason
from mock_server.runtime.call import Call, CredentialKind
from mock_server.runtime.errors import Forbidden, NotFound, Unauthorized
from mock_server.state.errors import RecordNotFound
from mock_server.teams.memberships import membership_of
from mock_server.teams.model import ROLE_RANK, TEAMS

NO_AUTHENTICATION = (
    "no authentication provided. Provide either authorization bearer token containing managed user access token or "
    "oAuth client id in 'x-cal-client-id' header."
)


METHODS: dict[str, CredentialKind] = {
    "API_KEY": "api-key",
    "ACCESS_TOKEN": "access-token",
    "OAUTH_CLIENT_CREDENTIALS": "oauth-client",
    "THIRD_PARTY_ACCESS_TOKEN": "third-party-token",
}
"""Kinds of credentials, by the API's names."""


def authenticated(call: Call, _: None) -> None:
    """The credentials are valid."""
    call.caller = authenticate(call)


def optional_authentication(call: Call, _: None) -> None:
    """There are no credentials, or they are valid."""
    if has_credentials(call):
        call.caller = authenticate(call)


def authentication_methods(call: Call, allowed: list[str]) -> None:
    """The credentials are of one of these kinds."""
    if call.caller.kind not in {METHODS[name] for name in allowed}:
        raise Unauthorized(
            f"{STRATEGY} - Invalid authentication method. Please provide one of the allowed methods: "
            f"{', '.join(allowed)}"
        )


def permissions(call: Call, names: list[str]) -> None:
    """The OAuth client has the permissions, or the third-party token the scopes of the same names.

    API keys are not restricted. May run before authentication.
    """
    bearer = bearer_of(call)
    if bearer is not None and bearer.startswith(API_KEY_PREFIX):
        return
    token = call.tx[ACCESS_TOKENS].first(secret=bearer) if bearer else None
    if bearer and token is None:
        grant = third_party_grant(call, bearer)
        if grant is None:
            raise reason(call, f"no oAuth client found for access token={bearer}")
        check_scopes(grant.scopes, names)
        return
    client = _asking_client(call, token.client_id if token else call.headers.get("x-cal-client-id"))
    needed = sum(PERMISSIONS[name] for name in names)
    if client.permissions & needed != needed:
        text = (
            f"oAuth client with id={client.id} does not have the required permissions={', '.join(names)}. Go to "
            "platform dashboard settings and add the required permissions to the oAuth client."
        )
        raise reason(call, text)


def _asking_client(call: Call, client_id: str | None) -> OAuthClient:
    """The client of the access token, or else of the header. Raises Forbidden."""
    if not client_id:
        raise reason(call, NO_AUTHENTICATION)
    client = call.tx[OAUTH_CLIENTS].get(client_id)
    if client is None:
        raise reason(call, f"no oAuth client found for client id={client_id}")
    return client


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
        text = (
            f"OAuthClientGuard - forbidden. oAuth client with id={client.id} does not belong to the organization with "
            f"id={organization_id}."
        )
        raise reason(call, text)


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
    "authentication-methods": ArgumentRule(authentication_methods, tuple(METHODS), several=True),
    "permissions": ArgumentRule(
        named("PermissionsGuard", permissions, but=(InsufficientScope,)), tuple(PERMISSIONS), several=True
    ),
    "scopes": ArgumentRule(scopes, SCOPES, several=True, implied_by="authenticated", replaced_by=("permissions",)),
    "request-organization": request_organization,
    "oauth-client": oauth_client,
    "organization-roles": ArgumentRule(organization_roles, tuple(ROLE_RANK), several=True),
}
