"""The payloads of webhook events, key by key. `NotRequired` keys are left out where they do not apply.

The format of times depends on the event: without milliseconds and with Z (`2030-05-13T09:00:00Z`) for new and
rescheduled bookings, with milliseconds for confirmed and rejected ones, with an offset (`2030-05-13T09:00:00+00:00`)
for cancelled ones. `utcOffset` is the offset of the person's time zone at the booking's start, in minutes east of UTC.

Source: Cal.com API v2, webhooks: payload fields.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict, get_args

Trigger = Literal[
    "BOOKING_CREATED",
    "BOOKING_PAYMENT_INITIATED",
    "BOOKING_PAID",
    "BOOKING_RESCHEDULED",
    "BOOKING_REQUESTED",
    "BOOKING_CANCELLED",
    "BOOKING_REJECTED",
    "BOOKING_NO_SHOW_UPDATED",
    "BOOKING_LOCATION_UPDATED",
    "BOOKING_REASSIGNED",
    "FORM_SUBMITTED",
    "MEETING_ENDED",
    "MEETING_STARTED",
    "RECORDING_READY",
    "INSTANT_MEETING",
    "INSTANT_MEETING_ACCEPTED",
    "RECORDING_TRANSCRIPTION_GENERATED",
    "OOO_CREATED",
    "AFTER_HOSTS_CAL_VIDEO_NO_SHOW",
    "AFTER_GUESTS_CAL_VIDEO_NO_SHOW",
    "FORM_SUBMITTED_NO_EVENT",
    "ROUTING_FORM_FALLBACK_HIT",
    "DELEGATION_CREDENTIAL_ERROR",
    "WRONG_ASSIGNMENT_REPORT",
    "DELEGATION_CREDENTIAL_SECRET_ROTATION_FAILED",
    "DELEGATION_CREDENTIAL_ROTATION_REQUIRED",
    "DELEGATION_CREDENTIAL_SECRET_ROTATED",
    "CALENDAR_ENTRY_REJECTED",
]
TRIGGERS: tuple[Trigger, ...] = get_args(Trigger)


class Language(TypedDict):
    """A person's language."""

    locale: str


class Organizer(TypedDict):
    """The host. The name falls back to `Nameless`. Until 2026-03, `id` is left out on confirmation and rejection.

    `usernameInOrg`, since 2026-03: the username of the host's profile in an organization.
    """

    id: NotRequired[int]
    name: str
    email: str
    username: str | None
    usernameInOrg: NotRequired[str]
    timeZone: str
    language: Language
    timeFormat: str
    utcOffset: int


class AttendeeDetails(TypedDict):
    """The fields of attendees and further hosts of a new or rescheduled booking."""

    email: str
    name: str
    phoneNumber: NotRequired[str]
    firstName: str
    lastName: str
    timeZone: str
    language: Language


class NewBookingAttendee(AttendeeDetails):
    """An attendee of a new or rescheduled booking; the booker comes first. Guests have an empty name."""

    utcOffset: int


class Attendee(TypedDict):
    """An attendee of a booking that was confirmed, rejected or cancelled.

    Since 2026-03, the holder of a cancelled seat has all fields of StoredAttendee.
    """

    id: NotRequired[int]
    locale: NotRequired[str | None]
    bookingId: NotRequired[int]
    noShow: NotRequired[bool]

    name: str
    email: str
    timeZone: str
    phoneNumber: str | None
    language: Language
    utcOffset: int


class StoredAttendee(TypedDict):
    """An attendee as stored."""

    id: int
    email: str
    name: str
    timeZone: str
    phoneNumber: str | None
    locale: str | None
    bookingId: int
    noShow: bool


class AnswerFlags(TypedDict):
    """Whether the form hides a booking field; absent where the form was never set, since 2026-03."""

    isHidden: NotRequired[bool]


