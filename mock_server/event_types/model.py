"""Event types of users and teams, their values, hosts, phone agents, private links, audit log and CRM errors."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, dataclass_transform

import msgspec

from mock_server.state.collection import Collection, Reference
from mock_server.state.entity import Entity

LocationType = Literal[
    "address",
    "link",
    "integration",
    "phone",
    "attendeeAddress",
    "attendeePhone",
    "attendeeDefined",
    "organizersDefaultApp",
]
Period = Literal["day", "week", "month", "year"]
WindowType = Literal["calendarDays", "businessDays", "range"]
Frequency = Literal["yearly", "monthly", "weekly"]
NoticeUnit = Literal["minutes", "hours"]
Layout = Literal["month", "week", "column"]
SchedulingType = Literal["roundRobin", "collective", "managed"]
PrivateNoteMode = Literal["duplicate_event", "separate_events"]
PhoneTemplate = Literal["CHECK_IN_APPOINTMENT", "CUSTOM_TEMPLATE"]
AuditAction = Literal["EVENT_TYPE_CREATED", "EVENT_TYPE_MODIFIED"]

DEFAULT_NOTICE = 120


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Value(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an event type."""


class Location(Value):
    """A location. `type` determines which fields are set; `credential_id` is that of the owner's app."""

    type: LocationType
    address: str | None = None
    link: str | None = None
    phone: str | None = None
    integration: str | None = None
    public: bool | None = None
    credential_id: int | None = None


CAL_VIDEO = Location(type="integration", integration="cal-video")


class SplitName(Value):
    """The texts of a name field that asks for the first and the last name."""

    first_label: str | None = None
    first_placeholder: str | None = None
    last_label: str | None = None
    last_placeholder: str | None = None
    last_required: bool = False


class BookingField(Value):
    """A field of the booking form. `is_default` marks those that every form has, and `attendeePhoneNumber`.

    The name field has `split_name` if it asks for the first and the last name. `exclude_emails` and `require_emails`
    list addresses and domains that the answer to an email field may not, or has to, match.
    """

    type: str
    slug: str
    required: bool
    is_default: bool = False
    hidden: bool = False
    disable_on_prefill: bool = False
    label: str | None = None
    placeholder: str | None = None
    options: tuple[Any, ...] | None = None
    split_name: SplitName | None = None
    min_length: int | None = None
    max_length: int | None = None
    exclude_emails: tuple[str, ...] | None = None
    require_emails: tuple[str, ...] | None = None


class Limit(Value):
    """The maximum number, or total minutes, of bookings in a period."""

    period: Period
    value: int | float


class BookingWindow(Value):
    """How far ahead bookings are possible: a number of days, or the days from instant `start` to instant `end`."""

    type: WindowType
    days: int = 0
    rolling: bool = False
    start: datetime | None = None
    end: datetime | None = None


class NoticeThreshold(Value):
    """Bookings with at least this notice need no confirmation."""

    unit: NoticeUnit
    count: int | float


class Recurrence(Value):
    """A booking creates a series: one meeting every `interval` years, months or weeks, `occurrences` times."""

    interval: int
    occurrences: int
    frequency: Frequency


class Seats(Value):
    """Several attendees can book the same time."""

    per_time_slot: int
    show_attendees: bool = False
    show_availability_count: bool = True


class BookerLayouts(Value):
    """The views of the booking page."""

    default: Layout
    enabled: tuple[Layout, ...]


class Color(Value):
    """The colours in the light and in the dark theme; any text."""

    light_theme: str
    dark_theme: str


class ActiveBookingsLimit(Value):
    """The most upcoming bookings that an email address can have."""

    maximum: int
    offers_reschedule: bool = False


class CalVideoSettings(Value):
    """Settings of Cal Video meetings."""

    created_at: datetime
    updated_at: datetime
    disable_recording_for_organizer: bool = False
    disable_recording_for_guests: bool = False
    enable_automatic_recording_for_organizer: bool = False
    enable_automatic_transcription: bool = False
    disable_transcription_for_guests: bool = False
    disable_transcription_for_organizer: bool = False
    hide_transcription_for_guests: bool = False
    hide_transcription_for_organizer: bool = False
    send_transcription_emails: bool = True
    disable_attendee_recording_download_email: bool = False
    transcription_language: str | None = None
    redirect_url_on_exit: str | None = None


class EmailSettings(Value):
    """Which emails about bookings are not sent."""

    attendees_disabled: bool = False
    hosts_disabled: bool = False


