"""Which bookings are written to destination calendars."""

from __future__ import annotations

import pytest

from mock_server.bookings.tests.builders import SOLO, add_event_type, at, begin, book
from mock_server.calendars.model import DESTINATION_CALENDARS
from mock_server.identity.model import MANAGED_USER_LINKS, OAUTH_CLIENTS, USERS


@pytest.mark.parametrize("is_managed", [True, False])
@pytest.mark.parametrize("are_enabled", [True, False])
def test_a_client_can_keep_the_bookings_of_its_users_out_of_their_calendars(
    is_managed: bool, are_enabled: bool
) -> None:
    tx = begin()
    if tx[DESTINATION_CALENDARS].first(user_id=SOLO) is None:
        tx[DESTINATION_CALENDARS].create(
            integration="google_calendar", external_id="solo@example.com", user_id=SOLO, credential_id=1
        )
    tx[OAUTH_CLIENTS].update("sandbox-client", are_calendar_events_enabled=are_enabled)
    if is_managed:
        tx[USERS].update(SOLO, is_platform_managed=True)
        tx[MANAGED_USER_LINKS].create(user_id=SOLO, client_id="sandbox-client")
    booking = book(tx, add_event_type(tx), at(10))
    assert (booking.busy_event_id is not None) is (are_enabled or not is_managed)
