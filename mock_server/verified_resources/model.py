"""Verified e-mail addresses and telephone numbers."""

from __future__ import annotations

from mock_server.state.collection import Collection, Index, Reference
from mock_server.state.entity import Entity


class VerifiedResource(Entity):
    """What `user_id` has verified; `team_id` is the team for which it was done, or None."""

    id: int
    user_id: int
    team_id: int | None = None


class VerifiedEmail(VerifiedResource, kw_only=True):
    """A verified e-mail address. One that was verified several times has several rows."""

    email: str


class VerifiedPhone(VerifiedResource, kw_only=True):
    """A verified telephone number, written as it was given. One that was verified several times has several rows."""

    phone_number: str


_REFERENCES = (Reference("user_id", "users"), Reference("team_id", "teams"))

VERIFIED_EMAILS = Collection(
    "verified_emails",
    VerifiedEmail,
    indexes=(Index(("user_id", "email")), Index(("team_id", "email"))),
    references=_REFERENCES,
)
VERIFIED_PHONES = Collection(
    "verified_phones",
    VerifiedPhone,
    indexes=(Index(("user_id", "phone_number")), Index(("team_id", "phone_number"))),
    references=_REFERENCES,
)

COLLECTIONS = (VERIFIED_EMAILS, VERIFIED_PHONES)
