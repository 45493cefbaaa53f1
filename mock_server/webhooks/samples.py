"""A payload for every trigger, made up but of the right shape: what POST /_sandbox/webhooks/trigger sends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from mock_server.runtime.dates import iso

HOST = {"id": 4, "name": "Sam Solo", "email": "solo@example.com", "username": "solo", "timeZone": "Europe/London"}
BOOKER = {"name": "Ada Booker", "email": "ada@example.com", "timeZone": "Europe/Rome"}
ENGLISH = {"language": {"locale": "en"}}
UID = "6Ak1hQpG9Zr7oXo7tLw2Rk"
LINK = "https://meet.example.com/room"
LENGTH = timedelta(minutes=30)
BOOKED_BEFORE = timedelta(days=7)


def sample_payload(trigger: str, now: datetime) -> dict[str, Any]:
    """The payload of one of the TRIGGERS, of a meeting a week after `now`."""
    start = (now + BOOKED_BEFORE).replace(minute=0, second=0, microsecond=0)
    return _SAMPLES[trigger](start)


def _seconds(moment: datetime) -> str:
    """Without milliseconds, as new and moved bookings have it."""
    return iso(moment)[:19] + "Z"


def _meeting(start: datetime, *, with_id: bool = True) -> dict[str, Any]:
    organizer = {**HOST, **ENGLISH, "timeFormat": "h:mma", "utcOffset": 0}
    if not with_id:
        del organizer["id"]
    attendee = {**BOOKER, "phoneNumber": None, **ENGLISH, "utcOffset": 60}
    return {
        "type": "intro",
        "title": "Intro between Sam Solo and Ada Booker",
        "bookerUrl": "https://cal.com",
        "startTime": iso(start),
        "endTime": iso(start + LENGTH),
        "length": 30,
        "organizer": organizer,
        "attendees": [attendee],
        "customInputs": {},
        "responses": RESPONSES,
        "userFieldsResponses": {},
        "location": LINK,
        "destinationCalendar": [],
        "uid": UID,
        "bookingId": 1,
        "eventTypeId": 1,
        "eventTitle": "Intro",
        "eventDescription": None,
        "requiresConfirmation": None,
        "price": 0,
        "currency": "usd",
    }


RESPONSES = {
    "name": {"label": "your_name", "value": BOOKER["name"], "isHidden": False},
    "email": {"label": "email_address", "value": BOOKER["email"], "isHidden": False},
    "location": {"label": "location", "value": {"value": LINK, "optionValue": ""}, "isHidden": False},
    "title": {"label": "what_is_this_meeting_about", "isHidden": True},
    "notes": {"label": "additional_notes", "isHidden": False},
    "guests": {"label": "additional_guests", "isHidden": False},
    "rescheduleReason": {"label": "reason_for_reschedule", "isHidden": False},
}


def _created(start: datetime) -> dict[str, Any]:
    attendee = {**BOOKER, "firstName": "", "lastName": "", **ENGLISH, "utcOffset": 60}
    return _meeting(start) | {
        "startTime": _seconds(start),
        "endTime": _seconds(start + LENGTH),
        "description": "",
        "additionalNotes": "",
        "hideCalendarNotes": False,
        "hideCalendarEventDetails": False,
        "schedulingType": None,
        "seatsPerTimeSlot": None,
        "seatsShowAttendees": True,
        "seatsShowAvailabilityCount": True,
        "attendees": [attendee],
        "destinationCalendar": None,
        "iCalUID": f"{UID}@Cal.com",
        "iCalSequence": 0,
        "requiresConfirmation": False,
        "oneTimePassword": None,
        "metadata": {"videoCallUrl": LINK},
        "status": "ACCEPTED",
    }


def _requested(start: datetime) -> dict[str, Any]:
    return _created(start) | {
        "requiresConfirmation": True,
        "oneTimePassword": "4f1dc0c2-8f4f-4c1c-9c8a-3a2d0d4c9b11",
        "metadata": {},
        "status": "PENDING",
    }


def _rescheduled(start: datetime) -> dict[str, Any]:
    before = start - timedelta(days=1)
    return _created(start) | {
        "iCalSequence": 1,
        "rescheduleId": 1,
        "rescheduleUid": "2bVq9wXrT4uJmKfYc7LpNs",
        "rescheduleStartTime": _seconds(before),
        "rescheduleEndTime": _seconds(before + LENGTH),
        "bookingId": 2,
    }


def _rejected(start: datetime) -> dict[str, Any]:
    rejection = {"requiresConfirmation": True, "rejectionReason": "Fully booked", "status": "REJECTED"}
    return _meeting(start, with_id=False) | rejection


def _cancelled(start: datetime) -> dict[str, Any]:
    return _meeting(start) | {
        "startTime": start.isoformat(timespec="seconds"),
        "endTime": (start + LENGTH).isoformat(timespec="seconds"),
        "cancellationReason": "changed plans",
        "seatsPerTimeSlot": None,
        "seatsShowAttendees": None,
        "iCalUID": f"{UID}@Cal.com",
        "iCalSequence": 1,
        "price": None,
        "status": "CANCELLED",
    }


def _payment_initiated(start: datetime) -> dict[str, Any]:
    return _created(start) | {"price": 2500, "paymentId": 1}


def _paid(start: datetime) -> dict[str, Any]:
    return _meeting(start, with_id=False) | {"price": 2500, "paymentId": 1, "status": "ACCEPTED"}


def _no_show(_start: datetime) -> dict[str, Any]:
    return {
        "message": f"{BOOKER['email']} marked as no-show",
        "attendees": [{"email": BOOKER["email"], "noShow": True}],
        "bookingUid": UID,
        "bookingId": 1,
    }


def _out_of_office(start: datetime) -> dict[str, Any]:
    first = start.replace(hour=0)
    created = iso(start - BOOKED_BEFORE)
    return {
        "oooEntry": {
            "id": 1,
            "start": first.isoformat(timespec="seconds"),
            "end": (first + timedelta(days=1, seconds=-1)).isoformat(timespec="seconds"),
            "createdAt": created,
            "updatedAt": created,
            "notes": "At the seaside",
            "reason": {"emoji": "🏝️", "reason": "ooo_reasons_vacation"},
            "reasonId": 2,
            "user": HOST,
            "toUser": None,
            "uuid": "455f95b3-4b35-4164-8deb-88866f74f28d",
        }
    }


def _instant_meeting(_start: datetime) -> dict[str, Any]:
    return {
        "triggerEvent": "INSTANT_MEETING",
        "uid": UID,
        "responses": RESPONSES,
        "connectAndJoinUrl": f"https://app.cal.com/connect-and-join?token={'5e' * 32}",
        "eventTypeId": 1,
        "eventTypeTitle": "Intro",
        "customInputs": {},
    }


def _row(start: datetime) -> dict[str, Any]:
    created = iso(start - BOOKED_BEFORE)
    return {
        "id": 1,
        "uid": UID,
        "idempotencyKey": "0b9c1f5e-6f0a-5d5e-8d57-3c1b9f1a7e20",
        "userId": HOST["id"],
        "userPrimaryEmail": HOST["email"],
        "eventTypeId": 1,
        "title": "Intro between Sam Solo and Ada Booker",
        "description": "",
        "customInputs": {},
        "responses": RESPONSES,
        "startTime": iso(start),
        "endTime": iso(start + LENGTH),
        "location": LINK,
        "createdAt": created,
        "updatedAt": created,
        "status": "ACCEPTED",
        "paid": False,
        "destinationCalendarId": None,
        "cancellationReason": None,
        "rejectionReason": None,
        "metadata": {"videoCallUrl": LINK},
        "iCalUID": f"{UID}@Cal.com",
        "iCalSequence": 0,
        "noShowHost": False,
        "user": {name: HOST[name] for name in ("email", "name", "timeZone", "username")},
        "attendees": [{"id": 1, **BOOKER, "locale": "en", "phoneNumber": None, "bookingId": 1, "noShow": False}],
        "payment": [],
        "references": [],
    }


def _form(_start: datetime) -> dict[str, Any]:
    answer = {"value": BOOKER["name"], "response": BOOKER["name"]}
    return {
        "formId": "cm8yw3nt0003kc9f6teamform",
        "formName": "Team form",
        "teamId": 2,
        "responses": {"participant": answer},
    }


def _form_without_event(start: datetime) -> dict[str, Any]:
    return _form(start) | {"responseId": 1}


def _absence(start: datetime) -> dict[str, Any]:
    return {
        "title": "Intro between Sam Solo and Ada Booker",
        "bookingId": 1,
        "bookingUid": UID,
        "startTime": iso(start),
        "endTime": iso(start + LENGTH),
        "attendees": [{**BOOKER, "id": 1, "locale": "en", "phoneNumber": None, "bookingId": 1, "noShow": False}],
        "participants": [],
        "eventType": {"id": 1, "teamId": None, "parentId": None},
        "webhook": {
            "id": "6adba7bc-6b80-4985-8500-fe0c19365b97",
            "subscriberUrl": "https://hooks.example.com/cal",
            "appId": None,
            "time": 5,
            "timeUnit": "MINUTE",
            "eventTriggers": ["AFTER_HOSTS_CAL_VIDEO_NO_SHOW", "AFTER_GUESTS_CAL_VIDEO_NO_SHOW"],
            "payloadTemplate": None,
        },
    }


def _hosts_absent(start: datetime) -> dict[str, Any]:
    told = f"Host with email {HOST['email']} didn't join the call or didn't join before {iso(start)}"
    return _absence(start) | {"hostEmail": HOST["email"], "message": told}


def _guests_absent(start: datetime) -> dict[str, Any]:
    return _absence(start) | {"message": f"Guest didn't join the call or didn't join before {iso(start)}"}


def _recording(start: datetime) -> dict[str, Any]:
    return _created(start) | {"downloadLink": "https://video.example.com/recording.mp4"}


def _transcription(start: datetime) -> dict[str, Any]:
    links = {
        "transcription": [{"format": "vtt", "link": "https://video.example.com/transcript.vtt"}],
        "recording": "https://video.example.com/recording.mp4",
    }
    return _created(start) | {"downloadLinks": links}


_SAMPLES: dict[str, Callable[[datetime], dict[str, Any]]] = {
    "BOOKING_CREATED": _created,
    "BOOKING_PAYMENT_INITIATED": _payment_initiated,
    "BOOKING_PAID": _paid,
    "BOOKING_RESCHEDULED": _rescheduled,
    "BOOKING_REQUESTED": _requested,
    "BOOKING_CANCELLED": _cancelled,
    "BOOKING_REJECTED": _rejected,
    "BOOKING_NO_SHOW_UPDATED": _no_show,
    "FORM_SUBMITTED": _form,
    "FORM_SUBMITTED_NO_EVENT": _form_without_event,
    "MEETING_STARTED": _row,
    "MEETING_ENDED": _row,
    "RECORDING_READY": _recording,
    "RECORDING_TRANSCRIPTION_GENERATED": _transcription,
    "INSTANT_MEETING": _instant_meeting,
    "OOO_CREATED": _out_of_office,
    "AFTER_HOSTS_CAL_VIDEO_NO_SHOW": _hosts_absent,
    "AFTER_GUESTS_CAL_VIDEO_NO_SHOW": _guests_absent,
}