class Answer(AnswerFlags):
    """The answer to a booking field. Fields without a label of their own show a translation key as label."""

    label: str
    value: NotRequired[Any]


class TeamMember(AttendeeDetails):
    """A further host of a team event; `id` is that of the user. Since 2026-03 without `utcOffset`."""

    id: NotRequired[int]
    utcOffset: NotRequired[int]


class Team(TypedDict):
    """The team of a team event type; `members` are the other hosts (none when confirmed or rejected)."""

    name: str
    id: int
    members: list[TeamMember]


class DestinationCalendar(TypedDict):
    """A calendar that the booking is written to."""

    id: int
    integration: str
    externalId: str
    primaryEmail: str | None
    userId: int | None
    eventTypeId: int | None
    credentialId: int | None
    delegationCredentialId: str | None


class RecurringEvent(TypedDict):
    """The recurrence of a series: `freq` is 0 for yearly, 1 for monthly, 2 for weekly."""

    freq: int
    interval: int
    count: NotRequired[int]


class AppStatus(TypedDict):
    """Whether an app, such as a calendar, accepted the booking."""

    appName: str
    type: str
    success: int
    failures: int
    errors: list[str]
    warnings: NotRequired[list[str]]


class VideoCall(TypedDict):
    """The video room of a booking."""

    type: str
    id: str
    password: str
    url: str


class PlatformLinks(TypedDict):
    """The redirect URIs of the host's OAuth client. The first four come together or not at all."""

    platformClientId: NotRequired[str]
    platformRescheduleUrl: NotRequired[str | None]
    platformCancelUrl: NotRequired[str | None]
    platformBookingUrl: NotRequired[str | None]
    arePlatformEmailsEnabled: NotRequired[bool]


class Conference(TypedDict):
    """The video room of a booking, where there is one."""

    videoCallData: NotRequired[VideoCall]
    conferenceData: NotRequired[dict[str, Any]]


class FormResponses(TypedDict):
    """The answers to all booking fields, and those to the fields that the event type adds to the default ones."""

    responses: dict[str, Answer]
    userFieldsResponses: dict[str, Answer]


class TeamPart(TypedDict):
    """The team, where the event type belongs to one."""

    team: NotRequired[Team]


class RecurrencePart(TypedDict):
    """The recurrence, where the booking is part of a series."""

    recurringEvent: NotRequired[RecurringEvent]


class PrivacyPart(TypedDict):
    """Settings of the event type since 2026-03. The reply address of an event type cannot be set by this API."""

    hideOrganizerEmail: NotRequired[bool]
    customReplyToEmail: NotRequired[str | None]


class OrganizationPart(TypedDict):
    """The organization of the team or of the host, since 2026-03."""

    organizationId: NotRequired[int | None]


class PagePart(TypedDict):
    """What the booking page allows, and the private link that was used, since 2026-03."""

    disableRescheduling: NotRequired[bool]
    disableCancelling: NotRequired[bool]
    hashedLink: NotRequired[str | None]


class NotesPart(TypedDict):
    """The booker's notes, and the calendar settings that confirmations and rejections have since 2026-03."""

    additionalNotes: NotRequired[str | None]
    hideCalendarNotes: NotRequired[bool]
    hideCalendarEventDetails: NotRequired[bool]


class BookingDetails(TypedDict):
    """What describes the booking and its event type in the same way for all events."""

    type: str
    title: str
    bookerUrl: str
    length: int
    customInputs: dict[str, Any]
    location: str | None
    uid: str
    bookingId: int
    eventTypeId: int | None
    eventTitle: str
    eventDescription: str | None
    currency: str


class BookingPayload(
    BookingDetails, FormResponses, PlatformLinks, TeamPart, RecurrencePart, PrivacyPart, OrganizationPart
):
    """Keys that all payloads about bookings share."""

    startTime: str
    endTime: str
    organizer: Organizer
    status: str
    smsReminderNumber: NotRequired[str]


