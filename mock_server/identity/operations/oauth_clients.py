"""Operations on the OAuth clients of a platform organization.

Source: Cal.com API v2, OAuth clients.
"""

from __future__ import annotations

from typing import Any

from mock_server.identity.model import OAUTH_CLIENTS, OAuthClient, permission_bits
from mock_server.identity.tokens import signed
from mock_server.identity.views import oauth_client_view
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest
from mock_server.teams.model import PLATFORM_BILLINGS

NOT_SUBSCRIBED = "Team is not subscribed to platform plan, cannot create an OAuth Client."

_FIELDS = {
    "name": "name",
    "logo": "logo",
    "bookingRedirectUri": "booking_redirect_uri",
    "bookingCancelRedirectUri": "booking_cancel_redirect_uri",
    "bookingRescheduleRedirectUri": "booking_reschedule_redirect_uri",
    "areEmailsEnabled": "are_emails_enabled",
    "areDefaultEventTypesEnabled": "are_default_event_types_enabled",
    "areCalendarEventsEnabled": "are_calendar_events_enabled",
}


def create_oauth_client(call: Call) -> dict[str, Any]:
    """Creates a client in the request's organization. As upstream, its secret is a JWT of the input."""
    organization_id = call.caller.organization_id
    assert organization_id is not None  # Checked by the access rule request-organization.
    billing = call.tx[PLATFORM_BILLINGS].get(organization_id)
    if billing is None or billing.subscription_id is None:
        raise BadRequest(NOT_SUBSCRIBED)
    permissions = permission_bits(call.body["permissions"])
    claims = {"permissions": permissions, "iat": int(call.now.timestamp()), "jti": call.identifiers.uuid4()}
    fields: dict[str, Any] = {"are_default_event_types_enabled": False, **_stored(call.body)}
    client = call.tx[OAUTH_CLIENTS].insert(
        OAuthClient(
            id=call.identifiers.cuid(),
            secret=signed({**call.body, **claims}),
            permissions=permissions,
            organization_id=organization_id,
            created_at=call.now,
            **fields,
        )
    )
    return {"clientId": client.id, "clientSecret": client.secret}


def list_oauth_clients(call: Call) -> list[dict[str, Any]]:
    """The clients of the request's organization."""
    clients = call.tx[OAUTH_CLIENTS].find(organization_id=call.caller.organization_id)
    return [oauth_client_view(client) for client in clients]


def get_oauth_client(call: Call) -> dict[str, Any]:
    """One client."""
    return oauth_client_view(call.tx[OAUTH_CLIENTS].require(call.path["clientId"]))


def update_oauth_client(call: Call) -> dict[str, Any]:
    """Updates a client. Permissions and secret stay."""
    client = call.tx[OAUTH_CLIENTS].require(call.path["clientId"])
    return oauth_client_view(call.tx[OAUTH_CLIENTS].update(client.id, **_stored(call.body)))


def delete_oauth_client(call: Call) -> dict[str, Any]:
    """Deletes a client with its tokens, webhooks and teams. Its users stay."""
    client = call.tx[OAUTH_CLIENTS].require(call.path["clientId"])
    return oauth_client_view(call.tx[OAUTH_CLIENTS].delete(client.id))


def _stored(body: dict[str, Any]) -> dict[str, Any]:
    fields = {field: body[name] for name, field in _FIELDS.items() if name in body}
    if "redirectUris" in body:
        fields["redirect_uris"] = tuple(body["redirectUris"])
    if fields.get("are_default_event_types_enabled", False) is None:
        fields["are_default_event_types_enabled"] = False
    return fields
