"""Reading iCalendar documents."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mock_server.calendars.feeds import FeedUnreadable, feed_at, name_of, parsed
from mock_server.calendars.model import FEEDS, Feed
from mock_server.state.transaction import Transaction
from mock_server.state.work import Budget, LoopLimitReached, TooMuchWork, within
from mock_server.worlds.tests.loaded_world import default_world

LOW, HIGH = datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC)


def document(*events: str, head: str = "") -> str:
    body = "".join(f"BEGIN:VEVENT\nUID:{place}\n{event}\nEND:VEVENT\n" for place, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n{head}{body}END:VCALENDAR\n"


def times(text: str) -> list[tuple[str, str]]:
    return [
        (f"{start:%m-%d %H:%M}", f"{end:%m-%d %H:%M}")
        for event in parsed(text).events
        for start, end in event.times(LOW, HIGH)
    ]


@pytest.fixture
def tx() -> Transaction:
    """The default world."""
    return Transaction(default_world(), LOW)


def test_times_are_read_in_their_zones() -> None:
    text = document("DTSTART;TZID=Europe/Rome:20250602T100000\nDURATION:PT30M")
    assert times(text) == [("06-02 08:00", "06-02 08:30")]


def test_times_and_days_without_a_zone_are_in_the_calendars_zone() -> None:
    text = document(
        "DTSTART:20250602T100000\nDTEND:20250602T110000",
        "DTSTART;VALUE=DATE:20250610",
        head="X-WR-TIMEZONE:Europe/Rome\n",
    )
    assert times(text) == [("06-02 08:00", "06-02 09:00"), ("06-09 22:00", "06-10 22:00")]


def test_zones_defined_in_a_document_do_not_affect_other_documents() -> None:
    def described(offset: str) -> str:
        standard = (
            f"BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:{offset}\nTZOFFSETTO:{offset}\nEND:STANDARD\n"
        )
        return document(
            "DTSTART;TZID=Office:20250602T100000\nDURATION:PT30M",
            head=f"BEGIN:VTIMEZONE\nTZID:Office\n{standard}END:VTIMEZONE\n",
        )

    assert [times(described(offset))[0][0] for offset in ("+0100", "-0500")] == ["06-02 09:00", "06-02 15:00"]


@pytest.mark.parametrize("line", ["TRANSP:TRANSPARENT", "STATUS:CANCELLED"])
def test_transparent_and_cancelled_events_are_not_busy(line: str) -> None:
    assert times(document(f"DTSTART:20250602T100000Z\nDTEND:20250602T110000Z\n{line}")) == []


def test_excluded_dates_are_left_out_of_a_series() -> None:
    text = document(
        "DTSTART:20250602T100000Z\nDTEND:20250602T110000Z\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:20250603T100000Z"
    )
    assert [start for start, _ in times(text)] == ["06-02 10:00", "06-04 10:00"]


def test_a_moved_occurrence_takes_place_at_its_new_time_only() -> None:
    series = "DTSTART:20250602T100000Z\nDTEND:20250602T110000Z\nRRULE:FREQ=DAILY;COUNT=2"
    moved = "DTSTART:20250603T150000Z\nDTEND:20250603T160000Z\nRECURRENCE-ID:20250603T100000Z"
    text = document(series, moved).replace("UID:1\n", "UID:0\n")
    assert [start for start, _ in times(text)] == ["06-02 10:00", "06-03 15:00"]


def test_an_event_that_began_before_the_range_overlaps_it() -> None:
    assert times(document("DTSTART:20250530T100000Z\nDTEND:20250602T110000Z")) == [("05-30 10:00", "06-02 11:00")]


@pytest.mark.parametrize(
    "text",
    ["", "no calendar", document("SUMMARY:without a start"), document("DTSTART:20250602T100000Z\nRRULE:FREQ=NEVER")],
    ids=["empty", "text", "no start", "no rule"],
)
def test_other_documents_are_unreadable(text: str) -> None:
    with pytest.raises(FeedUnreadable):
        parsed(text)


def test_a_feed_of_the_world_can_replace_an_address(tx: Transaction) -> None:
    url = "https://feeds.example.com/mine.ics"
    assert feed_at(tx, url).events == ()
    tx[FEEDS].insert(Feed(name="mine", text=document("DTSTART:20250602T100000Z", head="X-WR-CALNAME:Mine\n"), url=url))
    content = feed_at(tx, url)
    assert (name_of(url, content), len(content.events)) == ("Mine", 1)


def test_the_sandboxs_feed_paths_are_recognized_on_any_host_and_in_any_world(tx: Transaction) -> None:
    for base in ("http://127.0.0.1:8080", "http://sandbox:1/w/mine"):
        assert feed_at(tx, f"{base}/_sandbox/feeds/shifts.ics").name == "Shifts"
        with pytest.raises(FeedUnreadable):
            feed_at(tx, f"{base}/_sandbox/feeds/nothing.ics")


def test_a_feed_without_a_name_is_named_after_its_file(tx: Transaction) -> None:
    url = "https://feeds.example.com/shared/team%20a.ics?key=1"
    assert name_of(url, feed_at(tx, url)) == "team a"


def test_events_have_their_summary_as_title() -> None:
    text = document("SUMMARY:Shift\nDTSTART:20250602T100000Z", "DTSTART:20250603T100000Z")
    content = parsed(text)
    assert [event.title for event in content.events] == ["Shift", None]
    assert all(event.start.tzinfo is UTC for event in content.events)
    assert content.name is None


@pytest.mark.parametrize(
    ("start", "end", "overlaps"),
    [
        ("0530T000000", "0601T000000", False),
        ("0530T000000", "0601T000001", True),
        ("0701T000000", "0702T000000", False),
    ],
)
def test_an_event_that_only_touches_the_range_does_not_overlap_it(start: str, end: str, overlaps: bool) -> None:
    single = f"DTSTART:2025{start}Z\nDTEND:2025{end}Z"
    assert bool(times(document(single))) == overlaps
    assert bool(times(document(f"{single}\nRRULE:FREQ=YEARLY;COUNT=1"))) == overlaps


def test_series_are_repeated_at_the_hour_of_their_own_zone() -> None:
    series = "DTSTART;TZID=Europe/Rome:20250317T100000\nDURATION:PT30M\nRRULE:FREQ=MONTHLY;COUNT=4"
    assert times(document(series, head="X-WR-TIMEZONE:Asia/Tokyo\n")) == [("06-17 08:00", "06-17 08:30")]


def test_times_without_a_zone_are_excluded_and_overridden_in_the_calendars_zone() -> None:
    series = "DTSTART:20250602T100000\nDURATION:PT30M\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:20250603T100000"
    moved = "DTSTART:20250604T150000\nDURATION:PT30M\nRECURRENCE-ID:20250604T100000"
    text = document(series, moved, head="X-WR-TIMEZONE:Europe/Rome\n").replace("UID:1\n", "UID:0\n")
    assert times(text) == [("06-02 08:00", "06-02 08:30"), ("06-04 13:00", "06-04 13:30")]


def test_an_occurrence_may_be_overridden_without_being_moved() -> None:
    series = "DTSTART:20250602T100000Z\nDURATION:PT30M\nRRULE:FREQ=DAILY;COUNT=1"
    longer = "DTSTART:20250602T100000Z\nDURATION:PT60M\nRECURRENCE-ID:20250602T100000Z"
    text = document(series, longer).replace("UID:1\n", "UID:0\n")
    assert times(text) == [("06-02 10:00", "06-02 11:00")]


def test_a_series_may_begin_on_a_day_that_is_not_one_of_its_own() -> None:
    series = "DTSTART:20250602T100000Z\nDURATION:PT30M\nRRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=2"
    assert [start for start, _ in times(document(series))] == ["06-04 10:00", "06-11 10:00"]


def test_only_the_series_with_its_uid_loses_an_overridden_occurrence() -> None:
    series = "DTSTART:20250602T100000Z\nDTEND:20250602T110000Z\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE:20250602T100000Z"
    override = "DTSTART:20250603T150000Z\nDTEND:20250603T160000Z\nSTATUS:CANCELLED\nRECURRENCE-ID:20250603T100000Z"
    text = document(series, series, override).replace("UID:2\n", "UID:0\n")
    assert [start for start, _ in times(text)] == ["06-03 10:00"]


def test_an_address_that_is_not_a_feed_of_the_sandbox_has_no_events(tx: Transaction) -> None:
    for url in ("http://sandbox/_sandbox/feeds/a/shifts.ics", "http://sandbox/x/_sandbox/feeds/shifts.ics"):
        assert feed_at(tx, url).events == ()
    with pytest.raises(FeedUnreadable, match=r"^The sandbox has no feed 'no%20ne'\.$"):
        feed_at(tx, "http://sandbox/_sandbox/feeds/no%20ne.ics")
    tx[FEEDS].insert(Feed(name="no ne", text=document(head="X-WR-CALNAME:Spaced\n")))
    assert feed_at(tx, "http://sandbox/_sandbox/feeds/no%20ne.ics").name == "Spaced"


def test_a_series_that_never_advances_is_unreadable() -> None:
    with pytest.raises(FeedUnreadable, match="is not an iCalendar document: INTERVAL has to be positive"):
        parsed(document("DTSTART:20250602T100000Z\nRRULE:FREQ=DAILY;INTERVAL=0"))


def test_another_component_is_not_a_calendar() -> None:
    with pytest.raises(FeedUnreadable, match=r"^The document is not an iCalendar document\.$"):
        parsed("BEGIN:VEVENT\nUID:1\nDTSTART:20250602T100000Z\nEND:VEVENT\n")


def test_reading_a_document_leaves_the_event_loop_and_costs_its_length() -> None:
    text = document("DTSTART:20250602T100000Z")
    parsed.cache_clear()
    with within(Budget(len(text), LoopLimitReached)), pytest.raises(LoopLimitReached):
        parsed(text)
    with within(Budget(len(text) - 1)), pytest.raises(TooMuchWork):
        parsed(text)
    with within(Budget(len(text))):
        assert len(parsed(text).events) == 1
