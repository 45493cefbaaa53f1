"""Operations on the credits that the caller draws on.

Source: Cal.com API v2, credits.
"""

from __future__ import annotations

from typing import Any

from mock_server.credits.balances import balance_of, charge
from mock_server.credits.views import credits_view
from mock_server.runtime.call import Call


def get_available_credits(call: Call) -> dict[str, Any]:
    """The credits of the caller's organization or team, or else of the caller."""
    return credits_view(call.tx, balance_of(call.tx, call.caller.user_id))


def charge_credits(call: Call) -> dict[str, Any]:
    """Takes credits; once for each `externalRef`."""
    body = call.body
    balance = charge(call.tx, call.caller.user_id, body["credits"], body["creditFor"], body.get("externalRef"))
    return credits_view(call.tx, balance)
