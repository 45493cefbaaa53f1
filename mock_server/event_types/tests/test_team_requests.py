"""Requests about event types of teams: what is checked, stored and recorded, and who may create them since 2026-03."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mock_server.calendars.model import CREDENTIALS
from mock_server.event_types.booking_fields import stored_default_form
from mock_server.event_types.booking_form import DEFAULT_FORM
from mock_server.event_types.invariants import CHECKS
from mock_server.event_types.model import (
    EVENT_TYPE_AUDIT_LOGS,
    EVENT_TYPES,
    HOSTS,
    BookingField,
    CalVideoSettings,
    EventType,
    Location,
    Seats,
)
from mock_server.event_types.settings import FORM_2024_06_14, FORM_2026_06_12, FormVersion, clean_slug
from mock_server.event_types.team_event_types import TeamEventTypes
from mock_server.identity.model import USERS
from mock_server.roles.model import CUSTOM_ROLES, TEAM_FEATURES, CustomRole, TeamFeatures
from mock_server.runtime.errors import ApiError, ValidationFailed
from mock_server.schedules.model import SCHEDULES
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS, TEAMS
from mock_server.worlds.tests.loaded_world import default_world

ACME, SALES, OWNER, ADMIN, MEMBER, SOLO = 1, 2, 1, 2, 3, 4
NOW = datetime(2031, 5, 1, tzinfo=UTC)
BODY: dict[str, Any] = {"title": "Talk", "slug": "new-talk", "lengthInMinutes": 30, "schedulingType": "roundRobin"}
SEATED = {"seats": {"seatsPerTimeSlot": 2, "showAttendeeInfo": True, "showAvailabilityCount": True}}
WEEKLY = {"recurrence": {"interval": 1, "occurrences": 2, "frequency": "weekly"}}
EMAILS = {"emailSettings": {"disableEmailsToAttendees": True, "disableEmailsToHosts": False}}
UNAUTHORIZED = (401, "You are not authorized to access this resource")
LAYOUTS = {"bookerLayouts": {"enabledLayouts": ["month"], "defaultLayout": "week"}}


def begin(edition: str = "2026-09") -> Transaction:
    return Transaction(default_world(edition), NOW)


class Requests:
    """Requests of the owner about event types of a team, in a version."""

    def __init__(
        self,
        tx: Transaction,
        caller: int = OWNER,
        team_id: int = SALES,
        organization_id: int | None = ACME,
        version: FormVersion = FORM_2024_06_14,
    ) -> None:
        self.tx = tx
        self.event_types = TeamEventTypes(tx, team_id, caller, organization_id, version=version)

    def create(self, **body: Any) -> EventType:
        return self.event_types.create({**BODY, **body})

    def update(self, event_type: EventType, **body: Any) -> EventType:
        return self.event_types.update(event_type.id, body)

    def refusal(self, stored: EventType | None = None, **body: Any) -> ApiError:
        with pytest.raises(ApiError) as refused:
            self.create(**body) if stored is None else self.update(stored, **body)
        return refused.value


def answer(error: ApiError) -> tuple[int, str]:
    return error.status, error.message


def test_an_event_type_is_the_team_s_with_the_settings_that_were_sent() -> None:
    requests = Requests(begin())
    hosts = [{"userId": OWNER}, {"userId": MEMBER}]
    created = requests.create(description="About us", hosts=hosts, **EMAILS)
    found = (created.team_id, created.user_id, created.title, created.slug, created.length, created.description)
    assert found == (SALES, None, "Talk", "new-talk", 30, "About us")
    assert (created.scheduling_type, created.metadata) == ("roundRobin", None)
    settings = created.email_settings
    assert settings is not None and (settings.attendees_disabled, settings.hosts_disabled) == (True, False)
    changed = requests.update(created, title="Other", **WEEKLY)
    assert (changed.title, changed.description, changed.recurrence is None) == ("Other", "About us", False)
    assert requests.tx[EVENT_TYPES].get(created.id) == changed
    assert [host.user_id for host in requests.tx[HOSTS].find(event_type_id=created.id)] == [OWNER, MEMBER]


def test_teams_outside_of_organizations_have_no_email_settings() -> None:
    tx = begin()
    alone = tx[TEAMS].create(name="Alone", slug="alone", created_at=NOW)
    tx[MEMBERSHIPS].create(user_id=SOLO, team_id=alone.id, role="OWNER", accepted=True)
    assert Requests(tx, SOLO, alone.id, None).create(**EMAILS).email_settings is None


def test_the_history_of_a_team_s_event_type_records_what_requests_did() -> None:
    requests = Requests(begin())
    created = requests.create(hosts=[{"userId": OWNER}])
    requests.update(created, hosts=[{"userId": MEMBER}])
    entries = requests.tx[EVENT_TYPE_AUDIT_LOGS].find(event_type_id=created.id)
    assert [(each.action, each.actor_id, len(each.changes)) for each in entries] == [
        ("EVENT_TYPE_CREATED", OWNER, 0),
        ("EVENT_TYPE_MODIFIED", OWNER, 1),
    ]
    [change] = entries[1].changes
    assert (change.field, change.previous[0]["userId"], change.next[0]["userId"]) == ("hosts", OWNER, MEMBER)
    assert len({each.uuid for each in entries}) == 2


def test_settings_of_team_event_types_are_checked() -> None:
    requests = Requests(begin())
    unknown = requests.refusal(scheduleId=4040)
    assert answer(unknown) == (400, "Bad request: Please check your request data and try again")
    assert "4040" in str(unknown.hint)
    meeting = {"locations": [{"type": "integration", "integration": "zoom"}]}
    assert answer(requests.refusal(**meeting)) == (400, "zoom not connected.")
    requests.tx[CREDENTIALS].create(type="zoom_video", app_id="zoom", team_id=SALES)
    assert requests.create(slug="zoom", **meeting).locations[0].integration == "zoom"
    assert requests.create(slug="app", locations=[{"type": "organizersDefaultApp"}]).locations != ()
    assert "Invalid event name variables" in requests.refusal(customName="{Unknown}").message
    seated = requests.create(**SEATED)
    assert "requiresConfirmation" in requests.refusal(seated, confirmationPolicy={"type": "always"}).message
    assert answer(requests.refusal(seated, **WEEKLY))[0] == 400
    older = Requests(begin("2025-04"))
    assert older.update(older.create(**SEATED), **WEEKLY).recurrence is not None
    calendar = {"destinationCalendar": {"integration": "google_calendar", "externalId": "x"}}
    assert requests.refusal(slug="calendar", **calendar).status == 400
    own = {"destinationCalendar": {"integration": "google_calendar", "externalId": "solo@example.com"}}
    alone = requests.tx[TEAMS].create(name="Alone", slug="alone", created_at=NOW)
    requests.tx[MEMBERSHIPS].create(user_id=SOLO, team_id=alone.id, role="OWNER", accepted=True)
    refused = Requests(requests.tx, SOLO, alone.id, None).refusal(**own)
    assert answer(refused) == UNAUTHORIZED and refused.hint is not None


def test_the_form_needs_a_contact_and_in_older_versions_outside_of_organizations_an_address() -> None:
    tx = begin()
    phone = [
        {"type": "phone", "slug": "attendeePhoneNumber", "label": "Phone", "required": True},
        {"type": "email", "required": False, "hidden": True},
    ]
    neither = [{"type": "email", "required": False, "hidden": True}]
    inside, outside = Requests(tx), Requests(tx, organization_id=None)
    assert inside.refusal(bookingFields=neither).status == 400
    assert inside.create(bookingFields=phone).slug == "new-talk"
    assert "Email booking field" in outside.refusal(slug="other", bookingFields=phone).message
    current = Requests(tx, organization_id=None, version=FORM_2026_06_12)
    fields = [
        {"field": "attendeePhoneNumber", "required": True, "hidden": False},
        {"field": "email", "required": False},
    ]
    assert current.create(slug="current", bookingFields=fields).booking_fields is not None


def test_the_current_version_checks_lengths_and_takes_link_titles_and_hosts_beside_all_members() -> None:
    requests, older = Requests(begin(), version=FORM_2026_06_12), Requests(begin())
    options = {"lengthInMinutesOptions": [15, 45]}
    missing = "lengthInMinutesOptions must contain lengthInMinutes."
    assert answer(requests.refusal(**options)) == (400, missing)
    assert older.create(**options).length_options == (15, 45)
    created = requests.create(customName="{Link title}", lengthInMinutesOptions=[15, 30])
    assert created.booking_fields == DEFAULT_FORM
    assert answer(requests.refusal(created, lengthInMinutes=60)) == (400, missing)
    assert requests.update(created, lengthInMinutes=15).length == 15
    assert older.refusal(slug="x", customName="{Link title}").status == 400
    both = {"assignAllTeamMembers": True, "hosts": [{"userId": MEMBER, "mandatory": True}]}
    for given, fixed in ((requests, [MEMBER]), (older, [])):
        event_type = given.create(slug="all", **both)
        assert event_type.assign_all_team_members
        assert [each.user_id for each in given.tx[HOSTS].find(event_type_id=event_type.id) if each.is_fixed] == fixed


def test_another_scheduling_type_keeps_the_metadata_of_an_event_type_that_was_not_managed() -> None:
    requests = Requests(begin())
    created = requests.create(hosts=[{"userId": OWNER}])
    requests.tx[EVENT_TYPES].update(created.id, metadata={"note": "x"})
    assert requests.update(created, title="Same").scheduling_type == "roundRobin"
    changed = requests.update(created, schedulingType="COLLECTIVE", hosts=[{"userId": OWNER}])
    assert (changed.scheduling_type, changed.metadata) == ("collective", {"note": "x"})
    managed = requests.create(slug="managed", schedulingType="MANAGED")
    assert managed.metadata == {"managedEventConfig": {}}
    assert requests.update(managed, schedulingType="collective", assignAllTeamMembers=True).metadata is None


@pytest.mark.parametrize(
    ("edition", "caller", "may"),
    [
        ("2026-03", OWNER, True),
        ("2026-03", ADMIN, True),
        ("2026-03", MEMBER, False),
        ("2026-03", SOLO, False),
        ("2025-04", ADMIN, False),
        ("2025-04", MEMBER, False),
    ],
)
def test_admins_of_the_organization_create_event_types_of_its_teams(edition: str, caller: int, may: bool) -> None:
    requests = Requests(begin(edition), caller)
    if may:
        assert requests.create().team_id == SALES
        return
    refused = requests.refusal()
    assert answer(refused) == UNAUTHORIZED
    assert (refused.hint is not None) is (edition == "2025-04" and caller == ADMIN)


def test_a_system_administrator_creates_event_types_of_any_team() -> None:
    for edition in ("2025-04", "2026-03"):
        requests = Requests(begin(edition), SOLO)
        requests.tx[USERS].update(SOLO, role="ADMIN")
        assert requests.create().team_id == SALES


@pytest.mark.parametrize(
    ("permissions", "may"), [(("eventType.create",), True), (("eventType.read",), False), (None, False)]
)
def test_with_custom_roles_the_permission_decides(permissions: tuple[str, ...] | None, may: bool) -> None:
    requests = Requests(begin(), MEMBER)
    tx = requests.tx
    tx[TEAM_FEATURES].insert(TeamFeatures(team_id=SALES, pbac=True))
    if permissions is not None:
        role = CustomRole(
            id="maker", team_id=SALES, name="Maker", created_at=NOW, updated_at=NOW, permissions=permissions
        )
        [membership] = [each for each in tx[MEMBERSHIPS].find(user_id=MEMBER) if each.team_id == SALES]
        tx[MEMBERSHIPS].update(membership.id, custom_role_id=tx[CUSTOM_ROLES].insert(role).id)
    if may:
        assert requests.create().team_id == SALES
    else:
        assert answer(requests.refusal()) == UNAUTHORIZED
    owner = Requests(tx, OWNER)
    assert owner.create(slug="of-the-owner").team_id == SALES


# -- settings ---------------------------------------------------------------------------------------------------------


def test_layouts_are_checked_before_everything_else_since_2026_03() -> None:
    for requests in (Requests(begin()), Requests(begin("2026-03"))):
        refused = requests.refusal(**LAYOUTS)
        assert isinstance(refused, ValidationFailed)
        [error] = refused.errors
        assert (error["property"], bool(error["children"])) == ("bookerLayouts", True)
    valid = {"bookerLayouts": {"enabledLayouts": ["month"], "defaultLayout": "month"}}
    layouts = Requests(begin()).create(**valid).booker_layouts
    assert layouts is not None and (layouts.default, layouts.enabled) == ("month", ("month",))


def test_an_update_in_the_current_version_leaves_the_form_unless_it_gives_one() -> None:
    requests = Requests(begin(), version=FORM_2026_06_12)
    item = {"field": "custom", "slug": "size", "label": "Size", "type": "shortText"}
    created = requests.create(bookingFields=[item, {"field": "guests", "hidden": True}])
    assert created.disable_guests
    assert requests.update(created, title="Other").booking_fields == created.booking_fields
    changed = requests.update(created, bookingFields=[{"field": "notes"}])
    assert (len(changed.booking_fields or ()), changed.disable_guests) == (len(DEFAULT_FORM), False)


def test_an_update_of_settings_for_cal_video_keeps_the_others() -> None:
    requests = Requests(begin())
    created = requests.create(calVideoSettings={"disableRecordingForOrganizer": True})
    requests.event_types = TeamEventTypes(Transaction(requests.tx.root(), NOW + timedelta(days=1)), SALES, OWNER, ACME)
    changed = requests.update(created, calVideoSettings={"disableRecordingForGuests": True})
    found = changed.cal_video_settings
    assert isinstance(found, CalVideoSettings)
    assert (found.created_at, found.updated_at) == (NOW, NOW + timedelta(days=1))
    assert found.disable_recording_for_guests


def test_two_policies_of_a_request_are_both_stored() -> None:
    policy = {"confirmationPolicy": {"type": "always", "blockUnconfirmedBookingsInBooker": True}}
    created = Requests(begin()).create(**policy, **WEEKLY)
    assert (created.requires_confirmation, created.unconfirmed_bookings_block) == (True, True)
    assert created.recurrence is not None


@pytest.mark.parametrize(
    ("slug", "clean"),
    [(" a ", "a"), ("--a", "a"), ("-.-a", "-a"), ("_a", "a"), ("XX", "XX"), ("-.X_", "X_"), ("..__X", "X")],
)
def test_a_slug_begins_without_dashes_dots_and_underscores(slug: str, clean: str) -> None:
    assert clean_slug(slug) == clean


def test_a_new_event_type_has_the_default_form_and_an_update_leaves_the_form() -> None:
    requests = Requests(begin())
    created = requests.create()
    assert (created.booking_fields, created.assign_all_team_members) == (stored_default_form(), False)
    extra = {"type": "text", "slug": "extra", "label": "Extra", "required": True}
    changed = requests.update(created, bookingFields=[extra])
    assert requests.update(created, title="Other").booking_fields == changed.booking_fields


def test_without_cal_video_there_are_no_settings_for_it() -> None:
    requests = Requests(begin())
    created = requests.create(locations=[{"type": "attendeePhone"}])
    assert requests.update(created, calVideoSettings={"disableRecordingForGuests": True}).cal_video_settings is None


def test_a_hidden_field_for_guests_disables_guests_in_2025_04() -> None:
    hidden = {"slug": "guests", "hidden": True}
    created = Requests(begin("2025-04")).create(bookingFields=[{"type": "email", "required": True}, hidden])
    assert created.disable_guests
    assert not Requests(begin("2025-04")).create().disable_guests


def test_a_default_layout_that_is_not_enabled_was_refused_last_in_2025_04() -> None:
    refused = Requests(begin("2025-04")).refusal(**LAYOUTS)
    assert answer(refused) == (400, "Bad request: Please check your request data and try again")


def test_refused_limits_are_named() -> None:
    falling = {"day": 5, "week": 1}
    for edition, text in (
        (
            "2025-04",
            "Invalid booking limits: The number of bookings for day cannot exceed the number of bookings for week.",
        ),
        (
            "2026-03",
            "Invalid bookingLimitsCount: The number of bookings for day cannot exceed the number of bookings for week.",
        ),
    ):
        refused = Requests(begin(edition)).refusal(bookingLimitsCount=falling)
        assert isinstance(refused, ValidationFailed)
        [error] = refused.errors
        assert (error["property"], error["constraints"]) == (
            "bookingLimitsCount",
            {"ValidateBookingLimitsCount": text},
        )
    disabled = Requests(begin("2025-04")).create(bookingLimitsCount={"disabled": True, **falling})
    assert disabled.booking_limits == ()
    enabled = Requests(begin("2025-04")).refusal(bookingLimitsCount={"disabled": False, **falling})
    assert answer(enabled) == (400, "Bad request: Please check your request data and try again")
    order = Requests(begin()).refusal(bookingLimitsDuration={"week": 60, "day": 60})
    assert order.message == "Duration limits must be in ascending order."


# -- invariants -------------------------------------------------------------------------------------------------------


def violations(tx: Transaction) -> list[str]:
    return [each for check in CHECKS for each in check(tx)]


def test_requests_leave_a_valid_world() -> None:
    requests = Requests(begin())
    requests.update(requests.create(hosts=[{"userId": OWNER}], **SEATED), title="Other")
    assert violations(requests.tx) == []


def test_a_team_with_pending_payment_may_have_no_event_types() -> None:
    tx = begin()
    tx[TEAMS].create(name="Unpaid", created_at=NOW, pending_payment=True)
    assert violations(tx) == []


def test_a_schedule_of_another_user() -> None:
    tx = begin()
    schedule = tx[SCHEDULES].create(user_id=MEMBER, name="Hours")
    odd = tx[EVENT_TYPES].create(user_id=OWNER, title="Odd", slug="odd", length=30, schedule_id=schedule.id)
    own = {"user_id": MEMBER, "title": "Own", "length": 30, "schedule_id": schedule.id}
    tx[EVENT_TYPES].create(**own, slug="own")
    managed = tx[EVENT_TYPES].create(
        team_id=SALES, title="M", slug="m", length=30, schedule_id=schedule.id, scheduling_type="managed"
    )
    tx[EVENT_TYPES].create(user_id=OWNER, parent_id=managed.id, title="M", slug="m", length=30, schedule_id=schedule.id)
    assert violations(tx) == [f"event type {odd.id} uses schedule {schedule.id} of another user"]


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"seats": Seats(per_time_slot=2), "locations": (Location(type="attendeePhone"),)}, None),
        (
            {"seats": Seats(per_time_slot=2), "locations": (Location(type="attendeePhone"), Location(type="link"))},
            "has seats and several locations or a required confirmation",
        ),
        (
            {"seats": Seats(per_time_slot=2), "requires_confirmation": True},
            "has seats and several locations or a required confirmation",
        ),
        (
            {"booking_fields": (BookingField(type="text", slug="a", required=True),) * 2},
            "has two booking fields with the same slug",
        ),
    ],
)
def test_settings_that_exclude_each_other(settings: dict[str, Any], complaint: str | None) -> None:
    tx = begin()
    odd = tx[EVENT_TYPES].create(user_id=OWNER, title="Odd", slug="odd", length=30, **settings)
    assert violations(tx) == ([] if complaint is None else [f"event type {odd.id} {complaint}"])


@pytest.mark.parametrize(
    ("shortest", "longest", "is_valid"), [(2, 2, True), (3, 2, False), (3, None, True), (None, 2, True)]
)
def test_lengths_of_answers(shortest: int | None, longest: int | None, is_valid: bool) -> None:
    tx = begin()
    field = BookingField(type="textarea", slug="a", required=True, min_length=shortest, max_length=longest)
    odd = tx[EVENT_TYPES].create(user_id=OWNER, title="Odd", slug="odd", length=30, booking_fields=(field,))
    complaint = f"booking field a of event type {odd.id} asks for at least {shortest} characters"
    assert violations(tx) == ([] if is_valid else [complaint])


def test_an_entry_of_a_history_with_an_id_of_another_time() -> None:
    requests = Requests(begin())
    created = requests.create()
    [entry] = requests.tx[EVENT_TYPE_AUDIT_LOGS].find(event_type_id=created.id)
    assert violations(requests.tx) == []
    requests.tx[EVENT_TYPE_AUDIT_LOGS].update(entry.id, made_at=NOW + timedelta(milliseconds=1))
    complaint = f"entry {entry.uuid} of the history of event type {created.id} has an id of another time"
    assert violations(requests.tx) == [complaint]
