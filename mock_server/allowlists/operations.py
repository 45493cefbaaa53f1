"""Operations on allow-lists.

Source: Cal.com API v2, allow-lists.
"""

from __future__ import annotations

from typing import Any

from mock_server.allowlists.model import ALLOWLISTS
from mock_server.allowlists.views import allowlist_view, allowlists_view
from mock_server.runtime.call import Call
from mock_server.runtime.errors import NotFound

NONE_PUBLISHED = "No IP allowlists are published."


def list_allowlists(call: Call) -> dict[str, Any]:
    """The ranges of all services. Raises NotFound if none are published."""
    services = sorted(call.tx.table(ALLOWLISTS).rows.values(), key=lambda each: each.name)
    if not services:
        raise NotFound(NONE_PUBLISHED)
    return allowlists_view(services)


def get_allowlist(call: Call) -> dict[str, Any]:
    """The ranges of one service. Raises NotFound if they are not published."""
    service = call.tx[ALLOWLISTS].get(str(call.path["service"]))
    if service is None:
        raise NotFound(NONE_PUBLISHED)
    return allowlist_view(service)
