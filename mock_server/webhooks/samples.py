"""Sample payloads, one per trigger, for POST /_sandbox/webhooks/trigger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from mock_server.runtime.dates import iso
from mock_server.webhooks.payloads import (
    Answer,
    BookingEvent,
    BookingUser,
    CalendarEntryRejected,
    CalVideoNoShow,
    CancelledBooking,
    ConfirmedBooking,
    DelegationCredentialError,
    DelegationCredentialRotation,
    EventChange,
    FormSubmitted,
    FormSubmittedNoEvent,
    InstantMeeting,
    InstantMeetingAccepted,
    Language,
    NewBooking,
    NoShowUpdated,
    Organizer,
    OutOfOfficeCreated,
    Payload,
    RecordingReady,
    RejectedBooking,
    RescheduledBooking,
    RoutingFormFallbackHit,
    StoredAttendee,
    StoredBooking,
    TranscriptionGenerated,
    Trigger,
    WrongAssignmentReport,
)

HOST_ID = 4
HOST: BookingUser = {
    "name": "Sam Solo",
    "email": "solo@example.com",
    "username": "solo",
    "timeZone": "Europe/London",
}
BOOKER_NAME, BOOKER_EMAIL, BOOKER_TIME_ZONE = "Ada Booker", "ada@example.com", "Europe/Rome"
ENGLISH: Language = {"locale": "en"}
UID = "6Ak1hQpG9Zr7oXo7tLw2Rk"
LINK = "https://meet.example.com/room"
LENGTH = timedelta(minutes=30)
BOOKED_BEFORE = timedelta(days=7)

ORGANIZER: Organizer = {
    "name": "Sam Solo",
    "email": "solo@example.com",
    "username": "solo",
    "timeZone": "Europe/London",
    "language": ENGLISH,
    "timeFormat": "h:mma",
    "utcOffset": 0,
}
ATTENDEE: StoredAttendee = {
    "id": 1,
    "name": BOOKER_NAME,
    "email": BOOKER_EMAIL,
    "timeZone": BOOKER_TIME_ZONE,
    "locale": "en",
    "phoneNumber": None,
    "bookingId": 1,
    "noShow": False,
}
RESPONSES: dict[str, Answer] = {
    "name": {"label": "your_name", "value": BOOKER_NAME, "isHidden": False},
    "email": {"label": "email_address", "value": BOOKER_EMAIL, "isHidden": False},
    "location": {"label": "location", "value": {"value": LINK, "optionValue": ""}, "isHidden": False},
    "title": {"label": "what_is_this_meeting_about", "isHidden": True},
    "notes": {"label": "additional_notes", "isHidden": False},
    "guests": {"label": "additional_guests", "isHidden": False},
    "rescheduleReason": {"label": "reason_for_reschedule", "isHidden": False},
}


def sample_payload(trigger: Trigger, now: datetime) -> Payload:
    """The payload of a trigger, for a meeting a week after `now`."""
    start = (now + BOOKED_BEFORE).replace(minute=0, second=0, microsecond=0)
    return _SAMPLES[trigger](start)


def _seconds(moment: datetime) -> str:
    """ISO 8601 without milliseconds, as in new and rescheduled bookings."""
    return iso(moment)[:19] + "Z"


def _confirmed(start: datetime) -> ConfirmedBooking:
    return {
        "type": "intro",
        "title": "Intro between Sam Solo and Ada Booker",
        "bookerUrl": "https://cal.com",
        "startTime": iso(start),
        "endTime": iso(start + LENGTH),
        "length": 30,
        "organizer": ORGANIZER,
        "attendees": [
            {
                "name": BOOKER_NAME,
                "email": BOOKER_EMAIL,
                "timeZone": BOOKER_TIME_ZONE,
                "phoneNumber": None,
                "language": ENGLISH,
                "utcOffset": 60,
            }
        ],
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
        "status": "ACCEPTED",
    }


def _created(start: datetime) -> NewBooking:
    return {
        **_confirmed(start),
        "startTime": _seconds(start),
        "endTime": _seconds(start + LENGTH),
        "organizer": {"id": HOST_ID, **ORGANIZER},
        "description": "",
        "additionalNotes": "",
        "hideCalendarNotes": False,
        "hideCalendarEventDetails": False,
        "schedulingType": None,
        "seatsPerTimeSlot": None,
        "seatsShowAttendees": True,
        "seatsShowAvailabilityCount": True,
        "attendees": [
            {
                "name": BOOKER_NAME,
                "email": BOOKER_EMAIL,
                "timeZone": BOOKER_TIME_ZONE,
                "firstName": "",
                "lastName": "",
                "language": ENGLISH,
                "utcOffset": 60,
            }
        ],
        "destinationCalendar": None,
        "iCalUID": f"{UID}@Cal.com",
        "iCalSequence": 0,
        "requiresConfirmation": False,
        "oneTimePassword": None,
        "metadata": {"videoCallUrl": LINK},
    }


def _requested(start: datetime) -> NewBooking:
    return {
        **_created(start),
        "requiresConfirmation": True,
        "oneTimePassword": "4f1dc0c2-8f4f-4c1c-9c8a-3a2d0d4c9b11",
        "metadata": {},
        "status": "PENDING",
    }


def _rescheduled(start: datetime) -> RescheduledBooking:
    before = start - timedelta(days=1)
    return {
        **_created(start),
        "iCalSequence": 1,
        "rescheduleId": 1,
        "rescheduleUid": "2bVq9wXrT4uJmKfYc7LpNs",
        "rescheduleStartTime": _seconds(before),
        "rescheduleEndTime": _seconds(before + LENGTH),
        "bookingId": 2,
    }


def _rejected(start: datetime) -> RejectedBooking:
    return {
        **_confirmed(start),
        "requiresConfirmation": True,
        "rejectionReason": "Fully booked",
        "status": "REJECTED",
    }


def _cancelled(start: datetime) -> CancelledBooking:
    return {
        **_confirmed(start),
        "startTime": start.isoformat(timespec="seconds"),
        "endTime": (start + LENGTH).isoformat(timespec="seconds"),
        "organizer": {"id": HOST_ID, **ORGANIZER},
        "cancellationReason": "changed plans",
        "seatsPerTimeSlot": None,
        "seatsShowAttendees": None,
        "iCalUID": f"{UID}@Cal.com",
        "iCalSequence": 1,
        "price": None,
        "status": "CANCELLED",
    }


def _payment_initiated(start: datetime) -> NewBooking:
    return {**_created(start), "price": 2500, "paymentId": 1}


def _paid(start: datetime) -> ConfirmedBooking:
    return {**_confirmed(start), "price": 2500, "paymentId": 1}


def _no_show(_start: datetime) -> NoShowUpdated:
    return {
        "message": f"{BOOKER_EMAIL} marked as no-show",
        "attendees": [{"email": BOOKER_EMAIL, "noShow": True}],
        "bookingUid": UID,
        "bookingId": 1,
    }


def _out_of_office(start: datetime) -> OutOfOfficeCreated:
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
            "user": {"id": HOST_ID, **HOST},
            "toUser": None,
            "uuid": "455f95b3-4b35-4164-8deb-88866f74f28d",
        }
    }


def _instant_meeting(_start: datetime) -> InstantMeeting:
    return {
        "triggerEvent": "INSTANT_MEETING",
        "uid": UID,
        "responses": RESPONSES,
        "connectAndJoinUrl": f"https://app.cal.com/connect-and-join?token={'5e' * 32}",
        "eventTypeId": 1,
        "eventTypeTitle": "Intro",
        "customInputs": {},
    }


def _stored(start: datetime) -> StoredBooking:
    created = iso(start - BOOKED_BEFORE)
    return {
        "id": 1,
        "uid": UID,
        "idempotencyKey": "0b9c1f5e-6f0a-5d5e-8d57-3c1b9f1a7e20",
        "userId": HOST_ID,
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
        "user": HOST,
        "attendees": [ATTENDEE],
        "payment": [],
        "references": [],
    }


def _form(_start: datetime) -> FormSubmitted:
    return {
        "formId": "cm8yw3nt0003kc9f6teamform",
        "formName": "Team form",
        "teamId": 2,
        "responses": {"participant": {"value": BOOKER_NAME, "response": BOOKER_NAME}},
    }


def _form_without_event(start: datetime) -> FormSubmittedNoEvent:
    return {**_form(start), "responseId": 1}


def _form_fallback(start: datetime) -> RoutingFormFallbackHit:
    return {**_form(start), "responseId": 1, "fallbackAction": {"type": "customPageMessage", "value": "Thanks"}}


def _delegation_error(_start: datetime) -> DelegationCredentialError:
    return {
        "error": {
            "type": "CalendarAppDelegationCredentialInvalidGrantError",
            "message": "User is not in the workspace",
        },
        "credential": {
            "id": -1,
            "type": "google_calendar",
            "appId": "google-calendar",
            "delegationCredentialId": "0f5a4a0e-7a37-4b7c-8f0e-5d8c1f6f1b0a",
        },
        "user": {"id": HOST_ID, "email": HOST["email"], "organizationId": 1},
    }


def _wrong_assignment(start: datetime) -> WrongAssignmentReport:
    return {
        "booking": {"uid": UID, "id": 1, "title": "Intro between Sam Solo and Ada Booker", "startTime": iso(start)},
        "report": {"host": HOST["email"], "guest": BOOKER_EMAIL, "additionalNotes": "Belongs to another region"},
    }


def _video_no_show(start: datetime, message: str) -> CalVideoNoShow:
    return {
        "title": "Intro between Sam Solo and Ada Booker",
        "bookingId": 1,
        "bookingUid": UID,
        "startTime": iso(start),
        "endTime": iso(start + LENGTH),
        "attendees": [ATTENDEE],
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
        "message": message,
    }


def _host_no_show(start: datetime) -> CalVideoNoShow:
    message = f"Host with email {HOST['email']} didn't join the call or didn't join before {iso(start)}"
    return {**_video_no_show(start, message), "hostEmail": HOST["email"]}


def _guest_no_show(start: datetime) -> CalVideoNoShow:
    return _video_no_show(start, f"Guest didn't join the call or didn't join before {iso(start)}")


def _recording(start: datetime) -> RecordingReady:
    return {**_created(start), "downloadLink": "https://video.example.com/recording.mp4"}


def _transcription(start: datetime) -> TranscriptionGenerated:
    return {
        **_created(start),
        "downloadLinks": {
            "transcription": [{"format": "vtt", "link": "https://video.example.com/transcript.vtt"}],
            "recording": "https://video.example.com/recording.mp4",
        },
    }


def _location_updated(start: datetime) -> BookingEvent:
    return _booking_event(start, {"previousLocation": "integrations:daily"})


def _reassigned(start: datetime) -> BookingEvent:
    return _booking_event(start, {"addedHostUserIds": [HOST_ID], "removedHostUserIds": [2]})


def _booking_event(start: datetime, change: EventChange) -> BookingEvent:
    answers: dict[str, Answer] = {"name": {"label": "your_name", "value": BOOKER_NAME, "isHidden": False}}
    return {
        "bookerUrl": "https://cal.com",
        "title": "Intro between Sam Solo and Ada Booker",
        "startTime": iso(start),
        "endTime": iso(start + LENGTH),
        "additionalNotes": "",
        "type": "intro",
        "eventTypeTitle": "Intro",
        "description": "",
        "eventTypeId": 1,
        "hideCalendarNotes": False,
        "hideCalendarEventDetails": False,
        "privateNoteEnabled": False,
        "privateNoteMode": None,
        "privateNoteTemplate": None,
        "hideOrganizerEmail": False,
        "schedulingType": None,
        "seatsPerTimeSlot": None,
        "seatsShowAttendees": True,
        "seatsShowAvailabilityCount": True,
        "customReplyToEmail": None,
        "disableRescheduling": False,
        "disableReschedulingScope": "HOST_AND_ATTENDEE",
        "disableCancelling": False,
        "disableCancellingScope": "HOST_AND_ATTENDEE",
        "organizer": {"id": HOST_ID, **ORGANIZER},
        "attendees": [
            {
                "name": BOOKER_NAME,
                "email": BOOKER_EMAIL,
                "timeZone": BOOKER_TIME_ZONE,
                "language": ENGLISH,
                "phoneNumber": None,
                "bookingSeat": None,
                "utcOffset": 60,
                "firstName": "Ada",
                "lastName": "Booker",
            }
        ],
        "customInputs": {},
        "responses": answers,
        "userFieldsResponses": {},
        "location": LINK,
        "iCalUID": f"{UID}@Cal.com",
        "iCalSequence": 1,
        "requiresConfirmation": False,
        "oneTimePassword": None,
        "platformClientId": "",
        "platformRescheduleUrl": "",
        "platformCancelUrl": "",
        "platformBookingUrl": "",
        "uid": UID,
        "organizationId": None,
        "hashedLink": None,
        "cancellationReason": None,
        "rejectionReason": None,
        "hideBranding": False,
        "bookingId": 1,
        "status": "ACCEPTED",
        "eventTitle": "Intro",
        "eventDescription": None,
        "price": 0,
        "currency": "usd",
        "length": 30,
        "assignmentReason": [],
        "destinationCalendar": None,
        **change,
        "metadata": {"videoCallUrl": LINK},
    }


def _instant_meeting_accepted(start: datetime) -> InstantMeetingAccepted:
    return {
        "bookingId": 1,
        "bookingUid": UID,
        "eventTypeId": 1,
        "status": "ACCEPTED",
        "title": "Intro between Sam Solo and Ada Booker",
        "startTime": iso(start),
        "endTime": iso(start + LENGTH),
        "organizer": {"id": HOST_ID, **ORGANIZER},
        "attendees": [],
        "responses": {},
        "location": "integrations:daily",
        "metadata": {"videoCallUrl": LINK},
    }


def _rotation(start: datetime) -> DelegationCredentialRotation:
    return {
        "delegationCredential": {
            "id": "6adba7bc-6b80-4985-8500-fe0c19365b97",
            "workspacePlatform": "office365",
            "domain": "acme.example",
            "organizationId": 1,
            "secretExpiresAt": iso(start + timedelta(days=180)),
        }
    }


def _rotation_failed(start: datetime) -> DelegationCredentialRotation:
    message = "Failed to validate pending secret with workspace platform"
    return {**_rotation(start), "error": {"code": "SECRET_PROMOTION_FAILED", "message": message}}


def _calendar_entry_rejected(_: datetime) -> CalendarEntryRejected:
    return {"bookingId": 1, "bookingUid": UID, "attendees": [{"email": BOOKER_EMAIL, "noShow": False}]}


_SAMPLES: dict[Trigger, Callable[[datetime], Payload]] = {
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
    "MEETING_STARTED": _stored,
    "MEETING_ENDED": _stored,
    "RECORDING_READY": _recording,
    "RECORDING_TRANSCRIPTION_GENERATED": _transcription,
    "INSTANT_MEETING": _instant_meeting,
    "OOO_CREATED": _out_of_office,
    "ROUTING_FORM_FALLBACK_HIT": _form_fallback,
    "DELEGATION_CREDENTIAL_ERROR": _delegation_error,
    "WRONG_ASSIGNMENT_REPORT": _wrong_assignment,
    "AFTER_HOSTS_CAL_VIDEO_NO_SHOW": _host_no_show,
    "AFTER_GUESTS_CAL_VIDEO_NO_SHOW": _guest_no_show,
    "BOOKING_LOCATION_UPDATED": _location_updated,
    "BOOKING_REASSIGNED": _reassigned,
    "INSTANT_MEETING_ACCEPTED": _instant_meeting_accepted,
    "DELEGATION_CREDENTIAL_SECRET_ROTATION_FAILED": _rotation_failed,
    "DELEGATION_CREDENTIAL_ROTATION_REQUIRED": _rotation,
    "DELEGATION_CREDENTIAL_SECRET_ROTATED": _rotation,
    "CALENDAR_ENTRY_REJECTED": _calendar_entry_rejected,
}
