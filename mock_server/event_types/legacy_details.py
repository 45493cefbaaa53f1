"""Event types in the replies of older operations since 2026-03, which show all that is stored of them.

Source: Cal.com API v2, event types (2024-04-15), as recorded.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from urllib.parse import quote

from mock_server.apps.conferencing import VIDEO_APPS
from mock_server.calendars.model import CREDENTIALS, DESTINATION_CALENDARS
from mock_server.calendars.stored_destination import stored_destination
from mock_server.event_types.booker_settings import cal_video_view
from mock_server.event_types.booking_fields import shown_form
from mock_server.event_types.booking_page import booker_url
from mock_server.event_types.destinations import own_destination_of
from mock_server.event_types.legacy import row_view
from mock_server.event_types.locations import stored_type
from mock_server.event_types.managed_children import children_of
from mock_server.event_types.model import HOSTS, PRIVATE_LINKS, Color, EventType, Location
from mock_server.event_types.stored_form import stored_fields_view
from mock_server.identity.model import PROFILES, USERS, User
from mock_server.identity.profiles import main_organization_id
from mock_server.runtime.dates import iso
from mock_server.schedules.model import SCHEDULES
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import has_rank, membership_of
from mock_server.teams.model import TEAMS, Team
from mock_server.webhooks.model import WEBHOOKS, Webhook

View = dict[str, object]

_NEVER_SET: View = {
    "aiPhoneCallConfig": None,
    "assignRRMembersUsingSegment": False,
    "autoTranslateDescriptionEnabled": False,
    "canSendCalVideoTranscriptionEmails": True,
    "customReplyToEmail": None,
    "instantMeetingExpiryTimeOffsetInSeconds": 90,
    "instantMeetingParameters": [],
    "instantMeetingSchedule": None,
    "isRRWeightsEnabled": False,
    "lockedTimeZone": None,
    "maxLeadThreshold": None,
    "requiresConfirmationForFreeEmail": False,
    "restrictionScheduleId": None,
    "rrSegmentQueryValue": None,
    "secondaryEmailId": None,
    "timeZone": None,
    "useBookerTimezone": False,
    "useEventLevelSelectedCalendars": False,
}
_NEVER_SET_IN_LISTS: View = {"instantMeetingScheduleId": None, "position": 0, "profileId": None}
_NEVER_SET_IN_DETAILS: View = {
    "autoTranslateInstantMeetingTitleEnabled": True,
    "customInputs": [],
    "fieldTranslations": [],
    "hostGroups": [],
    "includeNoShowInRRCalculation": False,
    "restrictionSchedule": None,
    "restrictionScheduleName": None,
    "workflows": [],
}
_OPTIONS_IN_PERSON = [
    {
        "label": "In Person (Attendee Address)",
        "value": "attendeeInPerson",
        "icon": "/map-pin-dark.svg",
        "supportsCustomLabel": True,
    },
    {"label": "In Person (Organizer Address)", "value": "inPerson", "icon": "/map-pin-dark.svg"},
]
_OTHER_OPTIONS = [
    {
        "label": "Custom attendee location",
        "value": "somewhereElse",
        "icon": "/message-pin.svg",
        "supportsCustomLabel": True,
    },
    {"label": "Link meeting", "value": "link", "icon": "/link.svg", "supportsCustomLabel": True},
]
_OPTIONS_BY_PHONE = [
    {"label": "Attendee Phone Number", "value": "phone", "icon": "/phone.svg"},
    {"label": "Organizer Phone Number", "value": "userPhone", "icon": "/phone.svg"},
]
_CAL_VIDEO_OPTION = {
    "label": "Cal Video (Default)",
    "value": "integrations:daily",
    "disabled": False,
    "icon": "/app-store/dailyvideo/icon.svg",
    "slug": "daily-video",
    "credentialId": 0,
    "teamName": "Default",
}
_DEFAULT_APP_OPTION = {
    "label": "Organizer's default app",
    "value": "conferencing",
    "icon": "/link.svg",
    "supportsCustomLabel": True,
}
_VIDEO_APP_LABELS = {"google-meet": "Google Meet", "zoom": "Zoom Video", "msteams": "MS Teams"}
_TEAM_IMAGE = "https://eu.ui-avatars.com/api/?background=fff&color=f9f9f9&bold=true&background=000000&name="


def listed_view(tx: Transaction, event_type: EventType) -> View:
    """An event type in the list by groups."""
    view = {
        **_full_view(tx, event_type, left_out=("forwardParamsSuccessRedirect",)),
        **_NEVER_SET_IN_LISTS,
        "owner": _owner(tx, event_type, "timeZone"),
        "bookingFields": None if event_type.booking_fields is None else stored_fields_view(event_type.booking_fields),
        "userIds": _user_ids(tx, event_type),
    }
    return view | {"safeDescription": _as_html(event_type.description)} if event_type.description else view


def details_view(tx: Transaction, event_type: EventType) -> View:
    """A personal event type with its owner, calendar, schedule and webhooks."""
    owner = tx[USERS].require(event_type.user_id)
    if not tx.has("older-event-types-in-full"):
        return {**row_view(event_type), "users": [_user(tx, owner)]}
    schedule = tx[SCHEDULES].get(event_type.schedule_id)
    limit, destination = event_type.active_bookings_limit, own_destination_of(tx, event_type)
    parent = None if event_type.parent_id is None else {"id": event_type.parent_id}
    return {
        **_full_view(tx, event_type, left_out=("parentId", "scheduleId")),
        **_NEVER_SET_IN_DETAILS,
        "owner": _owner(tx, event_type, "id", "timeZone"),
        "bookingFields": stored_fields_view(shown_form(event_type.booking_fields)),
        "metadata": {"apps": {"giphy": {"enabled": False, "thankYouPage": ""}}, **event_type.full_metadata},
        "bookerUrl": booker_url(tx[TEAMS].get(main_organization_id(tx, owner))),
        "calVideoSettings": cal_video_view(event_type),
        "maxActiveBookingsPerBooker": None if limit is None else limit.maximum,
        "maxActiveBookingPerBookerOfferReschedule": limit is not None and limit.offers_reschedule,
        "destinationCalendar": None if destination is None else stored_destination(destination),
        "parent": parent,
        "schedule": event_type.schedule_id or owner.default_schedule_id,
        "scheduleName": None if schedule is None else schedule.name,
        "users": [_user(tx, owner)],
        "webhooks": [_webhook(each) for each in tx[WEBHOOKS].find(event_type_id=event_type.id)],
    }


def surroundings_view(tx: Transaction, user: User) -> View:
    """What the reply shows beside a personal event type: its owner's choice of locations, calendar and rank."""
    destination = tx[DESTINATION_CALENDARS].first(user_id=user.id)
    return {
        "locationOptions": [
            {"label": "Conferencing", "options": [_CAL_VIDEO_OPTION, *_video_options(tx, user), _DEFAULT_APP_OPTION]},
            {"label": "in person", "options": _OPTIONS_IN_PERSON},
            {"label": "Other", "options": _OTHER_OPTIONS},
            {"label": "Phone", "options": _OPTIONS_BY_PHONE},
        ],
        "destinationCalendar": None if destination is None else stored_destination(destination),
        "team": None,
        "teamMembers": [],
        "currentUserMembership": None,
        "isUserOrganizationAdmin": has_rank(membership_of(tx, user.id, main_organization_id(tx, user)), "ADMIN"),
    }


