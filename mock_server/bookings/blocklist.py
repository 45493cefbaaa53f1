"""The blocklists of organizations: the addresses and domains with which nothing can be booked there.

Source: Cal.com API v2, bookings: report and block; create, order of checks.
"""

from __future__ import annotations

from collections.abc import Iterable

from mock_server.bookings.model import BLOCKLIST, BlockKind, Booking
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.identity.addresses import domain_of, untagged_address
from mock_server.identity.model import PROFILES
from mock_server.runtime.errors import BareError
from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS

FREE_PROVIDERS = frozenset(
    {"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "icloud.com",
     "me.com", "aol.com", "proton.me", "protonmail.com", "gmx.com", "gmx.de", "mail.com", "zoho.com", "yandex.com"}
)  # fmt: skip
"""Domains whose addresses belong to all sorts of people, so that they are not blocked as a whole."""
BLOCKED = "Cannot use this email to create the booking."


def blocked_value(email: str, kind: BlockKind) -> str:
    """The address without a tag, or its domain, in lower case."""
    return domain_of(email.lower()) if kind == "DOMAIN" else untagged_address(email)


def block(tx: Transaction, organization_id: int, kind: BlockKind, value: str, user_id: int) -> None:
    """Puts an address or a domain on the organization's blocklist, unless it is there."""
    if tx[BLOCKLIST].first(organization_id=organization_id, kind=kind, value=value) is None:
        tx[BLOCKLIST].create(
            organization_id=organization_id, kind=kind, value=value, created_at=tx.now, created_by_id=user_id
        )


def check_not_blocked(tx: Transaction, event_type: EventType, email: str) -> None:
    """Raises BareError for an address that an organization of the event type has blocked."""
    if is_blocked(tx, organizations_of(tx, event_type), email):
        raise BareError(403, BLOCKED)


def is_blocked(tx: Transaction, organization_ids: Iterable[int], email: str) -> bool:
    """Whether one of the organizations has blocked the address or its domain."""
    kinds: tuple[BlockKind, ...] = ("EMAIL", "DOMAIN")
    return any(
        tx[BLOCKLIST].first(organization_id=each, kind=kind, value=blocked_value(email, kind)) is not None
        for each in organization_ids
        for kind in kinds
    )


def organizations_of(tx: Transaction, event_type: EventType) -> frozenset[int]:
    """The ids of the organizations of the event type's owner, or of its team."""
    return _organizations(tx, event_type.user_id, event_type.team_id)


def organizations_of_booking(tx: Transaction, booking: Booking) -> frozenset[int]:
    """The ids of the organizations of the booking's organizer, and of its event type's team."""
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    return _organizations(tx, booking.user_id, event_type.team_id if event_type else None)


def _organizations(tx: Transaction, user_id: int | None, team_id: int | None) -> frozenset[int]:
    profiles = [] if user_id is None else tx[PROFILES].find(user_id=user_id)
    found = {each.organization_id for each in profiles}
    team = tx[TEAMS].get(team_id)
    if team is not None and team.parent_id is not None:
        found.add(team.parent_id)
    return frozenset(found)
