"""Fills in what entries of a world file leave out because it is obvious."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from mock_server.bookings.calendar_events import ical_uid
from mock_server.identity.addresses import slug
from mock_server.identity.model import ALL_PERMISSIONS
from mock_server.schedules.defaults import DEFAULT_SCHEDULE_NAME
from mock_server.state.collection import Collection, Reference
from mock_server.state.identifiers import Identifiers
from mock_server.teams.model import DEFAULT_TIME_ZONE
from mock_server.worlds.entries import Draft, Entry, is_numbered, required_fields

BEGINNING = "2025-01-01T00:00:00Z"
"""When entries that do not say it were created."""

Draw = Callable[[Identifiers], str]
Rule = Callable[[Draft, Entry], Any]
"""The default of a field; None if there is no obvious one."""

_DRAWN: Mapping[tuple[str, str], Draw] = {
    ("api_keys", "id"): Identifiers.cuid,
    ("key_limits", "id"): Identifiers.uuid4,
    ("oauth_clients", "id"): Identifiers.cuid,
    ("oauth2_clients", "id"): Identifiers.cuid,
    ("profiles", "uid"): Identifiers.uuid4,
    ("out_of_offices", "uuid"): Identifiers.uuid4,
    ("attributes", "id"): Identifiers.uuid4,
    ("attribute_options", "id"): Identifiers.uuid4,
    ("attribute_assignments", "id"): Identifiers.uuid4,
    ("assignment_changes", "id"): Identifiers.uuid4,
    ("attribute_sync_runs", "id"): Identifiers.cuid,
    ("team_invites", "token"): Identifiers.token,
    ("custom_roles", "id"): Identifiers.uuid4,
    ("private_links", "link"): Identifiers.short_uid,
    ("bookings", "uid"): Identifiers.short_uid,
    ("booking_seats", "reference_uid"): Identifiers.uuid4,
    ("reservations", "uid"): Identifiers.uuid4,
    ("selected_calendars", "id"): Identifiers.uuid4,
    ("delegation_credentials", "id"): Identifiers.uuid4,
    ("routing_forms", "id"): Identifiers.cuid,
    ("routing_form_responses", "form_filler_id"): Identifiers.cuid,
    ("queued_routing_form_responses", "id"): Identifiers.uuid4,
    ("webhooks", "id"): Identifiers.uuid4,
    ("events", "uuid"): Identifiers.uuid4,
}
"""Fields that the live service fills at random."""

_CREATION = frozenset({"created_at", "created_date", "updated_at"})

_ORGANIZATIONS = frozenset({"organization_id", "manager_organization_id", "managed_organization_id"})
"""Fields that refer to teams, and only to those that are organizations."""


def has_default(collection: Collection[Any], field: str) -> bool:
    """Whether a field that an entity has to have may be left out of an entry."""
    numbered = field == collection.key and is_numbered(collection)
    drawn_or_derived = (collection.name, field) in _DRAWN or field in _RULES.get(collection.name, {})
    return numbered or drawn_or_derived or field in _CREATION or field in _references(collection)


def fill(draft: Draft, identifiers: Identifiers) -> None:
    """Gives all valid entries the obvious values of fields that they leave out, and adds the entries that follow."""
    for name, collection in draft.schema.collections.items():
        if is_numbered(collection):
            _number(draft, name)
    _draw_ids(draft, identifiers)
    for name in draft.schema.collections:
        _fill_references(draft, name)
    for name, rules in _RULES.items():
        for entry in draft.valid(name):
            _apply(rules, draft, entry)
    for name in draft.schema.collections:
        for entry in draft.valid(name):
            _fill_creation(entry)
    _add_schedules(draft)
    _add_profiles(draft, identifiers)
    _add_memberships(draft)


def _references(collection: Collection[Any]) -> dict[str, Reference]:
    return {each.field: each for each in collection.references}


def _number(draft: Draft, name: str) -> None:
    """Numbers the entries without a number in their order, after the highest that was given."""
    key = draft.schema.collections[name].key
    for entry in draft.valid(name):
        if key not in entry.fields:
            entry.fields[key] = draft.next_number(name)


def _draw_ids(draft: Draft, identifiers: Identifiers) -> None:
    for (name, field), draw in _DRAWN.items():
        for entry in draft.valid(name):
            if field not in entry.fields:
                entry.fields[field] = draw(identifiers)


def _fill_references(draft: Draft, name: str) -> None:
    """A required reference is to the only entry that there is."""
    for reference in draft.schema.collections[name].references:
        if reference.field in required_fields(draft.schema.collections[name].entity):
            only = _only(draft, reference)
            for entry in draft.valid(name) if only is not None else ():
                entry.fields.setdefault(reference.field, only)


def _only(draft: Draft, reference: Reference) -> Any:
    """The key of the only entry that a reference can be to; None if there is not exactly one."""
    candidates = draft.entries[reference.to]
    if reference.field in _ORGANIZATIONS:
        candidates = [each for each in candidates if each.fields.get("is_organization") is True]
    return candidates[0].key if len(candidates) == 1 else None


def _apply(rules: Mapping[str, Rule], draft: Draft, entry: Entry) -> None:
    for field, rule in rules.items():
        if field not in entry.fields:
            value = rule(draft, entry)
            if value is not None:
                entry.fields[field] = value


def _fill_creation(entry: Entry) -> None:
    for field in required_fields(entry.collection.entity) & _CREATION:
        entry.fields.setdefault(field, entry.fields.get("created_at", BEGINNING))


def _email(_: Draft, user: Entry) -> str:
    local = user.fields.get("username") or slug(user.fields.get("name") or "") or f"user-{user.key}"
    return f"{local}@example.com"


def _username(_: Draft, user: Entry) -> str | None:
    return slug(user.fields["email"].partition("@")[0]) or None


def _person_name(_: Draft, person: Entry) -> str:
    local: str = person.fields["email"].partition("@")[0]
    return local.replace(".", " ").replace("-", " ").title()


def _organization(draft: Draft, user: Entry) -> int | None:
    """The organization of which the user is a member."""
    for each in draft.having("memberships", "user_id", user.key):
        team = draft.find("teams", each.fields.get("team_id"))
        if team is not None and team.fields.get("is_organization") and each.fields.get("accepted", True):
            return team.fields["id"]
    return None


def _time_zone_of_user(draft: Draft, entry: Entry) -> str:
    user = draft.find("users", entry.fields.get("user_id"))
    return DEFAULT_TIME_ZONE if user is None else user.fields.get("time_zone", DEFAULT_TIME_ZONE)


def _slug_of(field: str) -> Rule:
    return lambda _, entry: slug(entry.fields.get(field) or "") or None


def _profile_username(draft: Draft, profile: Entry) -> str | None:
    user = draft.find("users", profile.fields.get("user_id"))
    return None if user is None else user.fields.get("username") or f"user-{user.key}"


def _only_user(draft: Draft, event_type: Entry) -> int | None:
    users = draft.entries["users"]
    is_personal = event_type.fields.get("team_id") is None
    return users[0].fields.get("id") if is_personal and len(users) == 1 else None


def _place(draft: Draft, option: Entry) -> int:
    return 1 + draft.having("attribute_options", "attribute_id", option.fields.get("attribute_id")).index(option)


def _organizer(draft: Draft, booking: Entry) -> int | None:
    event_type = draft.find("event_types", booking.fields.get("event_type_id"))
    return None if event_type is None else event_type.fields.get("user_id")


def _end(draft: Draft, booking: Entry) -> str | None:
    event_type = draft.find("event_types", booking.fields.get("event_type_id"))
    if event_type is None:
        return None
    try:
        start = msgspec.convert(booking.fields["start"], dt.datetime)
        return (start + dt.timedelta(minutes=event_type.fields["length"])).isoformat()
    except (msgspec.ValidationError, OverflowError):  # It is not a time that exists, or not one before the year 10000.
        return None


def _title(draft: Draft, booking: Entry) -> str | None:
    """The title that bookings have where their event type does not say another."""
    event_type = draft.find("event_types", booking.fields.get("event_type_id"))
    organizer = draft.find("users", booking.fields.get("user_id"))
    if event_type is None or organizer is None:
        return None
    attendees = draft.having("attendees", "booking_id", booking.key)
    name = _attendee_name(draft, attendees[0]) if attendees else "Attendee"
    return f"{event_type.fields['title']} between {organizer.fields.get('name')} and {name}"


def _attendee_name(draft: Draft, attendee: Entry) -> str:
    return attendee.fields.get("name") or _person_name(draft, attendee)


def _answers(draft: Draft, booking: Entry) -> dict[str, Any] | None:
    """The answers that every booking form asks for. The seats of a booking have answers of their own."""
    attendees = draft.having("attendees", "booking_id", booking.key)
    if not attendees or draft.having("booking_seats", "booking_id", booking.key):
        return None
    first = attendees[0]
    return {"name": _attendee_name(draft, first), "email": first.fields["email"]}


def _start(draft: Draft, attendee: Entry) -> str | None:
    booking = draft.find("bookings", attendee.fields.get("booking_id"))
    return None if booking is None else booking.fields["start"]


def _time_zone_of_organizer(draft: Draft, attendee: Entry) -> str:
    booking = draft.find("bookings", attendee.fields.get("booking_id"))
    return DEFAULT_TIME_ZONE if booking is None else _time_zone_of_user(draft, booking)


def _always(value: Any) -> Rule:
    def rule(_draft: Draft, _entry: Entry) -> Any:
        return value

    return rule


_RULES: Mapping[str, Mapping[str, Rule]] = {
    "teams": {"slug": _slug_of("name")},
    "users": {"email": _email, "username": _username, "name": _person_name, "organization_id": _organization},
    "memberships": {"role": _always("MEMBER"), "accepted": _always(value=True)},
    "profiles": {"username": _profile_username},
    "oauth_clients": {"permissions": _always(ALL_PERMISSIONS)},
    "schedules": {"name": _always(DEFAULT_SCHEDULE_NAME), "time_zone": _time_zone_of_user},
    "event_types": {"slug": _slug_of("title"), "user_id": _only_user},
    "bookings": {
        "user_id": _organizer,
        "end": _end,
        "title": _title,
        "status": _always("accepted"),
        "responses": _answers,
        "ical_uid": lambda _, booking: ical_uid(booking.fields["uid"]),
    },
    "attendees": {"name": _person_name, "start": _start, "time_zone": _time_zone_of_organizer},
    "attributes": {"slug": _slug_of("name")},
    "attribute_options": {"slug": _slug_of("value"), "place": _place},
    "events": {"slug": _slug_of("title"), "time_zone": _time_zone_of_user},
}
"""Defaults in the order in which they follow from each other."""


def _add_schedules(draft: Draft) -> None:
    """A user's default schedule is the first; a user without any gets one. `default_schedule_id: null` stops it."""
    for user in draft.valid("users"):
        if "default_schedule_id" in user.fields:
            continue
        own = draft.having("schedules", "user_id", user.key)
        schedule = own[0] if own else _add_schedule(draft, user)
        user.fields["default_schedule_id"] = schedule.key


