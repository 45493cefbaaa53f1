"""Bookings as the API shows them, turned into entries of a world file."""

from __future__ import annotations

from typing import Any

from mock_server.bookings.locations import CAL_VIDEO_LOCATION, is_integration, is_link, meeting_url_of
from mock_server.runtime.json_values import is_object
from mock_server.worlds.importing.people import People

MEETING_PAGE = "https://example.com/meeting"
"""In place of links to meetings, which often let anyone in."""

_COPIED = {
    "id": "id",
    "uid": "uid",
    "title": "title",
    "description": "description",
    "status": "status",
    "start": "start",
    "end": "end",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "absentHost": "no_show_host",
    "rating": "rating",
    "icsUid": "ical_uid",
    "rescheduledFromUid": "from_reschedule",
    "recurringBookingUid": "recurring_event_id",
}
_DISPLAYED = frozenset({"displayEmail", "displayGuests"})
"""Answers that the API adds."""


def booking_entry(shown: dict[str, Any]) -> dict[str, Any]:
    """The entry of a booking, without its organizer and its event type. Its texts may still name people."""
    entry = {field: shown[name] for name, field in _COPIED.items() if shown.get(name) is not None}
    entry |= {"metadata": shown["metadata"]} if shown.get("metadata") else {}
    answers = shown.get("bookingFieldsResponses")
    # Left out, they would follow from the first attendee.
    return {**entry, **_location(shown), "responses": _answers(answers) if is_object(answers) else None}


def attendee_entry(attendee_id: int, booking: dict[str, Any], shown: dict[str, Any], people: People) -> dict[str, Any]:
    """The entry of an attendee."""
    person = people.person(shown["email"], shown.get("name"))
    return {
        "id": attendee_id,
        "booking_id": booking["id"],
        "name": person.name,
        "email": person.email,
        "time_zone": shown["timeZone"],
        "start": booking["start"],
        "locale": shown.get("language"),
        **({"phone_number": people.text(shown["phoneNumber"])} if shown.get("phoneNumber") else {}),
        **({"no_show": True} if shown.get("absent") else {}),
    }


def seat_entry(attendee: dict[str, Any], shown: dict[str, Any]) -> dict[str, Any]:
    """The entry of the seat of an attendee. Its texts may still name people."""
    answers = _answers(shown.get("bookingFieldsResponses") or {})
    return {
        "reference_uid": shown["seatUid"],
        "booking_id": attendee["booking_id"],
        "attendee_id": attendee["id"],
        "responses": {**answers, "email": shown["email"]},
        **({"metadata": shown["metadata"]} if shown.get("metadata") else {}),
    }


def _answers(answers: dict[str, Any]) -> dict[str, Any]:
    return {slug: answer for slug, answer in answers.items() if slug not in _DISPLAYED}


def _location(shown: dict[str, Any]) -> dict[str, Any]:
    """Where the booking takes place. Links to meetings of Cal Video are those that the sandbox gives."""
    location = shown.get("location")
    if not isinstance(location, str):
        return {}
    if is_integration(location):
        return {"location": location}
    if location.endswith(f"/video/{shown['uid']}"):
        link = meeting_url_of(CAL_VIDEO_LOCATION, shown["uid"])
        return {"location": CAL_VIDEO_LOCATION, **({"meeting_url": link} if shown["status"] == "accepted" else {})}
    return {"location": MEETING_PAGE if is_link(location) else location}
