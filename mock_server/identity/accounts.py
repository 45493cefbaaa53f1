"""Making user accounts and putting them into organizations, and which fields of an account a request may set."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from mock_server.identity.model import USERS, User
from mock_server.organizations.model import PROFILES, Profile
from mock_server.runtime.schemas import time_zones
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS, Role

_NOT_IN_SLUGS = re.compile(r"(?:[^\w.]|_)+")
_DOTS = re.compile(r"\.{2,}")
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


def create_user(
    tx: Transaction,
    *,
    email: str,
    username: str,
    organization_id: int,
    role: Role = "MEMBER",
    accepted: bool = True,
    **fields: Any,
) -> User:
    """A new account of an organization, with a profile and a membership there. `fields` are others of the User.

    Raises UniqueViolation for a taken address, or a username that is taken in the organization.
    """
    user = tx[USERS].create(
        email=email,
        username=username,
        organization_id=organization_id,
        invited_to=organization_id,
        verified=True,
        created_date=tx.now,
        **fields,
    )
    create_profile(tx, user, organization_id, username)
    tx[MEMBERSHIPS].create(user_id=user.id, team_id=organization_id, role=role, accepted=accepted)
    return user


def create_profile(tx: Transaction, user: User, organization_id: int, username: str) -> Profile:
    """The user's appearance in an organization. Raises UniqueViolation where there is one, or the name is taken."""
    return tx[PROFILES].create(
        uid=tx.identifiers.uuid4(),
        user_id=user.id,
        organization_id=organization_id,
        username=username,
        created_at=tx.now,
        updated_at=tx.now,
    )


def slug_of(text: str) -> str:
    """`text` in lower case, without accents, and with one dash for each run of other characters; dots stay."""
    plain = "".join(each for each in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(each))
    return _DOTS.sub(".", _NOT_IN_SLUGS.sub("-", plain)).strip("-.")


def profile_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a request sets of an account, besides the address and the username. Null is kept, absent is left out."""
    fields = {field: body[name] for name, field in _FIELDS.items() if name in body}
    if "time_zone" in fields:
        fields["time_zone"] = spelled(fields["time_zone"])
    return fields


def spelled(time_zone: str) -> str:
    """A time zone in whatever mix of upper and lower case, spelled as IANA does."""
    return time_zones()[time_zone.lower()]
