"""Reads what an API key can see of a deployment, and makes a world of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec

from mock_server.identity.model import API_KEY_PREFIX
from mock_server.runtime.errors import ApiError
from mock_server.schedules.hours import read_availability, read_overrides
from mock_server.schedules.model import Schedule
from mock_server.state.errors import Unusable
from mock_server.state.transaction import Transaction
from mock_server.teams.team_settings import SHOWN_FIELDS
from mock_server.worlds.export import plain
from mock_server.worlds.importing.bookings import attendee_entry, booking_entry, seat_entry
from mock_server.worlds.importing.event_types import event_type_entry, host_entries
from mock_server.worlds.importing.people import People
from mock_server.worlds.importing.source import Source

Entry = dict[str, Any]

SCHEDULES, EVENT_TYPES, BOOKINGS = "2024-06-11", "2024-06-14", "2024-08-13"
"""The header versions that are read."""

UPCOMING = "upcoming"
_UNKNOWN_ADDRESS = "user-{}@example.com"
_USER_FIELDS = {
    "timeZone": "time_zone",
    "weekStart": "week_start",
    "timeFormat": "time_format",
    "locale": "locale",
    "defaultScheduleId": "default_schedule_id",
}
_TEXTS = {
    "teams": ("name", "bio"),
    "schedules": ("name",),
    "event_types": (
        "title", "description", "locations", "booking_fields", "custom_name", "metadata", "private_note_template",
        "success_redirect_url",
    ),
    "webhooks": ("payload_template",),
    "bookings": ("title", "description", "responses", "metadata", "location", "rescheduled_by", "cancelled_by"),
    "booking_seats": ("responses", "metadata"),
}  # fmt: skip
"""Fields with texts that people wrote, which may name others."""
_PERSONAL_FIELDS = {"bio": "bio", "avatarUrl": "avatar_url"}
"""Left out unless names are kept."""


class KeyRefused(Unusable):
    """The deployment does not accept the key."""


class Importer:
    """Collects the entries of a world file, by collection and key."""

    def __init__(self, tx: Transaction, source: Source, people: People) -> None:
        self._tx = tx
        self._source = source
        self._people = people
        self.collections: dict[str, dict[Any, Entry]] = {}
        self._without_address: set[int] = set()

    def read(self) -> dict[str, list[Entry]]:
        """Reads everything. Raises KeyRefused."""
        caller = self._source.one("the owner of the key", "/v2/me")
        if caller is None:
            raise KeyRefused(f"The key cannot be used there: {self._source.unread[-1]}.")
        organization = caller.get("organizationId")
        self._add_user(caller, organization)
        if organization is not None:
            self._read_organization(caller, organization)
        self._read_own(caller)
        self._read_teams(organization)
        self._read_bookings(organization)
        return self._entries()

    def _read_own(self, caller: Entry) -> None:
        for schedule in self._source.all("your schedules", "/v2/schedules", SCHEDULES, paged=False):
            self._add_schedule(schedule)
        for listed in self._source.all("your event types", "/v2/event-types", EVENT_TYPES, paged=False):
            path = f"/v2/event-types/{listed['id']}"
            whole = self._source.one(f"your event type {listed['id']}", path, EVENT_TYPES)
            self._add_event_type(whole or listed, user_id=caller["id"])
            self._read_webhooks_of(listed["id"], path)
        for webhook in self._source.all("your webhooks", "/v2/webhooks"):
            self._add_webhook(webhook, user_id=caller["id"])

    def _read_webhooks_of(self, event_type_id: int, path: str) -> None:
        for webhook in self._source.all(f"webhooks of event type {event_type_id}", f"{path}/webhooks"):
            self._add_webhook(webhook, event_type_id=event_type_id)

    def _read_organization(self, caller: Entry, organization: int) -> None:
        base = f"/v2/organizations/{organization}"
        details: Entry = caller.get("organization") or {}
        self._add(
            "teams",
            organization,
            name=f"Organization {organization}",
            slug=f"organization-{organization}",
            is_organization=True,
            **({"is_platform": True} if details.get("isPlatform") else {}),
        )
        users = self._source.all("users of your organization", f"{base}/users")
        for user in users:
            self._add_user(user, organization)
        for membership in self._source.all("memberships of your organization", f"{base}/memberships"):
            self._add_membership(membership)
        if not users:
            return
        self._add("organization_settings", organization, organization_id=organization, is_admin_api_enabled=True)
        self._add(
            "platform_billings",
            organization,
            customer_id=f"cus_{organization}",
            subscription_id=f"sub_{organization}",
            plan="SCALE",
        )
        for schedule in self._source.all("schedules of your organization", f"{base}/schedules"):
            self._add_schedule(schedule)
        for user in users:
            if user["id"] != caller["id"] and user.get("username"):
                self._read_event_types_of(user)
        for webhook in self._source.all("webhooks of your organization", f"{base}/webhooks"):
            self._add_webhook(webhook, team_id=organization)

    def _read_event_types_of(self, user: Entry) -> None:
        what, query = f"event types of user {user['id']}", {"username": user["username"]}
        for event_type in self._source.all(what, "/v2/event-types", EVENT_TYPES, paged=False, **query):
            if event_type.get("ownerId") == user["id"]:
                self._add_event_type(event_type, user_id=user["id"])

    def _read_teams(self, organization: int | None) -> None:
        for team in self._source.all("your teams", "/v2/teams", paged=False):
            if not team.get("isOrganization"):
                self._read_team(team, f"/v2/teams/{team['id']}")
        if organization is not None:
            base = f"/v2/organizations/{organization}/teams"
            for team in self._source.all("teams of your organization", base):
                if team["id"] != organization:
                    self._read_team(team, f"{base}/{team['id']}")

    def _read_team(self, team: Entry, path: str) -> None:
        if team["id"] in self.collections.get("teams", {}):
            return
        fields = {field: team[name] for name, field in SHOWN_FIELDS.items() if team.get(name) not in (None, False)}
        parent = team.get("parentId")
        known_parent = {"parent_id": parent} if parent in self.collections.get("teams", {}) else {}
        self._add("teams", team["id"], **fields, **known_parent)
        for membership in self._source.all(f"memberships of team {team['id']}", f"{path}/memberships"):
            self._add_membership(membership)
        for event_type in self._source.all(f"event types of team {team['id']}", f"{path}/event-types", EVENT_TYPES):
            if self._add_event_type(event_type, team_id=team["id"]):
                self._add_hosts(event_type, team["id"])
            if parent is None:
                self._read_webhooks_of(event_type["id"], f"{path}/event-types/{event_type['id']}")

    def _read_bookings(self, organization: int | None) -> None:
        shown = self._source.all("your upcoming bookings", "/v2/bookings", BOOKINGS, status=UPCOMING)
        if organization is not None:
            path = f"/v2/organizations/{organization}/bookings"
            shown += self._source.all("upcoming bookings of your organization", path, BOOKINGS, status=UPCOMING)
        for booking in {each["uid"]: each for each in shown}.values():
            self._add_booking(booking)

    def _add(self, collection: str, key: Any, **fields: Any) -> Entry:
        """Adds an entry, or completes the one with this key."""
        entries = self.collections.setdefault(collection, {})
        entries[key] = {"id": key, **fields, **entries.get(key, {})}
        return entries[key]

    def _add_user(self, shown: Entry, organization: int | None = None) -> None:
        """Adds a user, or completes one that other entries have named already."""
        names = _USER_FIELDS | (_PERSONAL_FIELDS if self._people.keep_names else {})
        fields = {field: shown[name] for name, field in names.items() if shown.get(name) is not None}
        if organization is not None:
            fields["organization_id"] = organization
        user = self._add("users", shown["id"], **fields)
        if "email" not in user or (shown["id"] in self._without_address and shown.get("email")):
            self._name_user(user, shown)

    def _name_user(self, user: Entry, shown: Entry) -> None:
        """Gives a user a name, an address, and an API key."""
        if shown.get("email"):
            self._without_address.discard(user["id"])
        else:
            self._without_address.add(user["id"])
        email = shown.get("email") or _UNKNOWN_ADDRESS.format(user["id"])
        person = self._people.person(email, shown.get("name"), shown.get("username"))
        user |= {"email": person.email, "username": person.username, "name": person.name}
        key = self._add("api_keys", f"key-{user['id']}", user_id=user["id"])
        key["key"] = f"{API_KEY_PREFIX}sandbox_{person.username}"

    def _add_membership(self, shown: Entry) -> None:
        self._add_user({"id": shown["userId"], **(shown.get("user") or {})})
        self._add(
            "memberships",
            shown["id"],
            user_id=shown["userId"],
            team_id=shown["teamId"],
            role=shown["role"],
            accepted=bool(shown["accepted"]),
        )

    def _add_schedule(self, shown: Entry) -> None:
        schedule = Schedule(
            id=shown["id"],
            user_id=shown["ownerId"],
            name=shown["name"],
            time_zone=shown["timeZone"],
            availability=read_availability(shown["availability"]),
            overrides=read_overrides(shown["overrides"]),
        )
        self._add_user({"id": schedule.user_id})
        entry = plain(schedule)
        self._add("schedules", entry.pop("id"), **entry)
        if shown.get("isDefault"):
            self.collections["users"][schedule.user_id]["default_schedule_id"] = schedule.id

    def _add_event_type(self, shown: Entry, **owner: int) -> bool:
        """Adds an event type, and says whether that was possible."""
        if shown["id"] in self.collections.get("event_types", {}):
            return False
        try:
            entry = event_type_entry(self._tx, shown, **owner)
        except (ApiError, msgspec.ValidationError, LookupError, TypeError, ValueError) as error:
            self._source.unread.append(f"event type {shown['id']}: it is not shown as described ({error})")
            return False
        self._add("event_types", entry.pop("id"), **entry)
        self._learn_slug(shown.get("bookingUrl"))
        return True

    def _learn_slug(self, booking_url: Any) -> None:
        """The page of an organization's event type is on the subdomain that is its slug."""
        host = urlsplit(booking_url).hostname if isinstance(booking_url, str) else None
        organizations = [each for each in self.collections.get("teams", {}).values() if each.get("is_organization")]
        if host and organizations and host.count(".") > 1 and not host.startswith("app."):
            slug = host.partition(".")[0]
            organizations[0].update(slug=slug, name=slug.replace("-", " ").title())

    def _add_hosts(self, event_type: Entry, team_id: int) -> None:
        """Adds the hosts of a team event type; those whose membership could not be read become members."""
        memberships = self.collections.get("memberships", {}).values()
        members = {each["user_id"] for each in memberships if each["team_id"] == team_id}
        for host, shown in zip(host_entries(event_type), event_type.get("hosts") or (), strict=False):
            user_id = host["user_id"]
            self._add_user({"id": user_id, "name": shown.get("name"), "username": shown.get("username")})
            self._add("hosts", len(self.collections.get("hosts", {})) + 1, **host)
            if user_id not in members:
                membership = self._add(
                    "memberships", f"of host {user_id} in {team_id}", user_id=user_id, team_id=team_id
                )
                del membership["id"]

    def _add_webhook(self, shown: Entry, **owner: int) -> None:
        """Adds a webhook without its secret, and with the host only of its address: paths and queries hold secrets."""
        address = urlsplit(str(shown["subscriberUrl"]))
        host = address.netloc.rpartition("@")[2] if self._people.keep_names else "webhooks.example.com"
        number = len(self.collections.get("webhooks", {})) + 1
        template = shown.get("payloadTemplate")
        optional = {"time": "time", "timeUnit": "time_unit", "version": "version"}
        self._add(
            "webhooks",
            shown["id"],
            subscriber_url=f"{address.scheme}://{host}/webhook-{number}",
            triggers=shown["triggers"],
            active=bool(shown["active"]),
            **({"payload_template": template} if template else {}),
            **{field: shown[name] for name, field in optional.items() if shown.get(name) is not None},
            **owner,
        )

    def _add_booking(self, shown: Entry) -> None:
        organizer: Entry = shown["hosts"][0] if shown.get("hosts") else {}
        if not isinstance(organizer.get("id"), int):
            self._source.unread.append(f"booking {shown['uid']}: its organizer is not shown")
            return
        self._add_user(organizer)
        for attendee in shown["attendees"]:
            self._people.person(attendee["email"], attendee.get("name"))
        booking = booking_entry(shown)
        event_type = shown.get("eventTypeId")
        known = event_type if event_type in self.collections.get("event_types", {}) else None
        self._add("bookings", booking.pop("id"), user_id=organizer["id"], event_type_id=known, **booking)
        for attendee in shown["attendees"]:
            number = len(self.collections.get("attendees", {})) + 1
            entry = attendee_entry(number, {"id": shown["id"], "start": shown["start"]}, attendee, self._people)
            self.collections.setdefault("attendees", {})[number] = entry
            if "seatUid" in attendee:
                seats = self.collections.get("booking_seats", {})
                self._add("booking_seats", len(seats) + 1, **seat_entry(entry, attendee))

    def _entries(self) -> dict[str, list[Entry]]:
        """All entries, without references to what could not be read, and with texts in which people are replaced."""
        schedules = self.collections.get("schedules", {})
        for name in ("event_types", "users"):
            field = "schedule_id" if name == "event_types" else "default_schedule_id"
            for entry in self.collections.get(name, {}).values():
                if entry.get(field) is not None and entry[field] not in schedules:
                    del entry[field]
        for name, fields in _TEXTS.items():
            for entry in self.collections.get(name, {}).values():
                entry |= {field: self._people.value(entry[field]) for field in fields if field in entry}
        return {name: list(entries.values()) for name, entries in self.collections.items() if entries}
