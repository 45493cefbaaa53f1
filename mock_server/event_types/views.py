"""Event types of users and teams in replies."""

from __future__ import annotations

from typing import Any

from mock_server.event_types.booker_settings import booker_settings_view, team_settings_view
from mock_server.event_types.booking_fields import booking_field_view, form_of, shown_form
from mock_server.event_types.booking_page import booking_url, color_view, layouts_view
from mock_server.event_types.booking_windows import booking_window_view
from mock_server.event_types.confirmation import confirmation_policy_view
from mock_server.event_types.destinations import own_destination_of
from mock_server.event_types.hosts import hosts_view
from mock_server.event_types.limits import limits_view
from mock_server.event_types.locations import locations_view
from mock_server.event_types.managed_children import children_of
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.event_types.recurrence import recurrence_view
from mock_server.event_types.seats import seats_view
from mock_server.event_types.sorting import sorted_as_asked
from mock_server.identity.model import USERS, User
from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS, Team

_KNOWN_METADATA = (
    "proPaidForByTeamId",
    "stripeCustomerId",
    "vitalSettings",
    "isPremium",
    "sessionTimeout",
    "defaultConferencingApp",
    "defaultBookerLayouts",
    "emailChangeWaitingForVerification",
    "migratedToOrgFrom",
)
"""The keys of a user's metadata that are shown with event types."""


def event_type_view(tx: Transaction, event_type: EventType) -> dict[str, Any]:
    """A personal event type with its owner."""
    owner = tx[USERS].require(event_type.user_id)
    return {**_personal_view(tx, event_type, [owner]), "bookingUrl": booking_url(tx, event_type, owner)}


def group_view(tx: Transaction, event_type: EventType, users: list[User]) -> dict[str, Any]:
    """The dynamic event type of a group, with its users, in lists."""
    return _listed(_personal_view(tx, event_type, users))


def _personal_view(tx: Transaction, event_type: EventType, users: list[User]) -> dict[str, Any]:
    return {
        "ownerId": event_type.user_id,
        **shared_view(tx, event_type),
        "users": [_user_view(user) for user in users],
        "bookingUrl": "",
    }


def public_view(tx: Transaction, event_type: EventType) -> dict[str, Any]:
    """A personal event type in lists: without hidden booking fields and settings of Cal Video."""
    return _listed(event_type_view(tx, event_type))


def _listed(view: dict[str, Any]) -> dict[str, Any]:
    fields = [field for field in view["bookingFields"] if not field.get("hidden")]
    return {name: each for name, each in view.items() if name != "calVideoSettings"} | {"bookingFields": fields}


def deleted_view(event_type: EventType) -> dict[str, object]:
    """A deleted personal event type."""
    return {
        "id": event_type.id,
        "lengthInMinutes": event_type.length,
        "slug": event_type.slug,
        "title": event_type.title,
    }


def shared_view(tx: Transaction, event_type: EventType) -> dict[str, Any]:
    """What personal and team event types have in common."""
    form = shown_form(event_type.booking_fields) if tx.has("hidden-phone-field") else form_of(event_type.booking_fields)
    return {
        "id": event_type.id,
        "lengthInMinutes": event_type.length,
        "title": event_type.title,
        "slug": event_type.slug,
        "description": event_type.description or "",
        "locations": locations_view(event_type.locations),
        "bookingFields": [booking_field_view(field) for field in form],
        "recurrence": recurrence_view(event_type.recurrence),
        "disableGuests": event_type.disable_guests,
        "metadata": event_type.full_metadata,
        "price": event_type.price,
        "currency": event_type.currency,
        "isInstantEvent": event_type.is_instant_event,
        **_timing_view(event_type),
        **_page_view(event_type),
        **_calendar_view(tx, event_type),
        "bookingWindow": booking_window_view(event_type.booking_window),
        "confirmationPolicy": confirmation_policy_view(event_type),
        "seats": seats_view(event_type.seats),
        **booker_settings_view(event_type),
        **_optional_view(event_type),
    }


def _timing_view(event_type: EventType) -> dict[str, object]:
    return {
        "slotInterval": event_type.slot_interval,
        "minimumBookingNotice": event_type.minimum_booking_notice,
        "beforeEventBuffer": event_type.before_event_buffer,
        "afterEventBuffer": event_type.after_event_buffer,
        "offsetStart": event_type.offset_start,
        "onlyShowFirstAvailableSlot": event_type.only_show_first_available_slot,
        "scheduleId": event_type.schedule_id,
    }


