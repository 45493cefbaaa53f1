"""Lifetimes of tokens."""

from __future__ import annotations

from datetime import UTC, datetime

import jwt
import pytest

from mock_server.identity.tokens import ALGORITHM, SIGNING_KEY, access_token_expiry, refresh_token_expiry, signed


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "expiry"),
    [
        ("2026-03-01T10:15:00", "2026-03-01T11:15:00"),
        ("2026-03-01T10:15:59.999", "2026-03-01T11:15:00"),
        ("2026-12-31T23:30:30", "2027-01-01T00:30:00"),
    ],
)
def test_access_tokens_expire_after_an_hour_rounded_down_to_the_minute(now: str, expiry: str) -> None:
    assert access_token_expiry(moment(now)) == moment(expiry)


@pytest.mark.parametrize(
    ("now", "expiry"),
    [
        ("2026-03-01T10:15:00", "2027-03-01"),
        ("2028-02-29T23:59:59", "2029-02-28"),
        ("2026-12-31T23:59:59", "2027-12-31"),
    ],
)
def test_refresh_tokens_expire_after_a_year_rounded_down_to_the_day(now: str, expiry: str) -> None:
    assert refresh_token_expiry(moment(now)) == moment(expiry)


def test_tokens_are_signed() -> None:
    assert jwt.decode(signed({"type": "access_token"}), SIGNING_KEY, [ALGORITHM]) == {"type": "access_token"}
