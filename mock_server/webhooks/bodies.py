"""Builds the body and content type of a delivery, with the subscriber's template if there is one.

Source: Cal.com API v2, webhooks: payloads and payload templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from mock_server.runtime.json_values import is_object
from mock_server.webhooks.templates import render

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

WITHOUT_ENVELOPE = frozenset({"MEETING_STARTED", "MEETING_ENDED"})
WITHOUT_TEMPLATE = WITHOUT_ENVELOPE | {
    "INSTANT_MEETING",
    "FORM_SUBMITTED",
    "FORM_SUBMITTED_NO_EVENT",
    "AFTER_HOSTS_CAL_VIDEO_NO_SHOW",
    "AFTER_GUESTS_CAL_VIDEO_NO_SHOW",
}

_NOT_JSON = object()


class Message(msgspec.Struct, frozen=True):
    """The body of a request, with its content type."""

    content_type: str
    body: bytes


def build_message(template: str | None, trigger: str, created_at: str, payload: Mapping[str, Any]) -> Message:
    """The message for an event, rendered with the subscriber's template. Raises TemplateError."""
    if not template or trigger in WITHOUT_TEMPLATE:
        return Message(JSON, msgspec.json.encode(_body(trigger, created_at, payload)))
    rendered = render(template, {**payload, "triggerEvent": trigger, "createdAt": created_at})
    if _parsed(template) in (_NOT_JSON, None, False, 0, ""):
        return Message(FORM, rendered.encode())
    parsed = _parsed(rendered)
    # As upstream: a value that contains a quote breaks the template's JSON, and a bare `false` is sent.
    return Message(JSON, b"false" if parsed is _NOT_JSON else msgspec.json.encode(parsed))


def _body(trigger: str, created_at: str, payload: Mapping[str, Any]) -> dict[str, object]:
    if trigger in WITHOUT_ENVELOPE:
        return {"triggerEvent": trigger, **payload}
    body: dict[str, object] = {"triggerEvent": trigger, "createdAt": created_at, "payload": payload}
    # The answers are repeated at the root.
    responses = payload.get("responses") if trigger == "FORM_SUBMITTED" else None
    return {**responses, **body} if is_object(responses) else body


def _parsed(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return _NOT_JSON
