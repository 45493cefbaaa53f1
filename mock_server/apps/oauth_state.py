"""The OAuth `state` parameter: JSON with the caller's token and the URLs to redirect to afterwards.

Source: Cal.com API v2, OAuth of conferencing apps and of Stripe.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

import msgspec

from mock_server.calendars.consent import REFUSED_CODE
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest
from mock_server.runtime.instants import milliseconds
from mock_server.runtime.json_values import is_object

MISSING_STATE = "Missing `state` query param"
INVALID_CODE = "invalid_grant"
EXPIRED = "The authorization URL has expired. Get a new one."
LIFETIME = timedelta(minutes=10)
_RETURN_URL = re.compile(r"/(?!/)|https?://[^/]", re.IGNORECASE)
ReturnUrl = Literal["returnTo", "onErrorReturnTo"]
RETURN_URLS: tuple[ReturnUrl, ...] = get_args(ReturnUrl)


def encode(fields: dict[str, object]) -> str:
    """The state as text, without return URLs that are None."""
    omitted = [name for name in RETURN_URLS if fields.get(name) is None]
    return msgspec.json.encode({name: value for name, value in fields.items() if name not in omitted}).decode()


def decode(call: Call) -> dict[str, Any]:
    """The state in the query of a callback. Raises BadRequest where it is missing or not a JSON object."""
    text = call.query.get("state")
    if not text or not isinstance(text, str):
        raise BadRequest(MISSING_STATE)
    try:
        state = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        raise BadRequest("The `state` query param is not JSON") from None
    if not is_object(state):
        raise BadRequest("The `state` query param is not a JSON object")
    if isinstance(state.get("expiresAt"), int) and state["expiresAt"] <= milliseconds(call.now):
        raise BadRequest(EXPIRED)
    return state


def expiry_from(now: datetime) -> int:
    """When a consent page that was asked for now expires, in milliseconds since 1970."""
    return milliseconds(now + LIFETIME)


def check_return_urls(urls: Mapping[str, str | None]) -> None:
    """Raises BadRequest for a return URL that is no path of this site and no http or https URL."""
    for name, url in urls.items():
        if url is not None and not _RETURN_URL.match(url):
            raise BadRequest(f"{name} must be a relative path or an absolute http(s) URL")


def return_url(state: dict[str, Any], name: ReturnUrl) -> str:
    """A return URL of the state; empty where it is missing."""
    value = state.get(name)
    return value if isinstance(value, str) else ""


def authorization_code(call: Call) -> str:
    """The code in the query of a callback. Raises BadRequest where it is missing or rejected."""
    code = call.query.get("code")
    if not code or code == REFUSED_CODE:
        raise BadRequest(INVALID_CODE)
    return code
