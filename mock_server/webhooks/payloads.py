"""What each trigger tells: the payloads, key by key. `NotRequired` keys are left out where they do not apply.

Times differ by occasion: without milliseconds and with Z (`2030-05-13T09:00:00Z`) for new and moved bookings, with
milliseconds for confirmed and rejected ones, with an offset (`2030-05-13T09:00:00+00:00`) for cancelled ones.
`utcOffset` is the minutes east of UTC of that person's zone at the booking's start.

Source: Cal.com API v2, webhooks: payload fields.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class Language(TypedDict):
    """The language of a person."""

    locale: str


class Organizer(TypedDict):
    """Who hosts. The `id` is left out when a booking is confirmed or rejected; the name falls back to `Nameless`."""

    id: NotRequired[int]
    name: str
    email: str
    username: str | None
    timeZone: str
    language: Language
    timeFormat: str
    utcOffset: int


class NewBookingAttendee(TypedDict):
    """Who takes part in a new or moved booking; the booker is the first. Guests have an empty name."""

    email: str
    name: str
    phoneNumber: NotRequired[str]
    firstName: str
    lastName: str
    timeZone: str
    language: Language
    utcOffset: int


class Attendee(TypedDict):
    """Who takes part in a booking that was confirmed, rejected or cancelled."""

    name: str
    email: str
    timeZone: str
    phoneNumber: str | None
    language: Language
    utcOffset: int


class Answer(TypedDict):
    """The answer to a field of the booking form. The label of a field that has none of its own is a key."""

    label: str
    value: NotRequired[Any]
    isHidden: bool


class Team(TypedDict):
    """The team of a team event type; `members` are the other hosts (none when confirmed or rejected)."""

    name: str
    id: int
    members: list[dict[str, Any]]


class PlatformLinks(TypedDict):
    """Where the OAuth client of the host wants people to go. All four or none of the first ones."""

    platformClientId: NotRequired[str]
    platformRescheduleUrl: NotRequired[str | None]
    platformCancelUrl: NotRequired[str | None]
    platformBookingUrl: NotRequired[str | None]
    arePlatformEmailsEnabled: NotRequired[bool]


class BookingPayload(PlatformLinks):
    """What all payloads about bookings have."""

    type: str
    title: str
    bookerUrl: str
    startTime: str
    endTime: str
    length: int
    organizer: Organizer
    responses: dict[str, Answer]
    userFieldsResponses: dict[str, Answer]
    location: str | None
    uid: str
    bookingId: int
    eventTypeId: int | None
    eventTitle: str
    eventDescription: str | None
    currency: str
    smsReminderNumber: NotRequired[str]
    team: NotRequired[Team]
    recurringEvent: NotRequired[dict[str, Any]]


class NewBooking(BookingPayload):
    """BOOKING_CREATED of a new booking (status ACCEPTED), BOOKING_REQUESTED (PENDING), BOOKING_PAYMENT_INITIATED.

    `description` falls back to the additional notes. The metadata hold `videoCallUrl` besides where there is a link.
    """

    description: str
    additionalNotes: str
    attendees: list[NewBookingAttendee]
    customInputs: dict[str, Any]
    conferenceCredentialId: NotRequired[int]
    videoCallData: NotRequired[dict[str, Any]]
    conferenceData: NotRequired[dict[str, Any]]
    destinationCalendar: list[dict[str, Any]] | None
    iCalUID: NotRequired[str]
    iCalSequence: int
    hideCalendarNotes: bool
    hideCalendarEventDetails: bool
    schedulingType: str | None
    seatsPerTimeSlot: int | None
    seatsShowAttendees: bool
    seatsShowAvailabilityCount: bool
    attendeeSeatId: NotRequired[str]
    requiresConfirmation: bool
    oneTimePassword: str | None
    existingRecurringEvent: NotRequired[dict[str, Any]]
    appsStatus: NotRequired[list[dict[str, Any]]]
    price: int
    metadata: dict[str, Any]
    status: str
    paymentId: NotRequired[int]


class RescheduledBooking(NewBooking):
    """BOOKING_RESCHEDULED, and BOOKING_REQUESTED (PENDING) where the new time has to be confirmed.

    The new booking, with the title of the first one; the rest names the one before.
    """

    rescheduleUid: str
    rescheduleId: int
    rescheduleStartTime: str
    rescheduleEndTime: str


class ConfirmedBooking(BookingPayload):
    """BOOKING_CREATED when a request is confirmed, and what confirmed and rejected ones share."""

    description: NotRequired[str]
    attendees: list[Attendee]
    customInputs: NotRequired[dict[str, Any]]
    conferenceCredentialId: NotRequired[int]
    videoCallData: NotRequired[dict[str, Any]]
    conferenceData: NotRequired[dict[str, Any]]
    destinationCalendar: list[dict[str, Any]]
    requiresConfirmation: bool | None
    iCalUID: NotRequired[str]
    price: int
    metadata: NotRequired[dict[str, Any]]
    status: str
    paymentId: NotRequired[int]


class RejectedBooking(ConfirmedBooking):
    """BOOKING_REJECTED; the reason is that of the refusal, if one was given."""

    rejectionReason: NotRequired[str]


class CancelledBooking(BookingPayload):
    """BOOKING_CANCELLED: the booking, or with one seat's attendee only that seat. A price of 0 is null."""

    description: NotRequired[str]
    attendees: list[Attendee]
    customInputs: NotRequired[dict[str, Any]]
    destinationCalendar: list[dict[str, Any]]
    cancellationReason: str | None
    seatsPerTimeSlot: int | None
    seatsShowAttendees: bool | None
    iCalUID: str
    iCalSequence: int
    requiresConfirmation: bool | None
    price: int | None
    status: str