class EventType(Entity):
    """An event type. Lengths, buffers, notices, interval and offset are in minutes.

    A personal one has `user_id`; a team's has `team_id`, `scheduling_type` and Hosts; a child of a managed one has
    `user_id` and `parent_id`. Its own destination calendar, if any, is the DestinationCalendar with its id.
    `booking_fields` and `length_options` are None if never set; limits are () when disabled.
    """

    id: int
    title: str
    slug: str
    length: int
    user_id: int | None = None
    team_id: int | None = None
    parent_id: int | None = None
    scheduling_type: SchedulingType | None = None
    assign_all_team_members: bool = False
    description: str | None = None
    hidden: bool = False
    length_options: tuple[int, ...] | None = None
    locations: tuple[Location, ...] = (CAL_VIDEO,)
    booking_fields: tuple[BookingField, ...] | None = None
    disable_guests: bool = False
    slot_interval: int | None = None
    minimum_booking_notice: int = DEFAULT_NOTICE
    before_event_buffer: int = 0
    after_event_buffer: int = 0
    offset_start: int = 0
    schedule_id: int | None = None
    only_show_first_available_slot: bool = False
    booking_window: BookingWindow | None = None
    booking_limits: tuple[Limit, ...] | None = None
    duration_limits: tuple[Limit, ...] | None = None
    requires_confirmation: bool = False
    confirmation_threshold: NoticeThreshold | None = None
    unconfirmed_bookings_block: bool = False
    recurrence: Recurrence | None = None
    seats: Seats | None = None
    requires_booker_email_verification: bool = False
    hide_calendar_notes: bool = False
    hide_calendar_event_details: bool = False
    lock_time_zone_toggle: bool = False
    booker_layouts: BookerLayouts | None = None
    color: Color | None = None
    custom_name: str | None = None
    use_destination_calendar_email: bool = False
    success_redirect_url: str | None = None
    forward_params_success_redirect: bool | None = True
    is_instant_event: bool = False
    hide_organizer_email: bool = False
    booking_requires_authentication: bool = False
    active_bookings_limit: ActiveBookingsLimit | None = None
    cal_video_settings: CalVideoSettings | None = None
    cancelling_disabled: bool = False
    rescheduling_disabled: bool = False
    minimum_reschedule_notice: int | None = None
    interface_language: str | None = None
    allow_rescheduling_past_bookings: bool = False
    allow_rescheduling_cancelled_bookings: bool = False
    show_optimized_slots: bool = False
    email_settings: EmailSettings | None = None
    reschedule_with_same_round_robin_host: bool = False
    rr_host_subset_enabled: bool = False
    allow_rr_host_choice_on_reschedule: bool = False
    booking_proposal_count: int | None = None
    skip_email_deliverability_check: bool = False
    private_note_enabled: bool = False
    private_note_mode: PrivateNoteMode | None = None
    private_note_template: str | None = None
    price: int = 0
    currency: str = "usd"
    metadata: dict[str, Any] | None = None

    @property
    def full_metadata(self) -> dict[str, Any]:
        """The metadata with the optional lengths and the email settings, which are stored apart from it."""
        stored_apart: dict[str, Any] = {}
        if self.length_options is not None:
            stored_apart["multipleDuration"] = list(self.length_options)
        if self.email_settings is not None:
            disabled = {"host": self.email_settings.hosts_disabled, "attendee": self.email_settings.attendees_disabled}
            stored_apart["disableStandardEmails"] = {"all": disabled}
        return {**(self.metadata or {}), **stored_apart}


class Host(Entity):
    """A host of a team event type. Priorities range from 0 (lowest) to 4 (highest)."""

    id: int
    user_id: int
    event_type_id: int
    is_fixed: bool = False
    priority: int | None = None
    weight: int | None = None
    schedule_id: int | None = None


class PhoneAgent(Entity):
    """The phone agent of a team event type. The key is the event type's id."""

    event_type_id: int
    agent_id: str
    last_call_id: str
    caller_number: str
    called_number: str
    enabled: bool = True
    template: PhoneTemplate = "CUSTOM_TEMPLATE"
    scheduler_name: str | None = None
    guest_name: str | None = None
    guest_email: str | None = None
    guest_company: str | None = None
    begin_message: str | None = None
    general_prompt: str | None = None


class PrivateLink(Entity):
    """A link to book an event type, until `expires_at` if it has one, else `max_usage_count` times, if that is limited.

    Since 2026-09, both limits apply to a link that has both.
    """

    id: int
    link: str
    event_type_id: int
    expires_at: datetime | None = None
    max_usage_count: int | None = 1
    usage_count: int = 0


class AuditedChange(Value):
    """A change of a setting, with its JSON values before and after."""

    field: str
    previous: Any
    next: Any


class EventTypeAuditLog(Entity):
    """An entry of an event type's audit log."""

    id: int
    uuid: str
    event_type_id: int
    action: AuditAction
    made_at: datetime
    actor_id: int
    changes: tuple[AuditedChange, ...] = ()


class CrmSyncError(Entity):
    """A booking that could not be written to a CRM. Only world files have them; the sandbox has no CRMs."""

    id: int
    credential_id: int
    event_type_id: int
    app_slug: str
    failed_at: datetime
    error_code: str
    error_message: str
    raw_message: str | None = None
    dropped_fields: tuple[str, ...] = ()
    event_created: bool | None = None
    booking_uid: str | None = None
    dismissed_at: datetime | None = None


EVENT_TYPES = Collection(
    "event_types",
    EventType,
    unique=(("user_id", "slug"), ("team_id", "slug"), ("user_id", "parent_id")),
    references=(
        Reference("user_id", "users"),
        Reference("team_id", "teams"),
        Reference("parent_id", "event_types"),
        Reference("schedule_id", "schedules", "set null"),
    ),
)
HOSTS = Collection(
    "hosts",
    Host,
    unique=(("user_id", "event_type_id"),),
    references=(
        Reference("user_id", "users"),
        Reference("event_type_id", "event_types"),
        Reference("schedule_id", "schedules", "set null"),
    ),
)
PHONE_AGENTS = Collection(
    "phone_agents", PhoneAgent, key="event_type_id", references=(Reference("event_type_id", "event_types"),)
)
PRIVATE_LINKS = Collection(
    "private_links", PrivateLink, unique=(("link",),), references=(Reference("event_type_id", "event_types"),)
)
EVENT_TYPE_AUDIT_LOGS = Collection(
    "event_type_audit_logs",
    EventTypeAuditLog,
    unique=(("uuid",),),
    references=(Reference("event_type_id", "event_types"), Reference("actor_id", "users")),
)
CRM_SYNC_ERRORS = Collection("crm_sync_errors", CrmSyncError, references=(Reference("event_type_id", "event_types"),))

COLLECTIONS = (EVENT_TYPES, HOSTS, PHONE_AGENTS, PRIVATE_LINKS, EVENT_TYPE_AUDIT_LOGS, CRM_SYNC_ERRORS)
