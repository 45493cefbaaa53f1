"""Hints about calendars and about consent pages, also those of conferencing apps and of Stripe."""

from __future__ import annotations

from typing import Any

from mock_server.identity.authentication import bearer_of
from mock_server.identity.model import API_KEY_PREFIX
from mock_server.runtime.call import Call
from mock_server.runtime.dispatch import SuccessHint

EVENT_INCOMPLETE = "The event needs a start and an end, each with a time and a time zone."
NEEDS_MANAGED_USER = (
    "Only the access token of a managed user completes a consent flow: POST /v2/oauth-clients/{clientId}/users creates "
    "one."
)
FLOW_WILL_FAIL = f"The callback of this consent page will fail, because an API key asked for it. {NEEDS_MANAGED_USER}"
FLOW_REFUSED = f"The token in `state` is not the access token of a managed user. {NEEDS_MANAGED_USER}"


def delegation_exists(domain: str) -> str:
    """For a domain that has a delegation credential."""
    return f"{domain} already has a delegation credential."


def about_api_key(call: Call, _: Any) -> str | None:
    """For a consent page that was asked for with an API key."""
    bearer = bearer_of(call)
    return FLOW_WILL_FAIL if bearer is not None and bearer.startswith(API_KEY_PREFIX) else None


HINTS: dict[str, SuccessHint] = {"connect_calendar": about_api_key}
