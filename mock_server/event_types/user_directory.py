"""Finds users and teams by name, and defines the dynamic event type of a group of users.

Source: Cal.com API v2, event types: list filters.
"""

from __future__ import annotations

from collections.abc import Iterable

from mock_server.event_types.model import EventType
from mock_server.identity.model import PROFILES, USERS, User
from mock_server.runtime.errors import NotFound
from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS, Team

GROUP_LENGTHS = (15, 30, 45, 60, 90)
GROUP_EVENT_TYPE = EventType(
    id=0,
    user_id=0,
    title="Group Meeting",
    slug="dynamic",
    description="Join us for a meeting with multiple people",
    length=30,
    length_options=GROUP_LENGTHS,
    booking_fields=(),
    disable_guests=True,
    custom_name="Group Meeting",
    success_redirect_url="",
)
"""The dynamic event type of several users; it is not stored."""


class UserDirectory:
    """Users by username: that of their profile in an organization if one is given, else their own."""

    def __init__(self, tx: Transaction, organization_slug: str | None, organization_id: int | None) -> None:
        self._tx = tx
        self._in_organization = bool(organization_slug or organization_id)
        self._organization_id = organization_id
        if organization_slug:
            self._organization_id = organization_id_by_slug(tx, organization_slug)

    def find(self, username: str) -> User | None:
        """The user with that name."""
        if not self._in_organization:
            return self._tx[USERS].first(username=username)
        profile = self._tx[PROFILES].first(username=username, organization_id=self._organization_id)
        return None if profile is None else self._tx[USERS].get(profile.user_id)

    def find_all(self, usernames: Iterable[str]) -> list[User]:
        """The users with these names, without duplicates, in the same order; unknown names are skipped."""
        found = [user for name in usernames if (user := self.find(name.strip())) is not None]
        return list({user.id: user for user in found}.values())


def organization_id_by_slug(tx: Transaction, slug: str) -> int | None:
    """The id of the organization with that slug."""
    for team in tx[TEAMS].find(parent_id=None, slug=slug):
        if team.is_organization:
            return team.id
    return None


def require_organization_id(tx: Transaction, slug: str) -> int:
    """The id of the organization with that slug. Raises NotFound."""
    organization_id = organization_id_by_slug(tx, slug)
    if organization_id is None:
        raise NotFound(f"slots-input.service.ts: Organization with slug {slug} not found")
    return organization_id


def require_team_by_slug(tx: Transaction, slug: str, organization_slug: str | None) -> Team:
    """The team with that slug, in the organization if one is given, else outside of organizations. Raises NotFound."""
    parent_id = require_organization_id(tx, organization_slug) if organization_slug else None
    for team in tx[TEAMS].find(parent_id=parent_id, slug=slug):
        if not team.is_organization:
            return team
    raise NotFound(f"Team with slug {slug} not found")