class NewBooking(BookingPayload, Conference, PagePart):
    """BOOKING_CREATED of a new booking (status ACCEPTED), BOOKING_REQUESTED (PENDING), BOOKING_PAYMENT_INITIATED.

    `description` falls back to the additional notes. `metadata` includes `videoCallUrl` where there is a link.
    """

    description: str
    additionalNotes: str
    attendees: list[NewBookingAttendee]
    conferenceCredentialId: NotRequired[int]
    destinationCalendar: list[DestinationCalendar] | None
    iCalUID: NotRequired[str | None]
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
    appsStatus: NotRequired[list[AppStatus]]
    price: int
    metadata: dict[str, Any]
    paymentId: NotRequired[int]


class ReschedulePart(TypedDict):
    """The previous booking, the email address of the person who rescheduled it, and whether the host has changed."""

    rescheduleUid: str
    rescheduleId: NotRequired[int]
    rescheduleStartTime: NotRequired[str]
    rescheduleEndTime: NotRequired[str]
    rescheduledBy: NotRequired[str]
    hasOrganizerChanged: NotRequired[bool]


class RescheduledBooking(NewBooking, ReschedulePart):
    """BOOKING_RESCHEDULED, and BOOKING_REQUESTED (PENDING) where the new time has to be confirmed.

    Describes the new booking, with the title of the original one; `reschedule...` describe the previous booking. Since
    2026-03, a seat that was moved has only `rescheduleUid`, and `hasOrganizerChanged` is present only if it is true.
    """


class ConfirmationPart(Conference):
    """Fields of bookings that were confirmed, where they apply."""

    iCalUID: NotRequired[str | None]
    metadata: NotRequired[dict[str, Any]]


class OutcomePart(ConfirmationPart):
    """Fields of bookings that were confirmed or rejected, where they apply."""

    rejectionReason: NotRequired[str]


class ConfirmedBooking(BookingPayload, ConfirmationPart, NotesPart):
    """BOOKING_CREATED when a request is confirmed, BOOKING_PAID; the base of BOOKING_REJECTED."""

    description: NotRequired[str | None]
    attendees: list[Attendee]
    conferenceCredentialId: NotRequired[int]
    destinationCalendar: list[DestinationCalendar]
    requiresConfirmation: bool | None
    price: int
    paymentId: NotRequired[int]


class RejectedBooking(ConfirmedBooking, OutcomePart):
    """BOOKING_REJECTED; `rejectionReason` is present if one was given."""


class CancellationPart(Conference):
    """Fields that only some cancellations have."""

    additionalNotes: NotRequired[str | None]
    cancelledBy: NotRequired[str]


class CancelledBooking(BookingPayload, CancellationPart):
    """BOOKING_CANCELLED: the booking, or one seat with only its attendee. A price of 0 becomes null.

    Since 2026-03, a cancelled seat comes with the video room, and `cancelledBy` is present if an address was given.
    """

    description: NotRequired[str | None]
    attendees: list[Attendee]
    destinationCalendar: list[DestinationCalendar]
    cancellationReason: str | None
    seatsPerTimeSlot: int | None
    seatsShowAttendees: bool | None
    iCalUID: str | None
    iCalSequence: int
    requiresConfirmation: bool | None
    price: int | None


class NoShowAttendee(TypedDict):
    """An attendee whose no-show mark was set or removed."""

    email: str
    noShow: bool


class NoShowUpdated(PlatformLinks):
    """BOOKING_NO_SHOW_UPDATED, with those attendees that belong to the booking."""

    message: str
    attendees: list[NoShowAttendee]
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


class BookingUser(TypedDict):
    """The host of a stored booking."""

    email: str
    name: str | None
    timeZone: str
    username: str | None