class NoShowUpdated(PlatformLinks):
    """BOOKING_NO_SHOW_UPDATED: `attendees` are `{email, noShow}` of those who are on the booking."""

    message: str
    attendees: list[dict[str, Any]]
    bookingUid: str
    bookingId: int


class InstantMeeting(TypedDict):
    """INSTANT_MEETING: a meeting that any host of the team can join now."""

    triggerEvent: str
    uid: str
    responses: dict[str, Answer]
    connectAndJoinUrl: str
    eventTypeId: int
    eventTypeTitle: str
    customInputs: dict[str, Any]


class StoredBooking(TypedDict):
    """MEETING_STARTED and MEETING_ENDED of a booking that was accepted at once: the booking as it is stored.

    The body is this with `triggerEvent` before it, not a payload within a body.
    """

    id: int
    uid: str
    idempotencyKey: str | None
    userId: int | None
    userPrimaryEmail: str | None
    eventTypeId: int | None
    title: str
    description: str | None
    customInputs: Any
    responses: dict[str, Answer]
    startTime: str
    endTime: str
    location: str | None
    createdAt: str
    updatedAt: str | None
    status: str
    paid: bool
    destinationCalendarId: int | None
    cancellationReason: str | None
    rejectionReason: str | None
    metadata: dict[str, Any] | None
    iCalUID: str | None
    iCalSequence: int
    noShowHost: bool | None
    user: dict[str, Any] | None
    attendees: list[dict[str, Any]]
    payment: list[Any]
    references: list[Any]


class StoredConfirmedBooking(TypedDict):
    """The same two triggers of a booking that was confirmed later."""

    id: int
    uid: str
    title: str
    description: str | None
    startTime: str
    endTime: str
    attendees: list[dict[str, Any]]
    location: str | None
    responses: dict[str, Any]
    userFieldsResponses: dict[str, Any]
    customInputs: Any
    metadata: dict[str, Any] | None
    cancellationReason: str | None
    smsReminderNumber: str | None
    eventType: dict[str, Any]


class OutOfOfficeCreated(TypedDict):
    """OOO_CREATED: sent by the web application only, never by this API."""

    oooEntry: dict[str, Any]


class FormSubmitted(TypedDict):
    """FORM_SUBMITTED: the answers, `{value, response}` by identifier, stand at the root of the body once more."""

    formId: str
    formName: str
    teamId: int | None
    responses: dict[str, Any]


class FormSubmittedNoEvent(FormSubmitted):
    """FORM_SUBMITTED_NO_EVENT: nobody booked after the form was filled in."""

    redirect: NotRequired[dict[str, Any]]
    responseId: int


class CalVideoNoShow(TypedDict):
    """AFTER_HOSTS_CAL_VIDEO_NO_SHOW (one for each absent host, `hostEmail`), AFTER_GUESTS_CAL_VIDEO_NO_SHOW."""

    title: str
    bookingId: int
    bookingUid: str
    startTime: str
    endTime: str
    attendees: list[dict[str, Any]]
    participants: list[dict[str, Any]]
    hostEmail: NotRequired[str]
    rescheduledBy: NotRequired[str]
    eventType: dict[str, Any]
    webhook: dict[str, Any]
    message: str


class RecordingReady(NewBooking):
    """RECORDING_READY."""

    downloadLink: str


class TranscriptionGenerated(NewBooking):
    """RECORDING_TRANSCRIPTION_GENERATED."""

    downloadLinks: dict[str, Any]


PAYLOADS: dict[str, tuple[type, ...]] = {
    "BOOKING_CREATED": (NewBooking, ConfirmedBooking),
    "BOOKING_PAYMENT_INITIATED": (NewBooking,),
    "BOOKING_PAID": (ConfirmedBooking,),
    "BOOKING_RESCHEDULED": (RescheduledBooking,),
    "BOOKING_REQUESTED": (NewBooking, RescheduledBooking),
    "BOOKING_CANCELLED": (CancelledBooking,),
    "BOOKING_REJECTED": (RejectedBooking,),
    "BOOKING_NO_SHOW_UPDATED": (NoShowUpdated,),
    "FORM_SUBMITTED": (FormSubmitted,),
    "MEETING_ENDED": (StoredBooking, StoredConfirmedBooking),
    "MEETING_STARTED": (StoredBooking, StoredConfirmedBooking),
    "RECORDING_READY": (RecordingReady,),
    "INSTANT_MEETING": (InstantMeeting,),
    "RECORDING_TRANSCRIPTION_GENERATED": (TranscriptionGenerated,),
    "OOO_CREATED": (OutOfOfficeCreated,),
    "AFTER_HOSTS_CAL_VIDEO_NO_SHOW": (CalVideoNoShow,),
    "AFTER_GUESTS_CAL_VIDEO_NO_SHOW": (CalVideoNoShow,),
    "FORM_SUBMITTED_NO_EVENT": (FormSubmittedNoEvent,),
}
"""The payloads that a trigger can have."""
