"""Bookings, their attendees and seats.

Source: Cal.com API v2, bookings: data model.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import msgspec

from mock_server.state.collection import Collection, Index, Reference
from mock_server.state.entity import Entity

Status = Literal["accepted", "pending", "cancelled", "rejected", "awaiting_host"]

BlockKind = Literal["EMAIL", "DOMAIN"]

LONG_BOOKING = timedelta(days=1)
"""Longer bookings are indexed separately, so that ongoing bookings can be found by their start."""


class Category(NamedTuple):
    """The part of a list index that a booking belongs to: everything lists filter by, except time."""

    status: Status
    is_in_series: bool
    is_long: bool


class Booking(Entity):
    """A booking of an event type. `user_id` is the organizer.

    `recurring_event_id` is shared by the bookings of a series. `from_reschedule` is the uid of the booking that this
    one replaced; `rescheduled` is true if this one was ended by a reschedule rather than a cancellation. `responses`
    are the answers to the booking fields (None for seated bookings, whose seats hold them). `busy_event_id` is the
    event written to the destination calendar.
    """

    id: int
    uid: str
    title: str
    start: datetime
    end: datetime
    status: Status
    created_at: datetime
    updated_at: datetime
    user_id: int | None = None
    event_type_id: int | None = None
    description: str | None = None
    responses: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    location: str | None = None
    meeting_url: str | None = None
    cancellation_reason: str | None = None
    cancelled_by: str | None = None
    rejection_reason: str | None = None
    rescheduled: bool = False
    rescheduled_by: str | None = None
    from_reschedule: str | None = None
    recurring_event_id: str | None = None
    no_show_host: bool = False
    rating: int | None = None
    ical_uid: str | None = None
    ical_sequence: int = 0
    reassign_reason: str | None = None
    reassign_by_id: int | None = None
    busy_event_id: int | None = None
    private_link: str | None = None

    @property
    def category(self) -> Category:
        """The part of the list index that holds the booking."""
        return Category(self.status, self.recurring_event_id is not None, self.end - self.start > LONG_BOOKING)

    @property
    def minutes(self) -> int:
        """The duration in whole minutes."""
        return (self.end - self.start) // timedelta(minutes=1)


class Attendee(Entity):
    """A participant, with at most one seat. `start` repeats the booking's, so that indexes by e-mail are in order."""

    id: int
    booking_id: int
    name: str
    email: str
    time_zone: str
    start: datetime
    locale: str | None = None
    phone_number: str | None = None
    no_show: bool = False


class BookingSeat(Entity):
    """An attendee's seat in a seated booking, with the attendee's own answers and metadata.

    `created_at` is when the seat was taken, None in worlds of before it was stored.
    """

    id: int
    reference_uid: str
    booking_id: int
    attendee_id: int
    responses: dict[str, Any]
    description: str | None = None
    metadata: dict[str, Any] | None = None
    created_at: datetime | None = None


class BookingReference(Entity):
    """What a booking left at a third party: an event in a calendar, or a video meeting.

    `uid` is the id there: of the event, or of the video room. `external_calendar_id` is the calendar that the event
    was written to, by means of a credential or of a delegation credential. `deleted` is true once it was removed there.
    """

    id: int
    booking_id: int
    type: str
    uid: str
    meeting_url: str | None = None
    external_calendar_id: str | None = None
    credential_id: int | None = None
    delegation_credential_id: str | None = None
    deleted: bool = False


