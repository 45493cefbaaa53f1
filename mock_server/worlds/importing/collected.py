"""The entries of a world file, made of what the API shows."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from mock_server.identity.model import API_KEY_PREFIX
from mock_server.schedules.hours import read_availability, read_overrides
from mock_server.schedules.model import Schedule
from mock_server.state.transaction import Transaction
from mock_server.teams.team_settings import SHOWN_FIELDS
from mock_server.worlds.export import plain
from mock_server.worlds.importing.bookings import attendee_entry, booking_entry, seat_entry
from mock_server.worlds.importing.event_types import event_type_entry, host_entries
from mock_server.worlds.importing.people import People

Entry = dict[str, Any]

_UNKNOWN_ADDRESS = "user-{}@example.com"
_USER_FIELDS = {
    "timeZone": "time_zone",
    "weekStart": "week_start",
    "timeFormat": "time_format",
    "locale": "locale",
    "defaultScheduleId": "default_schedule_id",
    "createdDate": "created_date",
    "verified": "verified",
    "theme": "theme",
    "appTheme": "app_theme",
    "brandColor": "brand_color",
    "darkBrandColor": "dark_brand_color",
    "hideBranding": "hide_branding",
    "allowDynamicBooking": "allow_dynamic_booking",
}
_PERSONAL_FIELDS = {"bio": "bio", "avatarUrl": "avatar_url"}
"""Left out unless names are kept."""

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


class Collected:
    """Entries by collection and key. What is not shown as described raises LookupError, TypeError or ValueError."""

    def __init__(self, tx: Transaction, people: People) -> None:
        self._tx = tx
        self._people = people
        self._entries: dict[str, dict[Any, Entry]] = {}
        self._without_address: set[int] = set()

    def has(self, collection: str, key: Any) -> bool:
        """Whether there is an entry with this key."""
        return key in self._entries.get(collection, {})

    def add(self, collection: str, key: Any, **fields: Any) -> Entry:
        """Adds an entry, or completes the one with this key."""
        entries = self._entries.setdefault(collection, {})
        entries[key] = {"id": key, **fields, **entries.get(key, {})}
        return entries[key]

    def add_organization(self, organization: int, *, is_platform: bool) -> None:
        """Adds an organization, whose name the API does not show."""
        name, slug = f"Organization {organization}", f"organization-{organization}"
        marks = {"is_organization": True, **({"is_platform": True} if is_platform else {})}
        self.add("teams", organization, name=name, slug=slug, **marks)

    def open_organization(self, organization: int) -> None:
        """Adds the settings and the plan with which the key could read the organization."""
        self.add("organization_settings", organization, organization_id=organization, is_admin_api_enabled=True)
        billing = {"customer_id": f"cus_{organization}", "subscription_id": f"sub_{organization}", "plan": "SCALE"}
        self.add("platform_billings", organization, **billing)

    def add_team(self, shown: Entry) -> None:
        """Adds a team."""
        fields = {field: shown[name] for name, field in SHOWN_FIELDS.items() if shown.get(name) not in (None, False)}
        parent = shown.get("parentId")
        self.add("teams", shown["id"], **fields, **({"parent_id": parent} if self.has("teams", parent) else {}))

    def add_user(self, shown: Entry, organization: int | None = None) -> None:
        """Adds a user, or completes one that other entries have named already."""
        names = _USER_FIELDS | (_PERSONAL_FIELDS if self._people.keep_names else {})
        fields = {field: shown[name] for name, field in names.items() if shown.get(name) is not None}
        if organization is not None:
            fields["organization_id"] = organization
        user = self.add("users", shown["id"], **fields)
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
        key = self.add("api_keys", f"key-{user['id']}", user_id=user["id"])
        key["key"] = f"{API_KEY_PREFIX}sandbox_{person.username}"

    def add_membership(self, shown: Entry) -> None:
        """Adds a membership with its user."""
        self.add_user({"id": shown["userId"], **(shown.get("user") or {})})
        self.add(
            "memberships",
            shown["id"],
            user_id=shown["userId"],
            team_id=shown["teamId"],
            role=shown["role"],
            accepted=bool(shown["accepted"]),
            **({"created_at": shown["createdAt"]} if shown.get("createdAt") else {}),
        )

    def add_schedule(self, shown: Entry) -> None:
        """Adds a schedule."""
        schedule = Schedule(
            id=shown["id"],
            user_id=shown["ownerId"],
            name=shown["name"],
            time_zone=shown["timeZone"],
            availability=read_availability(shown["availability"]),
            overrides=read_overrides(shown["overrides"]),
        )
        self.add_user({"id": schedule.user_id})
        entry = plain(schedule)
        self.add("schedules", entry.pop("id"), **entry)
        if shown.get("isDefault"):
            self._entries["users"][schedule.user_id]["default_schedule_id"] = schedule.id

    def add_event_type(self, shown: Entry, **owner: int) -> None:
        """Adds an event type. `owner` is `user_id` or `team_id`."""
        if not self.has("event_types", shown["id"]):
            entry = event_type_entry(self._tx, shown, **owner)
            self.add("event_types", entry.pop("id"), **entry)
            self._learn_slug(shown.get("bookingUrl"))

    def add_team_event_type(self, shown: Entry, team_id: int) -> None:
        """Adds an event type of a team with its hosts."""
        if not self.has("event_types", shown["id"]):
            self.add_event_type(shown, team_id=team_id)
            self._add_hosts(shown, team_id)

    def _learn_slug(self, booking_url: Any) -> None:
        """The page of an organization's event type is on the subdomain that is its slug."""
        host = urlsplit(booking_url).hostname if isinstance(booking_url, str) else None
        organizations = [each for each in self._entries.get("teams", {}).values() if each.get("is_organization")]
        if host and organizations and host.count(".") > 1 and not host.startswith("app."):
            slug = host.partition(".")[0]
            organizations[0].update(slug=slug, name=slug.replace("-", " ").title())

    def _add_hosts(self, event_type: Entry, team_id: int) -> None:
        """Adds the hosts of a team event type; those whose membership could not be read become members."""
        for host, shown in zip(host_entries(event_type), event_type.get("hosts") or (), strict=False):
            user_id = host["user_id"]
            self.add_user({"id": user_id, "name": shown.get("name"), "username": shown.get("username")})
            self.add("hosts", len(self._entries.get("hosts", {})) + 1, **host)
            self._add_unread_membership(user_id, team_id)

    def add_own_membership(self, user_id: int, team: Entry) -> None:
        """Adds the caller's membership in a team whose memberships could not be read."""
        shown = {name: team[name] for name in ("role", "accepted") if name in team}
        self._add_unread_membership(user_id, team["id"], **shown)

    def _add_unread_membership(self, user_id: int, team_id: int, **fields: Any) -> None:
        memberships = self._entries.setdefault("memberships", {})
        if not any((each["user_id"], each["team_id"]) == (user_id, team_id) for each in memberships.values()):
            memberships[f"of user {user_id} in team {team_id}"] = {"user_id": user_id, "team_id": team_id, **fields}

    def add_webhook(self, shown: Entry, **owner: int) -> None:
        """Adds a webhook without its secret, and with the host only of its address: paths and queries hold secrets."""
        address = urlsplit(str(shown["subscriberUrl"]))
        host = address.netloc.rpartition("@")[2] if self._people.keep_names else "webhooks.example.com"
        number = len(self._entries.get("webhooks", {})) + 1
        template = shown.get("payloadTemplate")
        optional = {"time": "time", "timeUnit": "time_unit", "version": "version"}
        self.add(
            "webhooks",
            shown["id"],
            subscriber_url=f"{address.scheme}://{host}/webhook-{number}",
            triggers=shown["triggers"],
            active=bool(shown["active"]),
            **({"payload_template": template} if template else {}),
            **{field: shown[name] for name, field in optional.items() if shown.get(name) is not None},
            **owner,
        )

    def add_booking(self, shown: Entry) -> None:
        """Adds a booking with its attendees, and their seats if it has any."""
        organizer: Entry = shown["hosts"][0]
        if not isinstance(organizer["id"], int):
            raise TypeError("its organizer is hidden")
        self.add_user(organizer)
        for attendee in shown["attendees"]:
            self._people.person(attendee["email"], attendee.get("name"))
        booking = booking_entry(shown)
        event_type = shown.get("eventTypeId")
        known = event_type if event_type in self._entries.get("event_types", {}) else None
        self.add("bookings", booking.pop("id"), user_id=organizer["id"], event_type_id=known, **booking)
        for attendee in shown["attendees"]:
            number = len(self._entries.get("attendees", {})) + 1
            entry = attendee_entry(number, {"id": shown["id"], "start": shown["start"]}, attendee, self._people)
            self._entries.setdefault("attendees", {})[number] = entry
            if "seatUid" in attendee:
                seats = self._entries.get("booking_seats", {})
                self.add("booking_seats", len(seats) + 1, **seat_entry(entry, attendee))

    def entries(self) -> dict[str, list[Entry]]:
        """All entries, without references to what could not be read, and with texts in which people are replaced."""
        schedules = self._entries.get("schedules", {})
        for name in ("event_types", "users"):
            field = "schedule_id" if name == "event_types" else "default_schedule_id"
            for entry in self._entries.get(name, {}).values():
                if entry.get(field) is not None and entry[field] not in schedules:
                    del entry[field]
        for name, fields in _TEXTS.items():
            for entry in self._entries.get(name, {}).values():
                entry |= {field: self._people.value(entry[field]) for field in fields if field in entry}
        return {name: list(entries.values()) for name, entries in self._entries.items() if entries}
