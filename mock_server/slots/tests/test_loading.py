"""Loading the engine's input: schedules, bookings, limits and seats from the world's state."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from mock_server.bookings.model import ATTENDEES, BOOKING_SEATS, BOOKINGS, Booking
from mock_server.calendars.model import (
    ACCOUNT_CALENDARS,
    ACCOUNTS,
    BUSY_EVENTS,
    CREDENTIALS,
    SELECTED_CALENDARS,
    AccountCalendar,
    SelectedCalendar,
)
from mock_server.event_types.model import EVENT_TYPES, HOSTS, BookingWindow, EventType, Limit, Seats
from mock_server.identity.model import USERS, User
from mock_server.organizations.model import OUT_OF_OFFICES
from mock_server.runtime.instants import milliseconds, moment_of
from mock_server.schedules.model import SCHEDULES, Availability, Override
from mock_server.slots import inputs
from mock_server.slots.availability import available_slots
from mock_server.slots.inputs import AvailabilityInput, Rules, Settings, Slot, SlotSearch
from mock_server.slots.loading import (
    bookable_event_type,
    bookable_group,
    delete_expired_reservations,
    load_availability_input,
    settings_of,
)
from mock_server.slots.model import RESERVATIONS, Reservation
from mock_server.slots.tests.builders import RULES_2025_04
from mock_server.state.root import Root
from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS
from mock_server.worlds.tests.loaded_world import schema_of

NOW = datetime(2031, 5, 1, tzinfo=UTC)
MONDAY = datetime(2031, 6, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


class World:
    """A host in UTC with an event type of one hour."""

    def __init__(self, edition: str | None = None) -> None:
        self.tx = Transaction(Root.empty(schema_of(edition), "slots"), NOW)
        self.host = self.user("host@example.com")
        self.event_type = self.add_event_type(self.host)

    def user(self, email: str) -> User:
        return self.tx[USERS].create(email=email, created_date=NOW, time_zone="UTC")

    def add_event_type(self, owner: User, **fields: Any) -> EventType:
        slug = f"offer-{self.tx[EVENT_TYPES].count()}"
        settings = {"user_id": owner.id, "title": "Offer", "slug": slug, "length": 60, **fields}
        return self.tx[EVENT_TYPES].create(**settings)

    def book(
        self, event_type: EventType, hour: int, *guests: str, status: str = "accepted", seated: bool = False
    ) -> Booking:
        start = MONDAY + hour * HOUR
        booking = self.tx[BOOKINGS].create(
            uid=self.tx.identifiers.short_uid(),
            title="Booked",
            start=start,
            end=start + HOUR,
            status=status,
            created_at=NOW,
            updated_at=NOW,
            user_id=event_type.user_id,
            event_type_id=event_type.id,
        )
        for guest in guests:
            attendee = self.tx[ATTENDEES].create(
                booking_id=booking.id, name="Guest", email=guest, time_zone="UTC", start=start
            )
            if seated:
                uid = self.tx.identifiers.uuid4()
                self.tx[BOOKING_SEATS].create(
                    reference_uid=uid, booking_id=booking.id, attendee_id=attendee.id, responses={}
                )
        return booking

    def reserve(self, event_type: EventType, hour: int, **fields: Any) -> Reservation:
        start = MONDAY + hour * HOUR
        settings = {"uid": "held", "user_id": self.host.id, "release_at": NOW + HOUR, **fields}
        return self.tx[RESERVATIONS].create(event_type_id=event_type.id, start=start, end=start + HOUR, **settings)

    def load(self, event_type: EventType, since: datetime = MONDAY, **search: Any) -> AvailabilityInput:
        asked = SlotSearch(milliseconds(since), milliseconds(MONDAY) + 86_399_000, milliseconds(self.tx.now), **search)
        return load_availability_input(self.tx, bookable_event_type(self.tx, event_type), asked)

    def slots(self, event_type: EventType, since: datetime = MONDAY, **search: Any) -> list[Slot]:
        return available_slots(self.load(event_type, since, **search))

    def hours(self, event_type: EventType | None = None, since: datetime = MONDAY, **search: Any) -> list[int]:
        return [moment_of(slot.start).hour for slot in self.slots(event_type or self.event_type, since, **search)]


@pytest.fixture
def world() -> World:
    return World()


def test_a_user_without_schedules_works_from_nine_to_five(world: World) -> None:
    assert world.hours() == list(range(9, 17))


def test_the_event_type_s_schedule_precedes_the_default_and_the_first_one(world: World) -> None:
    evening, morning = (
        world.tx[SCHEDULES].create(
            user_id=world.host.id,
            name="Hours",
            availability=(Availability(days=(1,), start_time=time(hour), end_time=time(hour + 2)),),
        )
        for hour in (18, 6)
    )
    assert world.hours() == [18, 19]
    world.tx[USERS].update(world.host.id, default_schedule_id=morning.id)
    assert world.hours() == [6, 7]
    assert world.hours(world.add_event_type(world.host, schedule_id=evening.id)) == [18, 19]
    world.tx[SCHEDULES].delete(morning.id)
    assert world.hours() == list(range(9, 17)), "the default still refers to the deleted schedule"


@pytest.mark.parametrize(
    ("status", "blocks"),
    [("accepted", True), ("pending", False), ("cancelled", False), ("rejected", False), ("awaiting_host", False)],
)
def test_only_accepted_bookings_block(world: World, status: str, blocks: bool) -> None:
    world.book(world.add_event_type(world.host), 10, status=status)
    assert (10 not in world.hours()) is blocks


def test_a_pending_booking_blocks_its_own_event_type_if_configured(world: World) -> None:
    strict = world.add_event_type(world.host, requires_confirmation=True, unconfirmed_bookings_block=True)
    world.book(strict, 10, status="pending")
    assert 10 not in world.hours(strict)
    assert 10 in world.hours()


def test_an_attending_user_is_busy(world: World) -> None:
    other = world.user("other@example.com")
    world.book(world.add_event_type(other), 10, "guest@example.com", world.host.email)
    assert 10 not in world.hours()


def test_a_booking_that_started_before_the_window_blocks(world: World) -> None:
    booking = world.book(world.event_type, -3)
    world.tx[BOOKINGS].update(booking.id, end=MONDAY + 11 * HOUR)
    assert world.hours() == list(range(11, 17))


def test_the_buffer_of_a_booking_that_overlaps_the_window_applies(world: World) -> None:
    buffered = world.add_event_type(world.host, after_event_buffer=60)
    world.book(buffered, 9)
    assert world.hours(buffered, MONDAY + 10 * HOUR) == list(range(11, 17)), "it ends at the start of the window"
    assert world.hours(buffered, MONDAY) == list(range(11, 17))


def test_limits_count_accepted_bookings_of_the_event_type(world: World) -> None:
    limited = world.add_event_type(world.host, booking_limits=(Limit(period="day", value=2),))
    world.book(limited, 10)
    world.book(world.event_type, 11)
    world.book(limited, 12, status="cancelled")
    assert world.hours(limited) == [9, 12, 13, 14, 15, 16]
    world.book(limited, 12)
    assert world.hours(limited) == []


def test_seats_are_counted_by_attendees(world: World) -> None:
    seated = world.add_event_type(world.host, seats=Seats(per_time_slot=3))
    booking = world.book(seated, 10, "one@example.com", "two@example.com", seated=True)
    found = {slot.start: slot for slot in world.slots(seated)}
    assert found[milliseconds(booking.start)] == Slot(milliseconds(booking.start), 2, booking.uid)
    assert 10 not in world.hours()


@pytest.mark.parametrize(("edition", "expected"), [("2025-04", list(range(9, 17))), ("2026-03", [])])
def test_a_failing_calendar_blocks_its_owner_since_2026_03(edition: str, expected: list[int]) -> None:
    world = World(edition)
    account = world.tx[ACCOUNTS].create(integration="google_calendar", name="host", failure="unavailable")
    connection = {"type": "google_calendar", "app_id": "google-calendar", "user_id": world.host.id}
    credential = world.tx[CREDENTIALS].create(**connection, account_id=account.id)
    selection = {"user_id": world.host.id, "integration": "google_calendar", "external_id": "host"}
    uid = world.tx.identifiers.uuid4()
    world.tx[SELECTED_CALENDARS].insert(SelectedCalendar(id=uid, **selection, credential_id=credential.id))
    assert world.hours() == expected
    world.tx[CREDENTIALS].update(credential.id, invalid=True)
    assert world.hours() == list(range(9, 17)), "the connection is not used"


def test_a_personal_event_type_without_a_schedule_has_the_periods_of_its_owner_since_2026_03() -> None:
    world = World("2026-03")
    world.tx[USERS].update(world.host.id, time_zone="Pacific/Kiritimati")
    work = {"availability": (Availability(days=tuple(range(7)), start_time=time(9), end_time=time(17)),)}
    world.tx[SCHEDULES].create(user_id=world.host.id, name="Hours", time_zone="UTC", **work)
    limited = world.add_event_type(world.host, booking_limits=(Limit(period="day", value=1),))
    world.book(limited, 13)
    assert world.hours(limited) == [9], "the day in Kiritimati begins at ten"


def test_the_settings_are_those_of_the_event_type(world: World) -> None:
    window = BookingWindow(type="range", start=NOW, end=MONDAY)
    event_type = world.add_event_type(
        world.host,
        slot_interval=15,
        offset_start=5,
        minimum_booking_notice=240,
        before_event_buffer=10,
        after_event_buffer=20,
        booking_window=window,
        booking_limits=(Limit(period="day", value=2),),
        duration_limits=(Limit(period="week", value=90),),
        seats=Seats(per_time_slot=7),
        only_show_first_available_slot=True,
        show_optimized_slots=True,
    )
    expected = Settings(
        event_type.id, 60, 15, 5, 240, 10, 20,
        inputs.BookingWindow("range", 0, start=milliseconds(NOW), end=milliseconds(MONDAY)),
        inputs.Limits({"day": 2}, {"week": 90}), 7, shows_only_first=True, keeps_slots_packed=True,
        time_zone="Asia/Tokyo",
    )  # fmt: skip
    assert settings_of(event_type, "Asia/Tokyo") == expected
    rolling = BookingWindow(type="businessDays", days=3, rolling=True)
    assert settings_of(world.add_event_type(world.host, booking_window=rolling), None).window == inputs.BookingWindow(
        "businessDays", 3, is_rolling=True
    )


@pytest.mark.parametrize(
    ("scheduling", "expected"),
    [(None, None), ("collective", "collective"), ("roundRobin", "roundRobin"), ("managed", None)],
)
def test_a_managed_event_type_is_searched_like_a_personal_one(
    world: World, scheduling: str | None, expected: str | None
) -> None:
    event_type = world.add_event_type(world.host, scheduling_type=scheduling)
    assert settings_of(event_type, None).scheduling == expected


@pytest.mark.parametrize(("requires", "blocks"), [(False, False), (True, False), (False, True), (True, True)])
def test_pending_bookings_block_if_the_event_type_requires_confirmation(
    world: World, requires: bool, blocks: bool
) -> None:
    event_type = world.add_event_type(world.host, requires_confirmation=requires, unconfirmed_bookings_block=blocks)
    assert settings_of(event_type, None).pending_blocks is (requires and blocks)


def test_a_group_meets_for_half_an_hour_two_hours_from_now_when_all_are_free(world: World) -> None:
    other = world.user("other@example.com")
    world.book(world.event_type, 10)
    world.book(world.add_event_type(other), 14)
    search = SlotSearch(milliseconds(MONDAY), milliseconds(MONDAY) + 86_399_000, milliseconds(MONDAY + 7.25 * HOUR))
    loaded = load_availability_input(world.tx, bookable_group([world.host, other]), search)
    found = [(slot.start - milliseconds(MONDAY)) / 3_600_000 for slot in available_slots(loaded)]
    assert found == [9.5, 11, 11.5, 12, 12.5, 13, 13.5, 15, 15.5, 16, 16.5]
    assert loaded.settings == Settings(0, 30, notice=120, time_zone="UTC", scheduling="collective")
    world.tx[SCHEDULES].create(user_id=world.host.id, name="Hours", time_zone="Asia/Tokyo")
    loaded = load_availability_input(world.tx, bookable_group([world.host, other]), search)
    assert (loaded.settings.time_zone, loaded.settings.limit_zone) == ("Asia/Tokyo", "UTC")
    empty = load_availability_input(world.tx, bookable_group([]), search)
    assert (available_slots(empty), empty.settings.time_zone, empty.settings.limit_zone) == ([], None, "UTC")


def test_an_override_replaces_the_hours_of_its_date(world: World) -> None:
    morning = Override(date=MONDAY.date(), start_time=time(8, 30), end_time=time(10, 45))
    world.tx[SCHEDULES].create(user_id=world.host.id, name="Hours", time_zone="UTC", overrides=(morning,))
    slots = [moment_of(slot.start) - MONDAY for slot in world.slots(world.event_type)]
    assert slots == [9 * HOUR]
    short = world.add_event_type(world.host, length=15, slot_interval=15)
    slots = [moment_of(slot.start) - MONDAY for slot in world.slots(short)]
    assert (slots[0], slots[-1]) == (8.5 * HOUR, 10.5 * HOUR)


def test_a_user_is_away_between_the_days_of_an_absence(world: World) -> None:
    days = {"created_at": NOW, "updated_at": NOW, "start": MONDAY, "end": MONDAY + 23 * HOUR}
    world.tx[OUT_OF_OFFICES].create(uuid="other", user_id=world.user("other@example.com").id, **days)
    assert world.hours() == list(range(9, 17))
    own = world.tx[OUT_OF_OFFICES].create(uuid="own", user_id=world.host.id, **days)
    assert world.hours() == []
    later = MONDAY + timedelta(days=1)
    world.tx[OUT_OF_OFFICES].update(own.id, start=later, end=later + 23 * HOUR)
    assert world.hours() == list(range(9, 17))
    host = world.load(world.event_type).hosts[0]
    assert list(host.away) == [], "absences that begin after the window are not loaded"


def connect_calendar(world: World, since: datetime, until: datetime) -> AccountCalendar:
    """Gives the host a calendar with an event."""
    account = world.tx[ACCOUNTS].create(integration="google_calendar", name="host")
    connection = {"type": "google_calendar", "app_id": "google-calendar", "user_id": world.host.id}
    credential = world.tx[CREDENTIALS].create(**connection, account_id=account.id)
    calendar = world.tx[ACCOUNT_CALENDARS].create(account_id=account.id, external_id="host", name="Host", primary=True)
    uid = world.tx.identifiers.uuid4()
    selection = {"user_id": world.host.id, "integration": "google_calendar", "external_id": calendar.external_id}
    world.tx[SELECTED_CALENDARS].insert(SelectedCalendar(id=uid, **selection, credential_id=credential.id))
    world.tx[BUSY_EVENTS].create(calendar_id=calendar.id, start=since, end=until)
    return calendar


def test_events_of_selected_calendars_block(world: World) -> None:
    connect_calendar(world, MONDAY + 11 * HOUR, MONDAY + 13 * HOUR)
    assert world.hours() == [9, 10, 13, 14, 15, 16]
    since = MONDAY + 13.5 * HOUR
    buffered = world.add_event_type(world.host, before_event_buffer=60)
    assert world.hours(buffered, since) == [14, 15, 16], "an event that ended before the window has no buffer in it"
    assert world.hours(buffered, MONDAY + 13 * HOUR) == [14, 15, 16]


@pytest.mark.parametrize(("before", "blocks"), [(13.5, True), (14.5, False)])
def test_calendars_are_read_fourteen_hours_around_the_window(world: World, before: float, blocks: bool) -> None:
    start = MONDAY + 10 * HOUR - before * HOUR
    connect_calendar(world, start - HOUR, start)
    host = world.load(world.event_type, MONDAY + 10 * HOUR).hosts[0]
    assert list(host.calendar) == ([(milliseconds(start - HOUR), milliseconds(start))] if blocks else [])


def test_the_booking_to_reschedule_and_its_calendar_event_do_not_block(world: World) -> None:
    limited = world.add_event_type(world.host, booking_limits=(Limit(period="day", value=2),))
    moved, other = world.book(limited, 10), world.book(limited, 12)
    calendar = connect_calendar(world, moved.start, moved.end)
    world.tx[BUSY_EVENTS].create(calendar_id=calendar.id, start=MONDAY + 14 * HOUR, end=MONDAY + 15 * HOUR)
    assert world.hours(limited) == []
    assert world.hours(limited, rescheduled=moved.uid) == [9, 10, 11, 13, 15, 16]
    assert world.hours(limited, rescheduled=other.uid) == [9, 11, 12, 13, 15, 16]
    assert world.hours(limited, rescheduled="unknown") == []
    assert world.hours(world.event_type) == [9, 11, 13, 15, 16]


def test_reservations_hold_the_host_s_time_until_they_expire(world: World) -> None:
    mine = world.reserve(world.event_type, 10)
    world.reserve(world.add_event_type(world.host), 11, uid="other")
    elsewhere = world.add_event_type(world.user("other@example.com"))
    world.reserve(elsewhere, 12, user_id=elsewhere.user_id)
    world.reserve(world.event_type, 13, release_at=NOW)
    assert world.hours() == [9, 12, 13, 14, 15, 16]
    assert world.hours(own_reservations=mine.uid) == [9, 10, 12, 13, 14, 15, 16]
    assert world.hours(elsewhere) == [9, 10, 11, 13, 14, 15, 16]
    world.tx[RESERVATIONS].update(mine.id, release_at=NOW + timedelta(milliseconds=1))
    assert 10 not in world.hours()


def test_reservations_of_seats_take_seats_of_their_event_type(world: World) -> None:
    seated = world.add_event_type(world.host, seats=Seats(per_time_slot=3))
    for uid, fields in {"one": {}, "two": {}, "gone": {"release_at": NOW}}.items():
        world.reserve(seated, 10, uid=uid, is_seat=True, **fields)
    ten = milliseconds(MONDAY + 10 * HOUR)
    assert [slot for slot in world.slots(seated) if slot.seats_booked] == [Slot(ten, 2, "")]
    assert [slot for slot in world.slots(seated, own_reservations="two") if slot.seats_booked] == [Slot(ten, 1, "")]
    assert world.hours() == list(range(9, 17))


def test_expired_reservations_of_an_event_type_are_deleted(world: World) -> None:
    other = world.add_event_type(world.host)
    kept = [
        world.reserve(world.event_type, 10, release_at=NOW + timedelta(milliseconds=1)),
        world.reserve(other, 10, release_at=NOW - HOUR),
    ]
    for before in (timedelta(milliseconds=1), HOUR):
        world.reserve(world.event_type, 11, release_at=NOW - before)
    delete_expired_reservations(world.tx, world.event_type.id)
    found = [
        each
        for event_type in (world.event_type, other)
        for each in world.tx[RESERVATIONS].find(event_type_id=event_type.id)
    ]
    assert found == kept


def test_periods_of_limits_are_those_of_the_event_type_s_schedule_or_the_first_host() -> None:
    world = World("2026-03")
    world.tx[USERS].update(world.host.id, time_zone="Pacific/Kiritimati")
    schedule = world.tx[SCHEDULES].create(user_id=world.host.id, name="Hours", time_zone="Asia/Tokyo")
    without_zone = world.tx[SCHEDULES].create(user_id=world.host.id, name="Hours")
    for schedule_id, expected in ((schedule.id, "Asia/Tokyo"), (without_zone.id, "Pacific/Kiritimati")):
        event_type = world.add_event_type(world.host, schedule_id=schedule_id)
        assert world.load(event_type).settings.limit_zone == expected
    assert world.load(world.event_type).settings.limit_zone == "Pacific/Kiritimati"
    assert world.load(world.event_type).settings.time_zone == "Asia/Tokyo"


@pytest.mark.parametrize(("edition", "rules"), [("2025-04", RULES_2025_04), ("2026-03", Rules()), ("2026-09", Rules())])
def test_each_edition_has_its_rules(edition: str, rules: Rules) -> None:
    world = World(edition)
    assert world.load(world.event_type).rules == rules


def test_hosts_are_loaded_with_their_part_and_their_own_schedule(world: World) -> None:
    team = world.tx[TEAMS].create(name="Team", slug="team", created_at=NOW)
    event_type = world.add_event_type(world.host, user_id=None, team_id=team.id, scheduling_type="roundRobin")
    second = world.user("second@example.com")
    early = Availability(days=(1,), start_time=time(6), end_time=time(8))
    schedule = world.tx[SCHEDULES].create(user_id=second.id, name="Early", time_zone="UTC", availability=(early,))
    world.tx[SCHEDULES].create(user_id=world.host.id, name="Own", time_zone="UTC")
    world.tx[HOSTS].create(user_id=world.host.id, event_type_id=event_type.id, is_fixed=True)
    world.tx[HOSTS].create(user_id=second.id, event_type_id=event_type.id, schedule_id=schedule.id)
    for since in (MONDAY, MONDAY + timedelta(days=2)):
        loaded = world.load(event_type, since)
        assert [(host.user_id, host.is_fixed) for host in loaded.hosts] == [(world.host.id, True), (second.id, False)]
        assert [host.hours.weekly[0].start for host in loaded.hosts] == [540, 360]


def test_attendees_who_host_take_no_seats_of_a_team_s_event_type(world: World) -> None:
    team = world.tx[TEAMS].create(name="Team", slug="team", created_at=NOW)
    seats = {"seats": Seats(per_time_slot=5)}
    shared = world.add_event_type(world.host, user_id=None, team_id=team.id, scheduling_type="collective", **seats)
    world.tx[HOSTS].create(user_id=world.host.id, event_type_id=shared.id, is_fixed=True)
    for event_type, taken in ((shared, 1), (world.add_event_type(world.host, **seats), 2)):
        booking = world.book(event_type, 10, "guest@example.com", world.host.email, seated=True)
        world.tx[BOOKINGS].update(booking.id, user_id=world.host.id)
        assert [each.seats for each in world.load(event_type).seated] == [taken]
        world.tx[BOOKINGS].delete(booking.id)
    assert world.load(world.event_type).seated == ()


@pytest.mark.parametrize("after", [-1, 0, 1])
def test_a_window_of_an_instant_is_loaded(world: World, after: int) -> None:
    limited = world.add_event_type(world.host, booking_limits=(Limit(period="day", value=2),))
    booking = world.book(limited, 0)
    bookable = bookable_event_type(world.tx, limited)
    start = milliseconds(MONDAY)
    search = SlotSearch(start, start + after * 1_000, milliseconds(NOW))
    loaded = load_availability_input(world.tx, bookable, search)
    assert [each.uid for each in loaded.hosts[0].bookings] == ([booking.uid] if after >= 0 else [])
    assert len(loaded.counted) == (after >= 0)


@pytest.mark.parametrize(("around", "uids"), [(0, ["0"]), (59, ["0"]), (60, ["-2", "0", "2"])])
def test_bookings_around_the_window_are_loaded_on_request(world: World, around: int, uids: list[str]) -> None:
    for hour in (-2, 0, 2):
        world.tx[BOOKINGS].update(world.book(world.event_type, hour).id, uid=str(hour))
    start = milliseconds(MONDAY)
    search = SlotSearch(start, start + 3_600_000, milliseconds(NOW))
    bookable = bookable_event_type(world.tx, world.event_type)
    loaded = load_availability_input(world.tx, bookable, search, around * 60_000)
    assert sorted(each.uid for each in loaded.hosts[0].bookings) == uids
