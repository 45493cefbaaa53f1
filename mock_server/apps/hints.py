"""Hints about the consent flows of conferencing apps and of Stripe."""

from __future__ import annotations

from typing import Any

from mock_server.apps import oauth_state
from mock_server.calendars.consent import user_of_state
from mock_server.calendars.hints import FLOW_REFUSED, about_api_key
from mock_server.runtime.call import Call
from mock_server.runtime.dispatch import SuccessHint


def _about_state(call: Call, _: Any) -> str | None:
    """For a callback that redirects whether or not it has connected anything."""
    state = oauth_state.decode(call)
    return None if user_of_state(call, state.get("accessToken")) is not None else FLOW_REFUSED


HINTS: dict[str, SuccessHint] = {
    "get_conferencing_auth_url": about_api_key,
    "get_team_conferencing_auth_url": about_api_key,
    "get_stripe_connect_url": about_api_key,
    "get_organization_team_stripe_connect_url": about_api_key,
    "save_conferencing_connection": _about_state,
    "save_team_conferencing_connection": _about_state,
    "save_stripe_connection": _about_state,
    "save_organization_team_stripe_connection": _about_state,
}