def _add_schedule(draft: Draft, user: Entry) -> Entry:
    fields = {
        "id": draft.next_number("schedules"),
        "user_id": user.key,
        "name": DEFAULT_SCHEDULE_NAME,
        "time_zone": user.fields.get("time_zone", DEFAULT_TIME_ZONE),
    }
    return draft.add("schedules", fields)


def _add_profiles(draft: Draft, identifiers: Identifiers) -> None:
    """A user of an organization has a profile there."""
    for user in draft.valid("users"):
        organization = user.fields.get("organization_id")
        if organization is None or draft.having("profiles", "user_id", user.key):
            continue
        profile = draft.add(
            "profiles",
            {
                "id": draft.next_number("profiles"),
                "uid": identifiers.uuid4(),
                "user_id": user.key,
                "organization_id": organization,
                "created_at": user.fields["created_date"],
                "updated_at": user.fields["created_date"],
            },
        )
        _apply(_RULES["profiles"], draft, profile)


def _add_memberships(draft: Draft) -> None:
    """A user of an organization is a member of it."""
    for user in draft.valid("users"):
        organization = user.fields.get("organization_id")
        own = {each.fields.get("team_id") for each in draft.having("memberships", "user_id", user.key)}
        if organization is not None and organization not in own:
            fields = {"id": draft.next_number("memberships"), "user_id": user.key, "team_id": organization}
            _apply(_RULES["memberships"], draft, draft.add("memberships", fields))
