"""Operations on the webhooks of users, event types (also those of teams), OAuth clients and organizations.

Source: Cal.com API v2, webhooks.
"""

from __future__ import annotations

from typing import Any

from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest, Conflict
from mock_server.webhooks.jobs import NO_SHOW_TRIGGERS
from mock_server.webhooks.model import WEBHOOKS, Webhook
from mock_server.webhooks.payloads import Trigger
from mock_server.webhooks.subscriber_urls import check_subscriber_url
from mock_server.webhooks.views import webhook_details_view, webhook_view

DELEGATION_ERROR: Trigger = "DELEGATION_CREDENTIAL_ERROR"
FIELDS = {
    "subscriberUrl": "subscriber_url",
    "triggers": "triggers",
    "active": "active",
    "payloadTemplate": "payload_template",
    "secret": "secret",
    "version": "version",
    "time": "time",
    "timeUnit": "time_unit",
}


def create_webhook(call: Call) -> dict[str, object]:
    """Creates a webhook of the caller."""
    return _create(call, "user", user_id=call.caller.user_id)


def list_webhooks(call: Call) -> list[dict[str, object]]:
    """The caller's webhooks."""
    return _list(call, user_id=call.caller.user_id)


def get_webhook(call: Call) -> dict[str, object]:
    """One of the caller's webhooks, with all stored fields."""
    return webhook_details_view(call.tx[WEBHOOKS].require(call.path["webhookId"]))


def update_webhook(call: Call) -> dict[str, object]:
    """Changes the given fields. Raises UniqueViolation where another webhook of the caller has the URL."""
    return _update(call)


def delete_webhook(call: Call) -> dict[str, object]:
    """Deletes one of the caller's webhooks."""
    return _delete(call)


def create_event_type_webhook(call: Call) -> dict[str, object]:
    """Creates a webhook of one of the caller's event types."""
    return _create(call, "event type", event_type_id=call.path_number("eventTypeId"))


def list_event_type_webhooks(call: Call) -> list[dict[str, object]]:
    """The webhooks of the event type."""
    return _list(call, event_type_id=call.path_number("eventTypeId"))


def get_event_type_webhook(call: Call) -> dict[str, object]:
    """One webhook of the event type."""
    return _get(call)


def update_event_type_webhook(call: Call) -> dict[str, object]:
    """Changes the given fields. Accepts a URL that another webhook of the event type has, as upstream."""
    return _update(call)


def delete_event_type_webhook(call: Call) -> dict[str, object]:
    """Deletes one webhook of the event type."""
    return _delete(call)


def delete_all_event_type_webhooks(call: Call) -> str:
    """Deletes all webhooks of the event type."""
    return _delete_all(call, event_type_id=call.path_number("eventTypeId"))


def create_team_event_type_webhook(call: Call) -> dict[str, object]:
    """Creates a webhook of one of the team's event types."""
    return _create(call, "event type", event_type_id=call.path_number("eventTypeId"))


def list_team_event_type_webhooks(call: Call) -> list[dict[str, object]]:
    """The webhooks of the team's event type."""
    return _list(call, event_type_id=call.path_number("eventTypeId"))


def get_team_event_type_webhook(call: Call) -> dict[str, object]:
    """One webhook of the team's event type."""
    return _get(call)


def update_team_event_type_webhook(call: Call) -> dict[str, object]:
    """Changes the given fields. Accepts a URL that another webhook of the event type has, as upstream."""
    return _update(call)


def delete_team_event_type_webhook(call: Call) -> dict[str, object]:
    """Deletes one webhook of the team's event type."""
    return _delete(call)


def delete_all_team_event_type_webhooks(call: Call) -> str:
    """Deletes all webhooks of the team's event type."""
    return _delete_all(call, event_type_id=call.path_number("eventTypeId"))


def create_oauth_client_webhook(call: Call) -> dict[str, object]:
    """Creates a webhook of the OAuth client."""
    return _create(call, "oAuth client", platform_oauth_client_id=call.path["clientId"])


def list_oauth_client_webhooks(call: Call) -> list[dict[str, object]]:
    """The webhooks of the OAuth client."""
    return _list(call, platform_oauth_client_id=call.path["clientId"])


