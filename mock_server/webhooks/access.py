"""Access rules of webhooks.

Source: Cal.com API v2, webhook guards.
"""

from __future__ import annotations

from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.model import USERS
from mock_server.runtime.access import named, reason
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest, Forbidden, NotFound
from mock_server.teams.memberships import has_rank, membership_of, organization
from mock_server.webhooks.model import WEBHOOKS, Webhook


class WebhookNotFound(NotFound):
    """A webhook that a path names does not exist."""


def own_webhook(call: Call, _: None) -> None:
    """`webhookId` is the caller's, or the caller is a system administrator."""
    webhook = _webhook(call)
    user_id = call.caller.user_id
    if webhook.user_id != user_id and call.tx[USERS].require(user_id).role != "ADMIN":
        raise reason(call, f"user with id=({user_id}) is not the owner of webhook with id=({webhook.id})")


def own_event_type_webhook(call: Call, _: None) -> None:
    """`eventTypeId` is the caller's, and `webhookId`, if the path has one, belongs to it."""
    event_type_id = call.path_number("eventTypeId")
    event_type = call.tx[EVENT_TYPES].get(event_type_id)
    if event_type is None:
        raise NotFound(f"Event type ({event_type_id}) not found")
    if event_type.user_id != call.caller.user_id:
        raise Forbidden(f"User ({call.caller.user_id}) is not the owner of event type ({event_type_id})")
    if "webhookId" not in call.path:
        return
    webhook = _webhook(call)
    if webhook.event_type_id is None:
        raise BadRequest(f"Webhook ({webhook.id}) is not associated with an event type")
    if webhook.event_type_id != event_type_id:
        raise Forbidden(f"Webhook ({webhook.id}) is not associated with event type ({event_type_id})")


def team_event_type_webhook(call: Call, _: None) -> None:
    """The caller is an accepted admin of `teamId`, `eventTypeId` is its own, and `webhookId`, if any, belongs to it."""
    team_id, event_type_id = call.path_number("teamId"), call.path_number("eventTypeId")
    membership = membership_of(call.tx, call.caller.user_id, team_id)
    if membership is None or not membership.accepted or not has_rank(membership, "ADMIN"):
        raise Forbidden(f"User ({call.caller.user_id}) is not an admin/owner of team ({team_id})")
    event_type = call.tx[EVENT_TYPES].get(event_type_id)
    if event_type is None or event_type.team_id != team_id:
        raise NotFound(f"Event type ({event_type_id}) not found for team ({team_id})")
    if "webhookId" not in call.path:
        return
    webhook = _webhook(call)
    if webhook.event_type_id is None:
        raise BadRequest(f"Webhook ({webhook.id}) no event type")
    if webhook.event_type_id != event_type_id:
        raise Forbidden("Webhook mismatch with event type")


def oauth_client_webhook(call: Call, _: None) -> None:
    """`webhookId` belongs to `clientId`."""
    if _webhook(call).platform_oauth_client_id != call.path["clientId"]:
        raise Forbidden("Webhook does not belong to this oAuthClient")


def webhook_in_organization(call: Call, _: None) -> None:
    """`webhookId` belongs to `orgId`."""
    organization_id = call.path_number("orgId")
    webhook_id = call.path["webhookId"]
    webhook = call.tx[WEBHOOKS].get(webhook_id)
    if webhook is None or organization(call.tx, organization_id) is None or webhook.team_id != organization_id:
        text = f"webhook with id={webhook_id} is not part of the organization with id={organization_id}."
        raise reason(call, text)


def _webhook(call: Call) -> Webhook:
    webhook = call.tx[WEBHOOKS].get(call.path["webhookId"])
    if webhook is None:
        raise WebhookNotFound(f"Webhook ({call.path['webhookId']}) not found")
    return webhook


RULES = {
    "own-webhook": named("IsUserWebhookGuard", own_webhook, but=(WebhookNotFound,)),
    "own-event-type-webhook": named("IsUserEventTypeWebhookGuard", own_event_type_webhook, but=(WebhookNotFound,)),
    "team-event-type-webhook": named("IsTeamEventTypeWebhookGuard", team_event_type_webhook),
    "oauth-client-webhook": named("IsOAuthClientWebhookGuard", oauth_client_webhook, but=(WebhookNotFound,)),
    "webhook-in-organization": named("IsWebhookInOrg", webhook_in_organization),
}
