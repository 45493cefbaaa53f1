"""The refusals of credentials and access rules, with the status and text that they have in the run's edition.

Since 2026-03, guards begin their refusals with their name, and give their reason in place of "Forbidden resource".
"""

from __future__ import annotations

import httpx

from contract_tests.clients import error
from contract_tests.editions import in_force

Refusal = tuple[int, str]
"""A status and the message of the error."""

FORBIDDEN = "Forbidden resource"


def check_refusal(reply: httpx.Response, expected: Refusal) -> None:
    """Asserts that a request was refused with this status and message."""
    status, message = expected
    assert error(reply, status)["message"] == message


def guarded(guard: str, text: str, *, formerly: str | None = None, status: int = 403) -> Refusal:
    """The refusal of a guard: `text` after the guard's name. Before guards named themselves, `formerly`, or `text`."""
    if in_force("guards-name-themselves"):
        return status, f"{guard} - {text}"
    return status, text if formerly is None else formerly


def unauthorized(text: str, method: str | None = None) -> Refusal:
    """The refusal of credentials, which are of a kind (`method`) such as "api key"."""
    return guarded(f"ApiAuthStrategy - {method}" if method else "ApiAuthStrategy", text, status=401)


def no_credentials(*, half_a_pair: str | None = None) -> Refusal:
    """Neither a bearer nor a whole pair of client headers; `half_a_pair` is the header that was sent alone.

    The id of a client in the path counts as the header `x-cal-client-id`.
    """
    if half_a_pair is not None and in_force("half-client-pair-named"):
        missing = {"x-cal-client-id": "x-cal-secret-key", "x-cal-secret-key": "x-cal-client-id"}[half_a_pair]
        return unauthorized(
            f"Only '{half_a_pair}' header provided. Please also provide '{missing}' header or Auth bearer token as "
            "'Authentication' header"
        )
    return unauthorized(
        "No authentication method provided. Either pass an API key as 'Bearer' header or OAuth client credentials as "
        "'x-cal-secret-key' and 'x-cal-client-id' headers"
    )


def unknown_key() -> Refusal:
    """An API key that does not exist, refused where requests are counted."""
    return guarded("CustomThrottlerGuard", "Invalid API Key", status=401)


def expired_key() -> Refusal:
    """An API key after its last day."""
    return unauthorized("Your api key is expired", "api key")


def unknown_token() -> Refusal:
    """A bearer that is neither an API key nor an access token."""
    return 401, "Invalid Access Token."


def foreign_origin(origin: str, client_id: str) -> Refusal:
    """An access token from a browser page that is not among the redirect URIs of its OAuth client."""
    text = (
        "Invalid request origin - please open https://app.cal.com/settings/platform and add the origin "
        f"'{origin}' to the 'Redirect uris' of your OAuth client with ID '{client_id}'"
    )
    return unauthorized(text, "access token")


def unknown_client(client_id: str) -> Refusal:
    """The credentials of an OAuth client that does not exist."""
    return unauthorized(f"Client with ID {client_id} not found", "oAuth client")


def wrong_secret() -> Refusal:
    """The id of an OAuth client with another secret."""
    return unauthorized("Invalid client secret", "oAuth client")


def no_permission(client_id: str, *permissions: str) -> Refusal:
    """An OAuth client that lacks the permissions."""
    text = (
        f"oAuth client with id={client_id} does not have the required permissions={', '.join(permissions)}. Go to "
        "platform dashboard settings and add the required permissions to the oAuth client."
    )
    return guarded("PermissionsGuard", text, formerly=FORBIDDEN)


def no_client_named() -> Refusal:
    """Permissions are asked of a request that names no OAuth client."""
    text = (
        "no authentication provided. Provide either authorization bearer token containing managed user access token "
        "or oAuth client id in 'x-cal-client-id' header."
    )
    return guarded("PermissionsGuard", text, formerly=FORBIDDEN)


def no_client_found(what: str) -> Refusal:
    """Permissions are asked of a request with an unknown token or client id, such as "access token=x"."""
    return guarded("PermissionsGuard", f"no oAuth client found for {what}", formerly=FORBIDDEN)


