"""Operations on private links, of event types of users and of teams of an organization.

Source: Cal.com API v2, private links, organization team private links.
"""

from __future__ import annotations

from mock_server.event_types.model import EventType, PrivateLink
from mock_server.event_types.ownership import require_own_event_type
from mock_server.event_types.private_links import (
    create_link,
    delete_link,
    deleted_private_link_view,
    links_of,
    private_link_view,
    update_link,
)
from mock_server.event_types.team_event_types import require_team_event_type
from mock_server.runtime.call import Call
from mock_server.runtime.versions import VERSION_HEADER


def create_event_type_private_link(call: Call) -> dict[str, object]:
    """Creates a private link of the event type."""
    return _view(call, create_link(call.tx, _event_type(call), call.body))


def list_event_type_private_links(call: Call) -> list[dict[str, object]]:
    """The private links of the event type, expired ones as well."""
    return [_view(call, each) for each in links_of(call.tx, _event_type(call))]


def update_event_type_private_link(call: Call) -> dict[str, object]:
    """Changes the limits of a private link."""
    return _view(call, update_link(call.tx, _event_type(call), _link(call), call.body))


def delete_event_type_private_link(call: Call) -> dict[str, object]:
    """Deletes a private link."""
    return deleted_private_link_view(delete_link(call.tx, _event_type(call), _link(call)))


create_organization_team_private_link = create_event_type_private_link
list_organization_team_private_links = list_event_type_private_links
update_organization_team_private_link = update_event_type_private_link
delete_organization_team_private_link = delete_event_type_private_link


def _event_type(call: Call) -> EventType:
    """The caller's event type, or that of the team in the path. Raises NotFound."""
    if "teamId" not in call.path:
        return require_own_event_type(call)
    return require_team_event_type(call.tx, call.path_number("teamId"), call.path_number("eventTypeId"))


def _view(call: Call, link: PrivateLink) -> dict[str, object]:
    return private_link_view(call.tx, link, call.headers.get(VERSION_HEADER))


def _link(call: Call) -> str:
    return str(call.path["linkId"])