def get_oauth_client_webhook(call: Call) -> dict[str, object]:
    """One webhook of the OAuth client."""
    return _get(call)


def update_oauth_client_webhook(call: Call) -> dict[str, object]:
    """Changes the given fields. Raises UniqueViolation where another webhook of the client has the URL."""
    return _update(call)


def delete_oauth_client_webhook(call: Call) -> dict[str, object]:
    """Deletes one webhook of the OAuth client."""
    return _delete(call)


def delete_all_oauth_client_webhooks(call: Call) -> str:
    """Deletes all webhooks of the OAuth client."""
    return _delete_all(call, platform_oauth_client_id=call.path["clientId"])


def create_organization_webhook(call: Call) -> dict[str, object]:
    """Creates a webhook of the organization. Its error message says `user`, as upstream."""
    return _create(call, "user", team_id=call.path_number("orgId"))


def list_organization_webhooks(call: Call) -> list[dict[str, object]]:
    """The webhooks of the organization."""
    return _list(call, team_id=call.path_number("orgId"))


def get_organization_webhook(call: Call) -> dict[str, object]:
    """One webhook of the organization."""
    return _get(call)


def update_organization_webhook(call: Call) -> dict[str, object]:
    """Changes the given fields. Accepts a URL that another webhook of the organization has, as upstream."""
    return _update(call)


def delete_organization_webhook(call: Call) -> dict[str, object]:
    """Deletes one webhook of the organization."""
    return _delete(call)


def _create(call: Call, owner_name: str, **owner: Any) -> dict[str, object]:
    url = call.body["subscriberUrl"]
    check_subscriber_url(call, url)
    _check_triggers(call, owner)
    if any(each.subscriber_url == url for each in call.tx[WEBHOOKS].find(**owner)):
        raise Conflict(f"Webhook with this subscriber url already exists for this {owner_name}")
    webhook = Webhook(id=call.identifiers.uuid4(), created_at=call.now, **_changes(call), **owner)
    return webhook_view(call.tx[WEBHOOKS].insert(webhook))


def _check_triggers(call: Call, owner: dict[str, Any]) -> None:
    """Errors of delegated credentials are for organizations and OAuth clients; triggers of no-shows need a delay."""
    if DELEGATION_ERROR in call.body["triggers"] and not owner.keys() & {"team_id", "platform_oauth_client_id"}:
        raise BadRequest(f"{DELEGATION_ERROR} trigger is only available for organization webhooks")
    has_delay = call.body.get("time") is not None and call.body.get("timeUnit") is not None
    if call.has("no-show-delays") and {*NO_SHOW_TRIGGERS} & {*call.body["triggers"]} and not has_delay:
        raise BadRequest(f"time and timeUnit are required with the triggers {' and '.join(NO_SHOW_TRIGGERS)}")


def _list(call: Call, **owner: Any) -> list[dict[str, object]]:
    page = call.tx[WEBHOOKS].page(call.query["skip"], call.query["take"], **owner)
    return [webhook_view(each) for each in page]


def _get(call: Call) -> dict[str, object]:
    return webhook_view(call.tx[WEBHOOKS].require(call.path["webhookId"]))


def _update(call: Call) -> dict[str, object]:
    webhook = call.tx[WEBHOOKS].require(str(call.path["webhookId"]))
    url = call.body.get("subscriberUrl", webhook.subscriber_url)
    if url != webhook.subscriber_url:
        check_subscriber_url(call, url)
    return webhook_view(call.tx[WEBHOOKS].update(webhook.id, **_changes(call)))


def _delete(call: Call) -> dict[str, object]:
    return webhook_view(call.tx[WEBHOOKS].delete(str(call.path["webhookId"])))


def _delete_all(call: Call, **owner: Any) -> str:
    webhooks = call.tx[WEBHOOKS].find(**owner)
    for each in webhooks:
        call.tx[WEBHOOKS].delete(each.id)
    return f"{len(webhooks)} webhooks deleted"


def _changes(call: Call) -> dict[str, Any]:
    fields = {field: call.body[name] for name, field in FIELDS.items() if name in call.body}
    if "triggers" in fields:
        fields["triggers"] = tuple(fields["triggers"])
    return fields