class StoredDetails(TypedDict):
    """Columns of a stored booking that are sent since 2026-03."""

    reassignReason: NotRequired[str | None]
    reassignById: NotRequired[int | None]
    dynamicEventSlugRef: NotRequired[str | None]
    dynamicGroupSlugRef: NotRequired[str | None]
    rescheduled: NotRequired[bool | None]
    fromReschedule: NotRequired[str | None]
    recurringEventId: NotRequired[str | None]
    smsReminderNumber: NotRequired[str | None]
    scheduledJobs: NotRequired[list[str]]
    isRecorded: NotRequired[bool]
    rating: NotRequired[int | None]
    ratingFeedback: NotRequired[str | None]
    oneTimePassword: NotRequired[str | None]
    cancelledBy: NotRequired[str | None]
    rescheduledBy: NotRequired[str | None]
    creationSource: NotRequired[str | None]
    appsStatus: NotRequired[list[AppStatus]]


class StoredBooking(StoredDetails):
    """MEETING_STARTED and MEETING_ENDED of a booking that was accepted right away: the booking as stored.

    The request body is this object with `triggerEvent` added, not an envelope with a `payload`.
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
    user: BookingUser | None
    attendees: list[StoredAttendee]
    payment: list[Any]
    references: list[Any]


class StoredConfirmedBooking(FormResponses):
    """MEETING_STARTED and MEETING_ENDED of a booking that was confirmed later."""

    id: int
    uid: str
    title: str
    description: str | None
    startTime: str
    endTime: str
    attendees: list[StoredAttendee]
    location: str | None
    customInputs: Any
    metadata: dict[str, Any] | None
    cancellationReason: str | None
    smsReminderNumber: str | None
    eventType: dict[str, Any] | None


class OutOfOfficeCreated(TypedDict):
    """OOO_CREATED: sent by the web application only, never by this API."""

    oooEntry: dict[str, Any]


class FormSubmitted(TypedDict):
    """FORM_SUBMITTED. The answers, `{value, response}` by identifier, are repeated at the root of the request body."""

    formId: str
    formName: str
    teamId: int | None
    responses: dict[str, Any]


class FormSubmittedNoEvent(FormSubmitted):
    """FORM_SUBMITTED_NO_EVENT: the form was submitted, and no booking followed."""

    redirect: NotRequired[dict[str, Any]]
    responseId: int


class RoutingFormFallbackHit(FormSubmitted):
    """ROUTING_FORM_FALLBACK_HIT: only the fallback route of the form matched. Its payload was never published."""

    responseId: int
    fallbackAction: dict[str, Any]


class ErrorPart(TypedDict):
    """An error of a third party."""

    type: str
    message: str


class FailedCredential(TypedDict):
    """The delegated credential that failed."""

    id: int
    type: str
    appId: str
    delegationCredentialId: str


class AffectedUser(TypedDict):
    """The user whose calendar could not be reached."""

    id: int
    email: str
    organizationId: int | None


class DelegationCredentialError(TypedDict):
    """DELEGATION_CREDENTIAL_ERROR: a calendar of a delegated workspace could not be reached."""

    error: ErrorPart
    credential: FailedCredential
    user: AffectedUser


class WrongAssignmentReport(TypedDict):
    """WRONG_ASSIGNMENT_REPORT: sent by the web application only. Its payload was never published."""

    booking: dict[str, Any]
    report: dict[str, Any]


class BookedSeat(TypedDict):
    """The seat of an attendee, as stored."""

    id: int
    referenceUid: str
    bookingId: int
    attendeeId: int
    data: dict[str, Any]
    metadata: dict[str, Any] | None


class BookingEventAttendee(TypedDict):
    """An attendee in a BookingEvent; the booker comes first."""

    name: str
    email: str
    timeZone: str
    language: Language
    phoneNumber: str | None
    bookingSeat: BookedSeat | None
    utcOffset: int
    firstName: str
    lastName: str


class EventRecurrence(TypedDict):
    """The recurrence of a series, without the booking's place in it."""

    recurringEvent: NotRequired[RecurringEvent]
    recurrenceTimeZone: NotRequired[str]


