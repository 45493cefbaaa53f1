"""Making user accounts and putting them into organizations, and which fields of an account a request may set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.identity.model import USERS, User
from mock_server.organizations.model import PROFILES
from mock_server.runtime.time_zones import time_zones
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS, Role

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
    """A new account. Raises UniqueViolation for a taken address, or a username taken in the same organization."""
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
    """Gives the user a profile and a membership in an organization.

    The profile has the user's own name, or `fallback_username` where there is none. Raises UniqueViolation.
    """
    tx[PROFILES].create(
        uid=tx.identifiers.uuid4(),
        user_id=user.id,
        organization_id=organization_id,
        username=user.username or fallback_username or f"user-{user.id}",
        created_at=tx.now,
        updated_at=tx.now,
    )
    tx[MEMBERSHIPS].create(user_id=user.id, team_id=organization_id, role=role, accepted=accepted)


def profile_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a request sets of an account, besides the address and the username. Null is kept, absent is left out."""
    fields = {field: body[name] for name, field in _FIELDS.items() if name in body}
    if "time_zone" in fields:
        fields["time_zone"] = spelled(fields["time_zone"])
    return fields


def spelled(time_zone: str) -> str:
    """A time zone in whatever mix of upper and lower case, spelled as IANA does."""
    return time_zones()[time_zone.lower()]
