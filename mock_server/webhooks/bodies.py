"""Builds the body and content type of a delivery, with the subscriber's template if there is one.

Source: Cal.com API v2, webhooks: payloads and payload templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from mock_server.runtime.json_values import is_object
from mock_server.state.transaction import Transaction
from mock_server.webhooks.templates import render

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

WITHOUT_ENVELOPE = frozenset({"MEETING_STARTED", "MEETING_ENDED"})
FORMERLY_WITHOUT_TEMPLATE = frozenset(
    {
        "INSTANT_MEETING",
        "FORM_SUBMITTED",
        "FORM_SUBMITTED_NO_EVENT",
        "AFTER_HOSTS_CAL_VIDEO_NO_SHOW",
        "AFTER_GUESTS_CAL_VIDEO_NO_SHOW",
    }
)
GENERIC = FORMERLY_WITHOUT_TEMPLATE | {
    "OOO_CREATED",
    "ROUTING_FORM_FALLBACK_HIT",
    "DELEGATION_CREDENTIAL_ERROR",
    "WRONG_ASSIGNMENT_REPORT",
}
"""Events that are not about a booking alone: their templates read the whole body, with `payload` in it."""

_NOT_JSON = object()


class Message(msgspec.Struct, frozen=True):
    """The body of a request, with its content type."""

    content_type: str
    body: bytes


class DeliveryStyle(msgspec.Struct, frozen=True, kw_only=True):
    """The format of deliveries in an edition.

    `names_version`: a header names the version of the payload. `has_generic_templates`: templates apply to GENERIC
    events and read their whole body. `has_plain_answers`: FORM_SUBMITTED repeats only the values of the answers at the
    root.
    """

    names_version: bool = False
    has_generic_templates: bool = False
    has_plain_answers: bool = False

    @classmethod
    def of(cls, tx: Transaction) -> DeliveryStyle:
        """The style of the world's edition."""
        return cls(
            names_version=tx.has("deliveries-name-version"),
            has_generic_templates=tx.has("templates-for-generic-events"),
            has_plain_answers=tx.has("plain-answers-at-root"),
        )


FIRST_STYLE = DeliveryStyle()


def build_message(
    template: str | None, trigger: str, created_at: str, payload: Mapping[str, Any], style: DeliveryStyle = FIRST_STYLE
) -> Message:
    """The message for an event, rendered with the subscriber's template. Raises TemplateError."""
    body = _body(trigger, created_at, payload, style)
    if not template or not _takes_template(trigger, style):
        return Message(JSON, msgspec.json.encode(body))
    if style.has_generic_templates and trigger in GENERIC:
        rendered = render(template, _hyphenated(body))
    else:
        rendered = render(template, {**payload, "triggerEvent": trigger, "createdAt": created_at})
    if _parsed(template) in (_NOT_JSON, None, False, 0, ""):
        return Message(FORM, rendered.encode())
    parsed = _parsed(rendered)
    # As upstream: a value that contains a quote breaks the template's JSON, and a bare `false` is sent.
    return Message(JSON, b"false" if parsed is _NOT_JSON else msgspec.json.encode(parsed))


def _takes_template(trigger: str, style: DeliveryStyle) -> bool:
    if trigger in FORMERLY_WITHOUT_TEMPLATE:
        return style.has_generic_templates
    return trigger not in WITHOUT_ENVELOPE


def _hyphenated(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body with hyphens for the spaces in the names of form fields, which no template could write."""
    values = {name.replace(" ", "-"): value for name, value in body.items()}
    responses = body["payload"].get("responses")
    if is_object(responses):
        named = {name.replace(" ", "-"): value for name, value in responses.items()}
        values["payload"] = {**body["payload"], "responses": named}
    return values


def _body(trigger: str, created_at: str, payload: Mapping[str, Any], style: DeliveryStyle) -> dict[str, object]:
    if trigger in WITHOUT_ENVELOPE:
        return {"triggerEvent": trigger, **payload}
    body: dict[str, object] = {"triggerEvent": trigger, "createdAt": created_at, "payload": payload}
    # The answers are repeated at the root.
    responses = payload.get("responses") if trigger == "FORM_SUBMITTED" else None
    if not is_object(responses):
        return body
    if style.has_plain_answers:
        return {name: each["value"] if is_object(each) else each for name, each in responses.items()} | body
    return {**responses, **body}


def _parsed(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return _NOT_JSON