class VideoRecording(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A recording of a meeting, with the names of the API. Times are in seconds.

    A download redirects to `download_link`; without one the sandbox serves a file of its own. With an
    `error` there is no link.
    """

    id: str
    room_name: str
    start_ts: int
    status: str = "finished"
    max_participants: int | None = None
    duration: int
    share_token: str
    download_link: str | None = None
    error: str | None = None


class SessionParticipant(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A participant of a session. Times are in seconds."""

    user_id: str | None
    user_name: str | None
    join_time: int
    duration: int


class ConferencingSession(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A time during which people were in the video room. Times are in seconds."""

    id: str
    room: str
    start_time: int
    duration: int
    ongoing: bool
    max_participants: int
    participants: tuple[SessionParticipant, ...]


class MeetingVideo(Entity):
    """What the video service has of a booking's meeting. A transcript is its text, or the address of its file."""

    booking_id: int
    recordings: tuple[VideoRecording, ...] = ()
    transcripts: tuple[str, ...] = ()
    sessions: tuple[ConferencingSession, ...] = ()


class InstantMeetingToken(Entity):
    """Lets a host join an instant meeting until it expires."""

    id: int
    token: str
    expires_at: datetime
    team_id: int
    booking_id: int


class BlocklistEntry(Entity):
    """An e-mail address, or a domain, with which nothing can be booked in an organization. In lower case."""

    id: int
    organization_id: int
    kind: BlockKind
    value: str
    created_at: datetime
    created_by_id: int | None = None


class BookingReport(Entity):
    """A booking that an organization reported."""

    id: int
    booking_id: int
    organization_id: int
    kind: BlockKind
    reason: str
    created_at: datetime
    reported_by_id: int | None = None
    description: str | None = None


OWNER_FIELDS = ("user_id", "event_type_id")
SORT_FIELDS = ("start", "end", "created_at", "updated_at")

BOOKINGS = Collection(
    "bookings",
    Booking,
    unique=(("uid",),),
    indexes=(
        *(Index((owner,), (order,)) for owner in OWNER_FIELDS for order in SORT_FIELDS),
        *(Index((owner, "category"), ("start",)) for owner in OWNER_FIELDS),
        Index(("recurring_event_id",), ("start",)),
        Index(("event_type_id", "user_id"), ("created_at",)),
        Index(("from_reschedule",)),
    ),
    references=(
        Reference("user_id", "users"),
        Reference("event_type_id", "event_types", "set null"),
        Reference("busy_event_id", "busy_events", "set null"),
    ),
)
ATTENDEES = Collection(
    "attendees",
    Attendee,
    indexes=(Index(("email",), ("start",)), Index(("email",), ("id",)), Index(("name",), ("start",))),
    references=(Reference("booking_id", "bookings"),),
)
BOOKING_SEATS = Collection(
    "booking_seats",
    BookingSeat,
    unique=(("reference_uid",), ("attendee_id",)),
    references=(Reference("booking_id", "bookings"), Reference("attendee_id", "attendees")),
)
BOOKING_REFERENCES = Collection(
    "booking_references",
    BookingReference,
    indexes=(Index(("uid",)), Index(("booking_id", "type"))),
    references=(
        Reference("booking_id", "bookings"),
        Reference("credential_id", "credentials", "set null"),
        Reference("delegation_credential_id", "delegation_credentials", "set null"),
    ),
)
MEETING_VIDEOS = Collection(
    "meeting_videos", MeetingVideo, key="booking_id", references=(Reference("booking_id", "bookings"),)
)
INSTANT_MEETING_TOKENS = Collection(
    "instant_meeting_tokens",
    InstantMeetingToken,
    unique=(("token",),),
    references=(Reference("booking_id", "bookings"), Reference("team_id", "teams", "restrict")),
)
"""A team with instant meeting tokens cannot be deleted, as upstream; a token is only deleted with its booking."""

BLOCKLIST = Collection(
    "booking_blocklist",
    BlocklistEntry,
    unique=(("organization_id", "kind", "value"),),
    references=(Reference("organization_id", "teams"), Reference("created_by_id", "users", "set null")),
)
BOOKING_REPORTS = Collection(
    "booking_reports",
    BookingReport,
    unique=(("booking_id",),),
    references=(
        Reference("booking_id", "bookings"),
        Reference("organization_id", "teams"),
        Reference("reported_by_id", "users", "set null"),
    ),
)

COLLECTIONS = (
    BOOKINGS,
    ATTENDEES,
    BOOKING_SEATS,
    BOOKING_REFERENCES,
    MEETING_VIDEOS,
    INSTANT_MEETING_TOKENS,
    BLOCKLIST,
    BOOKING_REPORTS,
)