def team_image(team: Team) -> str:
    """The team's logo, or a picture of its name."""
    return team.logo_url or f"{_TEAM_IMAGE}{quote(team.name)}"


def _full_view(tx: Transaction, event_type: EventType, *, left_out: tuple[str, ...]) -> View:
    seats = event_type.seats
    return {
        **{name: value for name, value in row_view(event_type).items() if name not in left_out},
        **_NEVER_SET,
        "allowReschedulingCancelledBookings": event_type.allow_rescheduling_cancelled_bookings,
        "allowReschedulingPastBookings": event_type.allow_rescheduling_past_bookings,
        "children": [_child(each) for each in children_of(tx, event_type)],
        "disableCancelling": event_type.cancelling_disabled,
        "disableRescheduling": event_type.rescheduling_disabled,
        "eventTypeColor": _color(event_type.color),
        "hashedLink": _links(tx, event_type),
        "hideOrganizerEmail": event_type.hide_organizer_email,
        "hosts": _hosts(tx, event_type),
        "interfaceLanguage": event_type.interface_language,
        "minimumRescheduleNotice": event_type.minimum_reschedule_notice,
        "rescheduleWithSameRoundRobinHost": event_type.reschedule_with_same_round_robin_host,
        "seatsShowAttendees": seats is not None and seats.show_attendees,
        "seatsShowAvailabilityCount": seats is None or seats.show_availability_count,
        "showOptimizedSlots": event_type.show_optimized_slots,
        "team": _team(tx[TEAMS].get(event_type.team_id)),
    }


