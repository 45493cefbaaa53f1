"""Event types of users: ownership, the checks and their order, and the history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mock_server.calendars.model import CREDENTIALS, DESTINATION_CALENDARS
from mock_server.event_types import ownership
from mock_server.event_types.booking_fields import NEEDS_CONTACT
from mock_server.event_types.destinations import own_destination_of
from mock_server.event_types.model import CAL_VIDEO, EVENT_TYPE_AUDIT_LOGS, EVENT_TYPES, HOSTS, EventType, Location
from mock_server.event_types.personal_event_types import (
    PersonalEventTypes,
    is_caller,
    listed_event_types,
    own_event_types,
)
from mock_server.event_types.settings import FORM_2024_06_14, FORM_2026_06_12, FormVersion
from mock_server.identity.model import USERS
from mock_server.organizations.model import ORGANIZATION_SETTINGS
from mock_server.runtime.call import Call, Caller
from mock_server.runtime.errors import ApiError, NotFound
from mock_server.schedules.model import SCHEDULES
from mock_server.state.transaction import Transaction
from mock_server.worlds.tests.loaded_world import default_world

ACME, OWNER, ADMIN, MEMBER, SOLO = 1, 1, 2, 3, 4
BODY: dict[str, Any] = {"title": "Talk", "slug": "new-talk", "lengthInMinutes": 30}
SEATED = {"seats": {"seatsPerTimeSlot": 2, "showAttendeeInfo": True, "showAvailabilityCount": True}}


def begin(edition: str = "2026-09") -> Transaction:
    return Transaction(default_world(edition), datetime(2031, 5, 1, tzinfo=UTC))


def request(tx: Transaction, user_id: int | None = SOLO, event_type_id: int = 0, **body: Any) -> Call:
    call = Call(tx, {"eventTypeId": event_type_id}, {}, "http://sandbox.example")
    call.body = body
    if user_id is not None:
        call.caller = Caller("api-key", user_id)
    return call


def create(tx: Transaction, user_id: int = SOLO, version: FormVersion = FORM_2024_06_14, **body: Any) -> EventType:
    return PersonalEventTypes(request(tx, user_id, **{**BODY, **body}), version).create()


def update(
    tx: Transaction, event_type_id: int, user_id: int = SOLO, version: FormVersion = FORM_2024_06_14, **body: Any
) -> EventType:
    return PersonalEventTypes(request(tx, user_id, event_type_id, **body), version).update()


def refusal(action: Any, *arguments: Any, **fields: Any) -> tuple[int, str]:
    with pytest.raises(ApiError) as refused:
        action(*arguments, **fields)
    return refused.value.status, refused.value.message


def schedule_of(tx: Transaction, user_id: int) -> int:
    return tx[SCHEDULES].create(user_id=user_id, name="Hours").id


def test_an_event_type_is_its_creator_s_with_the_settings_that_were_sent() -> None:
    tx = begin()
    event_type = create(tx, scheduleId=schedule_of(tx, SOLO), description="About us")
    assert tx[EVENT_TYPES].get(event_type.id) == event_type
    found = (event_type.user_id, event_type.title, event_type.slug, event_type.length, event_type.description)
    assert found == (SOLO, "Talk", "new-talk", 30, "About us")
    changed = update(tx, event_type.id, title="Other")
    assert (changed.title, changed.slug, changed.description) == ("Other", "new-talk", "About us")
    assert tx[EVENT_TYPES].get(event_type.id) == changed


def test_slugs_are_unique_among_the_event_types_of_a_user() -> None:
    tx = begin()
    first = create(tx)
    assert refusal(create, tx) == (400, "User already has an event type with this slug.")
    assert create(tx, MEMBER).user_id == MEMBER
    second = create(tx, slug="second")
    assert refusal(update, tx, second.id, slug="new-talk") == (400, "error_event_type_url_duplicate")
    assert update(tx, first.id, slug="new-talk", title="Same slug").title == "Same slug"
    assert update(tx, second.id, title="Other").slug == "second"


def test_a_slug_that_is_in_use_is_refused_without_a_reason_before_2026_09() -> None:
    tx = begin("2025-04")
    create(tx)
    refused = refusal(update, tx, create(tx, slug="second").id, slug="new-talk")
    assert refused == (400, "Bad request: Please check your request data and try again")


def test_only_the_owner_changes_an_event_type() -> None:
    tx = begin()
    event_type = create(tx)
    missing = (404, f"Event type with id {event_type.id} not found")
    assert refusal(update, tx, event_type.id, MEMBER, title="Mine") == missing
    assert refusal(update, tx, 4040, title="Mine") == (404, "Event type with id 4040 not found")
    settings = {**SEATED, "locations": [{"type": "attendeePhone"}, {"type": "attendeeAddress"}]}
    assert refusal(update, tx, 4040, **settings)[0] == 400, "the settings are checked first"


def test_the_schedule_is_one_of_the_owner() -> None:
    tx = begin()
    other, own = schedule_of(tx, MEMBER), schedule_of(tx, SOLO)
    event_type = create(tx, scheduleId=own)
    for schedule_id in (other, 4040):
        refused = (404, f"User with ID={SOLO} does not own schedule with ID={schedule_id}")
        assert refusal(create, tx, slug="x", scheduleId=schedule_id) == refused
        assert refusal(update, tx, event_type.id, scheduleId=schedule_id) == refused
    assert update(tx, event_type.id, scheduleId=None).schedule_id is None


@pytest.mark.parametrize(
    ("is_locked", "user_id", "may"),
    [(True, MEMBER, False), (True, ADMIN, True), (True, SOLO, True), (False, MEMBER, True), (None, MEMBER, True)],
)
def test_an_organization_may_leave_creating_event_types_to_its_admins(
    is_locked: bool | None, user_id: int, may: bool
) -> None:
    tx = begin()
    settings = tx[ORGANIZATION_SETTINGS].first(organization_id=ACME)
    assert settings is not None
    if is_locked is None:
        tx[ORGANIZATION_SETTINGS].delete(settings.id)
    else:
        tx[ORGANIZATION_SETTINGS].update(settings.id, lock_event_type_creation=is_locked)
    if may:
        assert create(tx, user_id).user_id == user_id
    else:
        assert refusal(create, tx, user_id) == (401, "You are not authorized to access this resource")


def test_the_default_location_is_the_user_s_default_app() -> None:
    tx = begin()
    tx[USERS].update(SOLO, metadata={"defaultConferencingApp": {"appSlug": "zoom"}})
    without = create(tx)
    given = create(tx, slug="given", locations=[{"type": "attendeePhone"}])
    assert [each.type for each in given.locations] == ["attendeePhone"]
    assert without.locations == (Location(type="integration", integration="zoom"),)
    older = begin("2025-04")
    older[USERS].update(SOLO, metadata={"defaultConferencingApp": {"appSlug": "zoom"}})
    assert create(older).locations == (CAL_VIDEO,)


def test_only_members_of_an_organization_have_email_settings() -> None:
    tx = begin()
    settings = {"emailSettings": {"disableEmailsToAttendees": True, "disableEmailsToHosts": False}}
    assert create(tx, SOLO, **settings).email_settings is None
    stored = create(tx, MEMBER, **settings).email_settings
    assert stored is not None and (stored.attendees_disabled, stored.hosts_disabled) == (True, False)


def test_settings_that_exclude_each_other_are_refused() -> None:
    tx = begin()
    places = [{"type": "attendeePhone"}, {"type": "attendeeAddress"}]
    assert "more than one location" in refusal(create, tx, **SEATED, locations=places)[1]
    seated = create(tx, **SEATED)
    policy = {"type": "always", "blockUnconfirmedBookingsInBooker": True}
    assert "requiresConfirmation" in refusal(update, tx, seated.id, confirmationPolicy=policy)[1]
    recurrence = {"interval": 1, "occurrences": 2, "frequency": "weekly"}
    together = "Recurring Events and Offer Seats cannot be active at the same time."
    assert refusal(update, tx, seated.id, recurrence=recurrence) == (400, together)
    older = begin("2025-04")
    assert update(older, create(older, **SEATED).id, recurrence=recurrence).recurrence is not None


def test_locations_need_a_connected_app() -> None:
    tx = begin()
    meeting = {"type": "integration", "integration": "zoom"}
    assert refusal(create, tx, locations=[meeting]) == (400, "zoom not connected.")
    tx[CREDENTIALS].create(type="zoom_video", app_id="zoom", user_id=SOLO)
    assert create(tx, locations=[meeting]).locations[0].integration == "zoom"


def test_a_destination_calendar_is_one_of_the_owner_s() -> None:
    tx = begin()
    given = {"destinationCalendar": {"integration": "google_calendar", "externalId": "solo@example.com"}}
    event_type = create(tx, **given)
    found = own_destination_of(tx, event_type)
    assert found is not None and (found.external_id, found.event_type_id) == ("solo@example.com", event_type.id)
    wrong = {"destinationCalendar": {"integration": "google_calendar", "externalId": "other@example.com"}}
    unknown = "Invalid destinationCalendarId: Calendar does not exist"
    assert refusal(create, tx, slug="second", **wrong) == (400, unknown)
    assert tx[DESTINATION_CALENDARS].first(event_type_id=create(tx, slug="third").id) is None


def test_the_current_version_checks_the_options_of_the_length() -> None:
    tx = begin()
    options = {"lengthInMinutesOptions": [15, 45]}
    missing = "lengthInMinutesOptions must contain lengthInMinutes."
    assert refusal(create, tx, SOLO, FORM_2026_06_12, **options) == (400, missing)
    assert create(tx, slug="older", **options).length_options == (15, 45)
    assert create(tx, SOLO, FORM_2026_06_12, lengthInMinutesOptions=[15, 30]).length_options == (15, 30)


def test_an_older_form_requires_the_email_address() -> None:
    tx = begin()
    fields = [
        {"type": "phone", "slug": "attendeePhoneNumber", "label": "Phone", "required": True},
        {"type": "email", "required": False, "hidden": True},
    ]
    refused = "checkIsEmailUserAccessible - Email booking field must be required and visible"
    assert refusal(create, tx, bookingFields=fields) == (400, refused)
    assert refusal(create, tx, bookingFields=fields[1:]) == (400, NEEDS_CONTACT)


def test_a_user_s_history_records_what_requests_did() -> None:
    tx = begin()
    event_type = create(tx)
    update(tx, event_type.id, title="Other")
    entries = tx[EVENT_TYPE_AUDIT_LOGS].find(event_type_id=event_type.id)
    assert [(each.action, each.actor_id) for each in entries] == [
        ("EVENT_TYPE_CREATED", SOLO),
        ("EVENT_TYPE_MODIFIED", SOLO),
    ]
    assert [(each.field, each.previous, each.next) for each in entries[1].changes] == [("title", "Talk", "Other")]


@pytest.mark.parametrize(("edition", "hides"), [("2025-04", False), ("2026-09", True)])
def test_hidden_event_types_are_listed_to_their_owner_only(edition: str, hides: bool) -> None:
    tx = begin(edition)
    solo = tx[USERS].require(SOLO)
    for own in tx[EVENT_TYPES].find(user_id=SOLO):
        tx[EVENT_TYPES].delete(own.id)
    shown, hidden = create(tx), create(tx, slug="hidden", hidden=True)
    assert listed_event_types(request(tx), solo) == [shown, hidden]
    for other in (MEMBER, None):
        assert listed_event_types(request(tx, other), solo) == ([shown] if hides else [shown, hidden])
    call = request(tx)
    call.query = {"eventSlug": "hidden"}
    assert listed_event_types(call, solo) == [hidden]
    assert own_event_types(request(tx)) == ([shown, hidden] if call.has("own-event-types-listed") else [])
    assert own_event_types(request(tx, None)) == []
    assert [is_caller(request(tx, each), SOLO) for each in (SOLO, MEMBER, None)] == [True, False, False]


def test_an_event_type_in_the_path_is_found_for_its_owner_and_its_hosts() -> None:
    tx = begin()
    own = create(tx)
    team = tx[EVENT_TYPES].create(title="Team", slug="team", length=30, team_id=2, scheduling_type="roundRobin")
    tx[HOSTS].create(user_id=SOLO, event_type_id=team.id)
    assert ownership.require_own_event_type(request(tx, SOLO, own.id)) == own
    assert ownership.require_run_by_caller(request(tx, SOLO, own.id)) == own
    assert ownership.require_run_by_caller(request(tx, SOLO, team.id)) == team
    assert ownership.require_own_to_delete(request(tx, SOLO, own.id)) == own
    for finder in (ownership.require_own_event_type, ownership.require_run_by_caller):
        for user_id, event_type_id in ((SOLO, 4040), (MEMBER, own.id)):
            refused = (404, f"Event type with id {event_type_id} not found")
            assert refusal(finder, request(tx, user_id, event_type_id)) == refused
    with pytest.raises(NotFound, match=r"^Event type with ID=4040 does not exist\.$"):
        ownership.require_own_to_delete(request(tx, SOLO, 4040))
    refused = (403, f"User with ID={MEMBER} does not own event type with ID={own.id}")
    assert refusal(ownership.require_own_to_delete, request(tx, MEMBER, own.id)) == refused


def test_custom_names_are_checked() -> None:
    tx = begin()
    refused = (400, "Invalid event name variables: {Unknown variable}")
    assert refusal(create, tx, customName="{Unknown variable}") == refused
    with_link = "{Link title} with {Scheduler}"
    assert refusal(create, tx, customName=with_link)[0] == 400
    assert create(tx, SOLO, FORM_2026_06_12, customName=with_link).custom_name == with_link


def test_an_update_leaves_the_form_and_is_checked_with_what_is_stored() -> None:
    tx = begin()
    extra = {"type": "text", "slug": "extra", "label": "Extra", "required": True}
    event_type = create(tx, bookingFields=[extra])
    assert update(tx, event_type.id, title="Other").booking_fields == event_type.booking_fields
    current = create(tx, SOLO, FORM_2026_06_12, slug="current", lengthInMinutesOptions=[15, 30])
    missing = (400, "lengthInMinutesOptions must contain lengthInMinutes.")
    assert refusal(update, tx, current.id, SOLO, FORM_2026_06_12, lengthInMinutes=60) == missing
    without_contact = [{"field": "email", "required": False}]
    assert refusal(update, tx, current.id, SOLO, FORM_2026_06_12, bookingFields=without_contact)[0] == 400


def test_a_default_layout_that_is_not_enabled_was_refused_last_in_2025_04() -> None:
    layouts = {"bookerLayouts": {"enabledLayouts": ["month"], "defaultLayout": "week"}}
    refused = refusal(create, begin("2025-04"), **layouts)
    assert refused == (400, "Bad request: Please check your request data and try again")