class EventChange(TypedDict):
    """What only some events say: the results of the apps, and what was rescheduled, cancelled, moved or reassigned."""

    appsStatus: NotRequired[list[AppStatus]]
    rescheduleId: NotRequired[int]
    rescheduleUid: NotRequired[str]
    rescheduleStartTime: NotRequired[str]
    rescheduleEndTime: NotRequired[str]
    rescheduledBy: NotRequired[str]
    hasOrganizerChanged: NotRequired[bool]
    requestReschedule: NotRequired[bool]
    previousLocation: NotRequired[str | None]
    addedHostUserIds: NotRequired[list[int]]
    removedHostUserIds: NotRequired[list[int]]


class EventMetadata(TypedDict):
    """The metadata of the booking with the link to the meeting."""

    metadata: NotRequired[dict[str, Any]]


class EventExtras(EventRecurrence, EventChange, EventMetadata, TeamPart, Conference):
    """Keys of a BookingEvent that are there only where they apply."""

    attendeeSeatId: NotRequired[str]
    smsReminderNumber: NotRequired[str]
    paymentId: NotRequired[int]


class EventPage(TypedDict):
    """What the booking page shows of a booking and its event type."""

    bookerUrl: str
    title: str
    startTime: str
    endTime: str
    additionalNotes: str
    type: str
    eventTypeTitle: str
    description: str
    eventTypeId: int | None


class EventSettings(TypedDict):
    """Settings of the event type."""

    hideCalendarNotes: bool
    hideCalendarEventDetails: bool
    privateNoteEnabled: bool
    privateNoteMode: str | None
    privateNoteTemplate: str | None
    hideOrganizerEmail: bool
    schedulingType: str | None
    seatsPerTimeSlot: int | None
    seatsShowAttendees: bool
    seatsShowAvailabilityCount: bool
    customReplyToEmail: str | None
    disableRescheduling: bool
    disableReschedulingScope: str
    disableCancelling: bool
    disableCancellingScope: str


class EventPlatform(TypedDict):
    """The OAuth client and its pages; empty texts where there is none."""

    platformClientId: str
    platformRescheduleUrl: str | None
    platformCancelUrl: str | None
    platformBookingUrl: str | None
    arePlatformEmailsEnabled: NotRequired[bool]


class EventFacts(TypedDict):
    """The event type as such, and why the host was assigned."""

    eventTitle: str
    eventDescription: str | None
    price: int
    currency: str
    length: int
    assignmentReason: list[str]


class BookingEvent(EventPage, EventSettings, EventPlatform, EventFacts, FormResponses, EventExtras):
    """All events about bookings since 2026-09: one form, with times in UTC with milliseconds.

    `oneTimePassword` is a text where the event type requires confirmation. BOOKING_REJECTED has no `metadata`.
    """

    organizer: Organizer
    attendees: list[BookingEventAttendee]
    customInputs: dict[str, Any]
    location: str | None
    iCalUID: str | None
    iCalSequence: int
    requiresConfirmation: bool
    oneTimePassword: str | None
    uid: str
    organizationId: int | None
    hashedLink: str | None
    cancellationReason: str | None
    rejectionReason: str | None
    hideBranding: bool
    bookingId: int
    status: str
    destinationCalendar: list[DestinationCalendar] | None


class Invitations(TypedDict):
    """iCalendar files for mails to the attendees and to the organizer, since payload version 2026-07-27."""

    attendeeIcsContent: NotRequired[str]
    organizerIcsContent: NotRequired[str]


class InstantMeetingAccepted(TypedDict):
    """INSTANT_MEETING_ACCEPTED: the first host joined an instant meeting."""

    bookingId: int
    bookingUid: str
    eventTypeId: int
    status: str
    title: str
    startTime: str
    endTime: str
    organizer: Organizer
    attendees: list[Attendee]
    responses: dict[str, Answer]
    location: str | None
    metadata: dict[str, Any]