def _color(color: Color | None) -> View | None:
    if color is None:
        return None
    return {"lightEventTypeColor": color.light_theme, "darkEventTypeColor": color.dark_theme}


def _owner(tx: Transaction, event_type: EventType, *names: str) -> View | None:
    owner = tx[USERS].get(event_type.user_id)
    if owner is None:
        return None
    known: View = {"id": owner.id, "timeZone": owner.time_zone}
    return {name: known[name] for name in names}


def _user_ids(tx: Transaction, event_type: EventType) -> list[int]:
    if event_type.user_id is not None:
        return [event_type.user_id]
    return [each.user_id for each in tx[HOSTS].find(event_type_id=event_type.id)]


def _child(event_type: EventType) -> View:
    return {"id": event_type.id, "slug": event_type.slug, "hidden": event_type.hidden, "userId": event_type.user_id}


def _links(tx: Transaction, event_type: EventType) -> list[View]:
    return [
        {
            "id": each.id,
            "link": each.link,
            "eventTypeId": event_type.id,
            "expiresAt": None if each.expires_at is None else iso(each.expires_at),
            "maxUsageCount": each.max_usage_count,
            "usageCount": each.usage_count,
        }
        for each in tx[PRIVATE_LINKS].find(event_type_id=event_type.id)
    ]


def _hosts(tx: Transaction, event_type: EventType) -> list[View]:
    return [
        {
            "userId": each.user_id,
            "isFixed": each.is_fixed,
            "priority": each.priority,
            "weight": each.weight,
            "scheduleId": each.schedule_id,
        }
        for each in tx[HOSTS].find(event_type_id=event_type.id)
    ]


def _team(team: Team | None) -> View | None:
    return None if team is None else {"id": team.id, "name": team.name, "slug": team.slug, "bio": team.bio}


def _user(tx: Transaction, user: User) -> View:
    organization = tx[TEAMS].get(main_organization_id(tx, user))
    profile = tx[PROFILES].first(user_id=user.id, organization_id=organization.id) if organization else None
    shown = {
        "id": None if profile is None else profile.id,
        "upId": f"usr-{user.id}" if profile is None else profile.uid,
        "username": user.username if profile is None else profile.username,
        "organizationId": None if organization is None else organization.id,
        "organization": _team(organization),
    }
    return {
        "id": user.id,
        "name": user.name,
        "username": shown["username"],
        "email": user.email,
        "avatarUrl": user.avatar_url,
        "avatar": user.avatar_url,
        "timeZone": user.time_zone,
        "locale": user.locale,
        "defaultScheduleId": user.default_schedule_id,
        "isPlatformManaged": user.is_platform_managed,
        "nonProfileUsername": user.username,
        "profile": shown,
    }


def _webhook(webhook: Webhook) -> View:
    return {
        "id": webhook.id,
        "subscriberUrl": webhook.subscriber_url,
        "payloadTemplate": webhook.payload_template,
        "active": webhook.active,
        "eventTriggers": list(webhook.triggers),
        "secret": webhook.secret,
        "eventTypeId": webhook.event_type_id,
        "time": webhook.time,
        "timeUnit": webhook.time_unit,
    }


def _video_options(tx: Transaction, user: User) -> Iterable[View]:
    for credential in tx[CREDENTIALS].find(user_id=user.id):
        app = VIDEO_APPS.get(credential.app_id or "")
        if app is not None:
            yield {
                "label": _VIDEO_APP_LABELS[app.slug],
                "value": stored_type(Location(type="integration", integration=app.location)),
                "disabled": False,
                "icon": f"/app-store/{app.slug.replace('-', '')}/icon.svg",
                "slug": app.slug,
                "credentialId": credential.id,
                "teamName": None,
            }


def _as_html(description: str) -> str:
    paragraphs = description.split("\n\n")
    return "".join(f"<p>{html.escape(each, quote=False)}</p>\n" for each in paragraphs)
