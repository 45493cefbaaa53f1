"""The `state` that goes through a consent page and back: JSON text with the caller's token and where to go then.

Source: Cal.com API v2, OAuth of conferencing apps and of Stripe.
"""

from __future__ import annotations

from typing import Any

import msgspec

from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest

MISSING_STATE = "Missing `state` query param"


def encode(fields: dict[str, Any]) -> str:
    """The state as text. Places to go to that are not known are left out."""
    left_out = [name for name in ("returnTo", "onErrorReturnTo") if fields.get(name) is None]
    return msgspec.json.encode({name: value for name, value in fields.items() if name not in left_out}).decode()


def decode(call: Call) -> dict[str, Any]:
    """The state that came back. Raises BadRequest where it is missing or no JSON object."""
    text = call.query.get("state")
    if not text or not isinstance(text, str):
        raise BadRequest(MISSING_STATE)
    try:
        state = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        raise BadRequest("The `state` query param is not JSON") from None
    if not isinstance(state, dict):
        raise BadRequest("The `state` query param is not a JSON object")
    return state


def return_url(state: dict[str, Any], name: str) -> str:
    """Where a state says to go, `returnTo` or `onErrorReturnTo`; empty where it does not."""
    value = state.get(name)
    return value if isinstance(value, str) else ""
