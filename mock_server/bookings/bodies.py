"""Request bodies of bookings, as the description has validated them.

Fields of type `object` are checked by the operation, which words their refusals itself.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class AttendeeBody(TypedDict):
    """The booker."""

    name: str
    timeZone: str
    language: NotRequired[str | None]
    email: NotRequired[object]
    phoneNumber: NotRequired[object]


class RoutingBody(TypedDict):
    """The routing form response that led to the booking, and the hosts that it was routed to."""

    teamMemberIds: list[int]
    responseId: NotRequired[int | None]


class OverridesBody(TypedDict):
    """The checks that a host wants to skip."""

    allowConflicts: NotRequired[bool | None]
    allowBookingOutOfBounds: NotRequired[bool | None]
    skipBookingLimits: NotRequired[bool | None]


class BookingBody(OverridesBody):
    """A new booking. The event type is given by id, or by its slug and that of the team or the name of the user."""

    start: str
    attendee: AttendeeBody
    eventTypeId: NotRequired[int | None]
    eventTypeSlug: NotRequired[str]
    username: NotRequired[str]
    teamSlug: NotRequired[str]
    organizationSlug: NotRequired[str | None]
    bookingFieldsResponses: NotRequired[dict[str, Any] | None]
    guests: NotRequired[object]
    lengthInMinutes: NotRequired[int | None]
    location: NotRequired[object]
    meetingUrl: NotRequired[str | None]
    metadata: NotRequired[object]
    recurrenceCount: NotRequired[int | None]
    instant: NotRequired[bool | None]
    routing: NotRequired[RoutingBody | None]
    rrHostSubsetIds: NotRequired[list[int] | None]
    emailVerificationCode: NotRequired[str]


class RescheduleBody(OverridesBody):
    """The new start of a booking, or of one seat."""

    start: str
    seatUid: NotRequired[str]
    rescheduledBy: NotRequired[object]
    reschedulingReason: NotRequired[str | None]
    rescheduleWithSameHost: NotRequired[bool | None]
    emailVerificationCode: NotRequired[str]


class CancelBody(TypedDict):
    """The cancellation of a booking, of a series or the rest of it, or of one seat."""

    cancellationReason: NotRequired[str | None]
    cancelSubsequentBookings: NotRequired[bool | None]
    seatUid: NotRequired[str]


class AttendeeNoShow(TypedDict):
    """Whether one attendee was absent."""

    email: str
    absent: bool


class NoShowBody(TypedDict):
    """The absence of the host or of attendees."""

    host: NotRequired[bool | None]
    attendees: NotRequired[list[AttendeeNoShow] | None]
