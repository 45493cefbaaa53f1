"""Reads what an API key can see of a deployment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import msgspec

from mock_server.runtime.errors import ApiError
from mock_server.state.errors import Unusable
from mock_server.worlds.importing.collected import Collected, Entry
from mock_server.worlds.importing.source import Source

SCHEDULES, EVENT_TYPES, BOOKINGS = "2024-06-11", "2024-06-14", "2024-08-13"
"""The header versions that are read."""

UPCOMING = "upcoming"

_NOT_AS_DESCRIBED = (ApiError, msgspec.MsgspecError, LookupError, TypeError, ValueError, AttributeError)


class KeyRefused(Unusable):
    """The deployment does not accept the key."""


class Importer:
    """Reads a deployment, and collects what it shows."""

    def __init__(self, source: Source, collected: Collected) -> None:
        self._source = source
        self._collected = collected

    def read(self) -> None:
        """Reads everything. Raises KeyRefused."""
        caller = self._source.one("the owner of the key", "/v2/me")
        if caller is None:
            raise KeyRefused(f"The key cannot be used there: {self._source.unread[-1]}.")
        organization = caller.get("organizationId")
        self._collected.add_user(caller, organization)
        if organization is not None:
            self._read_organization(caller, organization)
        self._read_own(caller)
        self._read_teams(caller, organization)
        self._read_bookings(organization)

    def _read_own(self, caller: Entry) -> None:
        collected, source = self._collected, self._source
        schedules = source.all("your schedules", "/v2/schedules", SCHEDULES, paged=False)
        self._each("schedule", schedules, collected.add_schedule)
        for listed in self._own_event_types(caller):
            path = f"/v2/event-types/{listed['id']}"
            whole = source.one(f"your event type {listed['id']}", path, EVENT_TYPES)
            self._each("event type", [whole or listed], partial(collected.add_event_type, user_id=caller["id"]))
            self._read_webhooks_of(listed["id"], path)
        webhooks = source.all("your webhooks", "/v2/webhooks")
        self._each("webhook", webhooks, partial(collected.add_webhook, user_id=caller["id"]))

    def _own_event_types(self, caller: Entry) -> list[Entry]:
        """The caller's event types. Older editions list them by the user name only."""
        read = partial(self._source.all, "your event types", "/v2/event-types", EVENT_TYPES, paged=False)
        return read() or read(username=caller["username"])

    def _read_webhooks_of(self, event_type_id: int, path: str) -> None:
        webhooks = self._source.all(f"webhooks of event type {event_type_id}", f"{path}/webhooks")
        self._each("webhook", webhooks, partial(self._collected.add_webhook, event_type_id=event_type_id))

    def _read_organization(self, caller: Entry, organization: int) -> None:
        collected, source, base = self._collected, self._source, f"/v2/organizations/{organization}"
        details: Entry = caller.get("organization") or {}
        collected.add_organization(organization, is_platform=bool(details.get("isPlatform")))
        users = source.all("users of your organization", f"{base}/users")
        self._each("user", users, partial(collected.add_user, organization=organization))
        memberships = source.all("memberships of your organization", f"{base}/memberships")
        self._each("membership", memberships, collected.add_membership)
        if not users:
            return
        collected.open_organization(organization)
        self._each(
            "schedule", source.all("schedules of your organization", f"{base}/schedules"), collected.add_schedule
        )
        for user in users:
            if user["id"] != caller["id"] and user.get("username"):
                self._read_event_types_of(user)
        webhooks = source.all("webhooks of your organization", f"{base}/webhooks")
        self._each("webhook", webhooks, partial(collected.add_webhook, team_id=organization))

    def _read_event_types_of(self, user: Entry) -> None:
        what, query = f"event types of user {user['id']}", {"username": user["username"]}
        listed = self._source.all(what, "/v2/event-types", EVENT_TYPES, paged=False, **query)
        own = [each for each in listed if each.get("ownerId") == user["id"]]
        self._each("event type", own, partial(self._collected.add_event_type, user_id=user["id"]))

    def _read_teams(self, caller: Entry, organization: int | None) -> None:
        for team in self._source.all("your teams", "/v2/teams", paged=False):
            if not team.get("isOrganization"):
                self._read_team(team, f"/v2/teams/{team['id']}")
                self._each("team", [team], partial(self._collected.add_own_membership, caller["id"]))
        if organization is not None:
            base = f"/v2/organizations/{organization}/teams"
            for team in self._source.all("teams of your organization", base):
                self._read_team(team, f"{base}/{team['id']}")

    def _read_team(self, team: Entry, path: str) -> None:
        collected, source, team_id = self._collected, self._source, team["id"]
        if collected.has("teams", team_id):
            return
        self._each("team", [team], collected.add_team)
        memberships = source.all(f"memberships of team {team_id}", f"{path}/memberships")
        self._each("membership", memberships, collected.add_membership)
        event_types = source.all(f"event types of team {team_id}", f"{path}/event-types", EVENT_TYPES)
        self._each("event type", event_types, partial(collected.add_team_event_type, team_id=team_id))
        if team.get("parentId") is None:
            for event_type in event_types:
                self._read_webhooks_of(event_type["id"], f"{path}/event-types/{event_type['id']}")

    def _read_bookings(self, organization: int | None) -> None:
        shown = self._source.all("your upcoming bookings", "/v2/bookings", BOOKINGS, status=UPCOMING)
        if organization is not None:
            path = f"/v2/organizations/{organization}/bookings"
            shown += self._source.all("upcoming bookings of your organization", path, BOOKINGS, status=UPCOMING)
        self._each("booking", {each["uid"]: each for each in shown}.values(), self._collected.add_booking)

    def _each(self, kind: str, shown: Iterable[Entry], add: Callable[[Entry], Any]) -> None:
        """Adds all that is shown as described, and notes the rest."""
        for each in shown:
            try:
                add(each)
            except _NOT_AS_DESCRIBED as error:
                self._source.unread.append(f"{kind} {each.get('id')}: it is not shown as described ({error})")
