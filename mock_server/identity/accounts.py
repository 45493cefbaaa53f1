"""Creates user accounts, adds them to organizations, and maps the fields of requests to those of an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.identity.model import PROFILES, USERS, User
from mock_server.runtime.time_zones import canonical_time_zone
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import add_membership
from mock_server.teams.model import Role

_FIELDS = {
    "name": "name",
    "timeFormat": "time_format",
    "defaultScheduleId": "default_schedule_id",
    "weekStart": "week_start",
    "timeZone": "time_zone",
    "locale": "locale",
    "avatarUrl": "avatar_url",
    "bio": "bio",
    "metadata": "metadata",
}


def create_user(tx: Transaction, *, email: str, **fields: Any) -> User:
    """Creates an account. Raises UniqueViolation if the address, or the username in the organization, is in use."""
    return tx[USERS].create(email=email, created_date=tx.now, **fields)


def join_organization(
    tx: Transaction,
    user: User,
    organization_id: int,
    *,
    role: Role = "MEMBER",
    accepted: bool = True,
    fallback_username: str | None = None,
) -> None:
    """Creates a profile and a membership of the user in an organization. Raises UniqueViolation."""
    add_profile(tx, user, organization_id, fallback_username)
    add_membership(tx, user.id, organization_id, role=role, accepted=accepted)


def add_profile(tx: Transaction, user: User, organization_id: int, fallback_username: str | None = None) -> None:
    """Creates a profile of the user in an organization, with the user's username, or else `fallback_username`.

    Raises UniqueViolation.
    """
    tx[PROFILES].create(
        uid=tx.identifiers.uuid4(),
        user_id=user.id,
        organization_id=organization_id,
        username=user.username or fallback_username or f"user-{user.id}",
        created_at=tx.now,
        updated_at=tx.now,
    )


def profile_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an account that a request sets, except address and username. Includes nulls, but no time zone."""
    fields = {field: body[name] for name, field in _FIELDS.items() if name in body}
    if fields.get("time_format") is not None:
        fields["time_format"] = int(fields["time_format"])  # Text with a number counts, too.
    if fields.get("time_zone", ...) is None:
        del fields["time_zone"]
    elif "time_zone" in fields:
        fields["time_zone"] = canonical_time_zone(fields["time_zone"])
    return fields