class RotatedCredential(TypedDict):
    """The delegation credential whose secret is rotated."""

    id: str
    workspacePlatform: str
    domain: str
    organizationId: int
    secretExpiresAt: str | None


class RotationError(TypedDict):
    """Why no new secret could be made or verified."""

    code: str
    message: str


class DelegationCredentialRotation(TypedDict):
    """DELEGATION_CREDENTIAL_SECRET_ROTATED, ..._ROTATION_REQUIRED and, with `error`, ..._SECRET_ROTATION_FAILED."""

    delegationCredential: RotatedCredential
    error: NotRequired[RotationError]


class CalendarEntryRejected(TypedDict):
    """CALENDAR_ENTRY_REJECTED: declined in a calendar, outside this API. Its payload was never published."""

    bookingId: int
    bookingUid: str
    attendees: list[NoShowAttendee]


class CalVideoNoShow(TypedDict):
    """AFTER_HOSTS_CAL_VIDEO_NO_SHOW (one per missing host, `hostEmail`) and AFTER_GUESTS_CAL_VIDEO_NO_SHOW."""

    title: str
    bookingId: int
    bookingUid: str
    startTime: str
    endTime: str
    attendees: list[StoredAttendee]
    participants: list[dict[str, Any]]
    hostEmail: NotRequired[str]
    noShowHost: NotRequired[bool]
    guests: NotRequired[list[StoredAttendee]]
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


MeetingPayload = StoredBooking | StoredConfirmedBooking
Payload = (
    NewBooking
    | RescheduledBooking
    | ConfirmedBooking
    | RejectedBooking
    | CancelledBooking
    | NoShowUpdated
    | InstantMeeting
    | MeetingPayload
    | OutOfOfficeCreated
    | FormSubmitted
    | FormSubmittedNoEvent
    | RoutingFormFallbackHit
    | DelegationCredentialError
    | WrongAssignmentReport
    | CalVideoNoShow
    | RecordingReady
    | TranscriptionGenerated
    | BookingEvent
    | InstantMeetingAccepted
    | DelegationCredentialRotation
    | CalendarEntryRejected
)

PAYLOADS: dict[Trigger, tuple[type, ...]] = {
    "BOOKING_CREATED": (NewBooking, ConfirmedBooking, BookingEvent),
    "BOOKING_PAYMENT_INITIATED": (NewBooking, BookingEvent),
    "BOOKING_PAID": (ConfirmedBooking, BookingEvent),
    "BOOKING_RESCHEDULED": (RescheduledBooking, BookingEvent),
    "BOOKING_REQUESTED": (NewBooking, RescheduledBooking, BookingEvent),
    "BOOKING_CANCELLED": (CancelledBooking, BookingEvent),
    "BOOKING_REJECTED": (RejectedBooking, BookingEvent),
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
    "ROUTING_FORM_FALLBACK_HIT": (RoutingFormFallbackHit,),
    "DELEGATION_CREDENTIAL_ERROR": (DelegationCredentialError,),
    "WRONG_ASSIGNMENT_REPORT": (WrongAssignmentReport,),
    "BOOKING_LOCATION_UPDATED": (BookingEvent,),
    "BOOKING_REASSIGNED": (BookingEvent,),
    "INSTANT_MEETING_ACCEPTED": (InstantMeetingAccepted,),
    "DELEGATION_CREDENTIAL_SECRET_ROTATION_FAILED": (DelegationCredentialRotation,),
    "DELEGATION_CREDENTIAL_ROTATION_REQUIRED": (DelegationCredentialRotation,),
    "DELEGATION_CREDENTIAL_SECRET_ROTATED": (DelegationCredentialRotation,),
    "CALENDAR_ENTRY_REJECTED": (CalendarEntryRejected,),
}
"""The types of payload that each trigger can have."""
