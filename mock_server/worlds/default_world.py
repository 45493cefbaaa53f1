"""The credentials of the default world, which stores only hashes of some."""

from __future__ import annotations

CREDENTIALS = (
    ("owner", "1", "cal_sandbox_owner", "OWNER of organization 1 (Acme)"),
    ("admin", "2", "cal_sandbox_admin", "ADMIN of organization 1"),
    ("member", "3", "cal_sandbox_member", "MEMBER of organization 1"),
    ("solo", "4", "cal_sandbox_solo", "no organization; connected calendars"),
    ("expired", "5", "cal_sandbox_expired", "the key has expired"),
)
SOLO = 4
THIRD_PARTY_CLIENTS = (("oauth2-sandbox-client", "oauth2-sandbox-secret"), ("sandbox-mobile-app", None))
"""Those of the default world, from edition 2026-03 on. A public client has no secret."""
