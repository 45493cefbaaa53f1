"""Names and limits that the code has to know as well as the description are the same in both.

What can be read from the description at start is read from it. Here is the rest: types that are checked before anything
runs, and tables that give each name a meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, get_args

import pytest

from mock_server.apps.consent import OAUTH_APPS
from mock_server.bookings import answers, listing, request_fields
from mock_server.bookings import model as bookings
from mock_server.calendars.integrations import BY_PROVIDER
from mock_server.event_types import booking_fields, hosts, locations, team_event_types
from mock_server.event_types import model as event_types
from mock_server.identity import model as identity
from mock_server.organizations import model as organizations
from mock_server.runtime.bundle import load_bundle
from mock_server.schedules.hours import WEEKDAYS
from mock_server.state.edition import NEWEST
from mock_server.teams import model as teams
from mock_server.webhooks import model as webhooks
from mock_server.webhooks import samples
from mock_server.webhooks.payloads import TRIGGERS

BUNDLE = load_bundle(edition=NEWEST)

PAIRS: list[tuple[Iterable[str], str]] = [
    (TRIGGERS, "schemas/WebhookTrigger"),
    (samples._SAMPLES, "schemas/WebhookTrigger"),
    (get_args(webhooks.TimeUnit), "schemas/WebhookTimeUnit"),
    (identity.PERMISSIONS, "schemas/OAuthClientPermission"),
    ([*identity.PERMISSIONS, "*"], "schemas/CreateOAuthClientInput/properties/permissions/items"),
    (get_args(identity.OAuth2ClientType), "schemas/OAuth2Client/properties/client_type"),
    (BY_PROVIDER, "parameters/OAuthCalendar/schema"),
    (OAUTH_APPS, "parameters/OAuthApp/schema"),
    (get_args(bookings.Status), "schemas/Booking/properties/status"),
    (listing.STATUS_FILTERS, "parameters/BookingStatusFilter/schema/items"),
    (get_args(event_types.Frequency), "schemas/EventType/properties/recurrence/properties/frequency"),
    (get_args(event_types.NoticeUnit), "schemas/ConfirmShortNotice/properties/noticeThreshold/properties/unit"),
    (get_args(event_types.Layout), "schemas/BookerLayouts/properties/defaultLayout"),
    (get_args(event_types.SchedulingType), "schemas/TeamEventType/properties/schedulingType"),
    (team_event_types._SCHEDULING_TYPES, "schemas/TeamEventTypeInput/properties/schedulingType"),
    (get_args(event_types.PhoneTemplate), "schemas/PhoneCallInput/properties/templateType"),
    (booking_fields._WITHOUT_TYPE, "schemas/TypedDefaultFieldInput/properties/slug"),
    (booking_fields._OPEN, "schemas/OpenField/properties/type"),
    (booking_fields._CHOICE, "schemas/ChoiceField/properties/type"),
    (answers._FIELD_TYPES.keys() - {"name", "radioInput"}, "schemas/DefaultField/properties/type"),
    (hosts.PRIORITIES, "schemas/HostPriority"),
    (locations.INTEGRATIONS_SINCE_2026_03, "schemas/IntegrationLocationInput/properties/integration"),
    (WEEKDAYS, "schemas/CreateOrganizationUserInput/properties/weekday"),
    (get_args(organizations.AttributeType), "schemas/AttributeType"),
    (get_args(organizations.Reason), "schemas/OutOfOfficeReason"),
    (get_args(teams.Role), "schemas/CreateOrganizationUserInput/properties/organizationRole"),
]


def at(place: str) -> Any:
    node = BUNDLE["components"]
    for key in place.split("/"):
        node = node[key]
    return node


@pytest.mark.parametrize(("names", "place"), PAIRS, ids=[place for _, place in PAIRS])
def test_names_are_those_of_the_description(names: Iterable[str], place: str) -> None:
    assert set(names) == set(at(place)["enum"]) - {None}


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """All objects within a node."""
    if isinstance(node, dict):
        yield node
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from nodes(each)


def test_metadata_has_the_same_limits_wherever_it_is_sent() -> None:
    limits = {
        (each["maxProperties"], each["x-max-name-length"], *lengths(each["additionalProperties"]))
        for each in nodes(BUNDLE)
        if "x-max-name-length" in each
    }
    assert limits == {
        (
            request_fields.MAX_METADATA_KEYS,
            request_fields.MAX_METADATA_KEY_LENGTH,
            request_fields.MAX_METADATA_VALUE_LENGTH,
        )
    }


def lengths(schema: Any) -> set[int]:
    """The lengths that a schema allows for text."""
    return {each["maxLength"] for each in nodes(schema) if "maxLength" in each}
