"""Reading iCalendar documents."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mock_server.areas import schema
from mock_server.calendars.feeds import FeedUnreadable, feed_at, name_of, parsed
from mock_server.calendars.model import FEEDS, Feed
from mock_server.state.transaction import Transaction
from mock_server.worlds.loader import load_world

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
    return Transaction(load_world(schema()), LOW)


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
    url = "https://feeds.example.com/team%20a.ics?key=1"
    assert name_of(url, feed_at(tx, url)) == "team a"