def no_organization(organization: int) -> Refusal:
    """The path's organization does not exist, or is a team."""
    text = f"provided organization id={organization} does not represent any existing organization."
    return guarded("IsOrgGuard", text, formerly=FORBIDDEN)


def low_role(
    user: int | str, role: str, *, organization: object = None, team: object = None, guard: str | None = "RolesGuard"
) -> Refusal:
    """A member without the role in the organization, the team, or the team of the organization that the path names.

    Where the rule is applied by an operation itself, no `guard` is named.
    """
    places = {"organization": organization, "team": team}
    within = "".join(f" {kind} with id={each}" for kind, each in places.items() if each is not None)
    text = f"user with id={user} does not have the minimum required role={role} within{within}."
    if guard is None:
        return 403, text if in_force("guards-name-themselves") else FORBIDDEN
    return guarded(guard, text, formerly=FORBIDDEN)


def not_in_organization(organization: object) -> Refusal:
    """A user outside of the organization that the path names."""
    text = "User is not a member of the organization"
    return guarded("RolesGuard", f"{text} with id={organization}.", formerly=f"{text}.")


def not_in_organization_of_team(organization: object) -> Refusal:
    """A user outside of the organization, where the path names a team of it as well."""
    text = "User is not part of the organization"
    return guarded("RolesGuard", f"{text} with id={organization}.", formerly=f"{text}.")


def not_in_team(team: object) -> Refusal:
    """A user outside of the team that the path names without its organization."""
    text = "User is not a member of the team"
    return guarded("RolesGuard", f"{text} with id={team}.", formerly=f"{text}.")


def not_in_team_of_organization(organization: object, team: object) -> Refusal:
    """A plain member of the organization outside of its team."""
    text = (
        f"User is not part of the team with id={team} and/or, is not an admin nor an owner of the organization with "
        f"id={organization}."
    )
    formerly = "User is not part of the team and/or, is not an admin nor an owner of the organization."
    return guarded("RolesGuard", text, formerly=formerly)


def low_plan(organization: int, minimum: str, plan: str | None) -> Refusal:
    """A platform organization whose plan does not suffice; None without a subscription."""
    formerly = f"Platform plan - you do not have required plan for this operation. Minimum plan is {minimum}."
    text = (
        f"organization with id={organization} does not have required plan for this operation. Minimum plan is "
        f"{minimum} while the organization has {plan}."
    )
    if plan is None:
        text = f"No platform subscription found for organization with id={organization}."
    elif plan == "none":
        text = f"Invalid platform billing plan provided. Current plan: {plan}, Minimum plan: {minimum}"
    return guarded("PlatformPlanGuard", text, formerly=formerly)


def unknown_team(team: object) -> Refusal:
    """The path's team is no team of the path's organization."""
    return guarded("IsTeamInOrg", f"Team ({team}) not found.", status=404)


def unknown_membership(membership: object) -> Refusal:
    """The path's membership is none in the organization itself."""
    return guarded("IsMembershipInOrg", f"Membership ({membership}) not found.", status=404)


def unknown_event_type(event_type: object) -> Refusal:
    """The path's event type does not exist, where its webhooks are asked for."""
    return guarded("IsUserEventTypeWebhookGuard", f"Event type ({event_type}) not found", status=404)


def no_event_type_webhook(webhook: str) -> Refusal:
    """The path's webhook is not one of an event type."""
    text = f"Webhook ({webhook}) is not associated with an event type"
    return guarded("IsUserEventTypeWebhookGuard", text, status=400)


def foreign_managed_organization(manager: int, managed: int) -> Refusal:
    """The path's managed organization does not exist, or has another manager."""
    if in_force("foreign-things-are-forbidden"):
        text = f"Managed organization with id={managed} is not owned by manager organization with id={manager}."
        return guarded("IsManagedOrgInManagerOrg", text)
    return 404, f"Managed organization with id={managed} within manager organization with id={manager} not found."


def foreign_routing_form(team: int, form: str) -> Refusal:
    """The path's routing form does not exist, or belongs to another team."""
    if in_force("foreign-things-are-forbidden"):
        return guarded("IsRoutingFormInTeam", f"team with id=({team}) does not own routing form with id=({form}).")
    return 404, f"Team with id=({team}) routing form with id=({form}) not found."