def _page_view(event_type: EventType) -> dict[str, object]:
    return {
        "lockTimeZoneToggleOnBookingPage": event_type.lock_time_zone_toggle,
        "requiresBookerEmailVerification": event_type.requires_booker_email_verification,
        "successRedirectUrl": event_type.success_redirect_url,
        "forwardParamsSuccessRedirect": event_type.forward_params_success_redirect,
    }


def _calendar_view(tx: Transaction, event_type: EventType) -> dict[str, object]:
    view: dict[str, object] = {
        "hideCalendarNotes": event_type.hide_calendar_notes,
        "hideCalendarEventDetails": event_type.hide_calendar_event_details,
        "useDestinationCalendarEmail": event_type.use_destination_calendar_email,
    }
    destination = own_destination_of(tx, event_type)
    if destination is not None:
        view["destinationCalendar"] = {
            "integration": destination.integration,
            "externalId": destination.external_id,
        }
    return view


def _optional_view(event_type: EventType) -> dict[str, object]:
    """Settings that are shown only if they were set."""
    view: dict[str, object] = {}
    if event_type.length_options is not None:
        view["lengthInMinutesOptions"] = list(event_type.length_options)
    if event_type.booking_limits is not None:
        view["bookingLimitsCount"] = limits_view(event_type.booking_limits)
    if event_type.duration_limits is not None:
        view["bookingLimitsDuration"] = limits_view(event_type.duration_limits)
    if event_type.booker_layouts is not None:
        view["bookerLayouts"] = layouts_view(event_type.booker_layouts)
    if event_type.color is not None:
        view["color"] = color_view(event_type.color)
    if event_type.custom_name is not None:
        view["customName"] = event_type.custom_name
    return view


def _user_view(user: User) -> dict[str, object]:
    metadata = user.metadata or {}
    return {
        "id": user.id,
        "name": user.name,
        "username": user.username,
        "avatarUrl": user.avatar_url,
        "brandColor": user.brand_color,
        "darkBrandColor": user.dark_brand_color,
        "weekStart": user.week_start,
        "metadata": {name: metadata[name] for name in _KNOWN_METADATA if name in metadata},
    }


def team_event_type_view(tx: Transaction, event_type: EventType) -> dict[str, Any]:
    """A team event type, or a member's child of a managed one; of the team it shows only the id."""
    view = shared_view(tx, event_type)
    view |= {
        "hosts": hosts_view(tx, event_type),
        "teamId": event_type.team_id,
        "ownerId": event_type.user_id,
        "parentEventTypeId": event_type.parent_id,
        "schedulingType": event_type.scheduling_type,
        "team": {"id": event_type.team_id},
        **team_settings_view(event_type),
    }
    if event_type.team_id is not None:
        view["assignAllTeamMembers"] = event_type.assign_all_team_members
    return view


def saved_team_event_type_view(tx: Transaction, event_type: EventType) -> dict[str, object] | list[dict[str, object]]:
    """A created or updated team event type; a managed one is a list of itself and its children."""
    if event_type.scheduling_type != "managed":
        return team_event_type_view(tx, event_type)
    return [team_event_type_view(tx, each) for each in (event_type, *children_of(tx, event_type))]


def public_team_event_types_view(tx: Transaction, team_id: int, query: dict[str, Any]) -> list[dict[str, Any]]:
    """The event types of a team as shown publicly. With a slug, the number of hosts can be limited."""
    team = tx[TEAMS].get(team_id)
    if team is None:
        return []
    slug = query.get("eventSlug")
    chosen = {"slug": slug} if slug else {}
    found = sorted_as_asked(tx[EVENT_TYPES].find(team_id=team_id, **chosen), query)
    views = [_public_team_view(tx, team, event_type) for event_type in found]
    if not slug:
        return views
    limit = query.get("hostsLimit") or None
    return [{**view, "hosts": view["hosts"][:limit]} for view in views]


def deleted_team_event_type_view(event_type: EventType) -> dict[str, object]:
    """A deleted team event type."""
    return {"id": event_type.id, "title": event_type.title}


def _public_team_view(tx: Transaction, team: Team, event_type: EventType) -> dict[str, Any]:
    team_view = {
        "id": team.id,
        "name": team.name,
        "slug": team.slug,
        "bannerUrl": team.banner_url,
        "logoUrl": team.logo_url,
        "weekStart": team.week_start,
        "brandColor": team.brand_color,
        "darkBrandColor": team.dark_brand_color,
        "theme": team.theme,
    }
    return {**team_event_type_view(tx, event_type), "team": team_view}
