"""Views of users, OAuth clients and tokens."""

from __future__ import annotations

from typing import Any

from mock_server.identity.model import OAuth2Client, OAuthClient, User, permission_names
from mock_server.identity.third_party_tokens import ACCESS_LIFETIME
from mock_server.identity.tokens import TokenPair
from mock_server.runtime.dates import iso
from mock_server.runtime.errors import QueryInvalid
from mock_server.runtime.instants import milliseconds
from mock_server.teams.model import Team

_BOOKING_PAGES = {
    "bookingRedirectUri": "booking_redirect_uri",
    "bookingCancelRedirectUri": "booking_cancel_redirect_uri",
    "bookingRescheduleRedirectUri": "booking_reschedule_redirect_uri",
}


def me_view(user: User, organization_id: int | None, organization: Team | None) -> dict[str, Any]:
    """The caller's profile; `organization` is left out for users without one.

    Raises QueryInvalid for a user without username or time format: the live API cannot show these.
    """
    missing = [
        (name, f"Expected {kind}, received null")
        for name, kind, value in (("username", "string", user.username), ("timeFormat", "number", user.time_format))
        if value is None
    ]
    if missing:
        raise QueryInvalid(missing)
    view: dict[str, Any] = {
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "timeFormat": user.time_format,
        "defaultScheduleId": user.default_schedule_id,
        "weekStart": user.week_start,
        "timeZone": user.time_zone,
        "organizationId": organization_id,
        "name": user.name,
        "avatarUrl": user.avatar_url,
        "bio": user.bio,
        "locale": user.locale,
    }
    if organization is not None:
        view["organization"] = {"id": organization.id, "isPlatform": organization.is_platform}
    return view


def managed_user_view(user: User) -> dict[str, Any]:
    """A managed user. `metadata` is left out if there is none."""
    view: dict[str, Any] = {
        "id": user.id,
        "email": user.email,
        "username": user.username,
        "name": user.name,
        "bio": user.bio,
        "timeZone": user.time_zone,
        "weekStart": user.week_start,
        "createdDate": iso(user.created_date),
        "timeFormat": user.time_format,
        "defaultScheduleId": user.default_schedule_id,
        "locale": user.locale,
        "avatarUrl": user.avatar_url,
    }
    if user.metadata is not None:
        view["metadata"] = user.metadata
    return view


def oauth_client_view(client: OAuthClient) -> dict[str, Any]:
    """A client with its secret and the names of its permissions. Unset booking pages are left out."""
    view: dict[str, Any] = {
        "id": client.id,
        "name": client.name,
        "secret": client.secret,
        "permissions": permission_names(client.permissions),
        "logo": client.logo,
        "redirectUris": list(client.redirect_uris),
        "organizationId": client.organization_id,
        "createdAt": iso(client.created_at),
        "areEmailsEnabled": client.are_emails_enabled,
        "areDefaultEventTypesEnabled": client.are_default_event_types_enabled,
        "areCalendarEventsEnabled": client.are_calendar_events_enabled,
    }
    pages = {name: getattr(client, field) for name, field in _BOOKING_PAGES.items()}
    return view | {name: page for name, page in pages.items() if page is not None}


def oauth2_client_view(client: OAuth2Client) -> dict[str, Any]:
    """A third-party client, in the snake case of OAuth2."""
    return {
        "client_id": client.id,
        "redirect_uri": client.redirect_uri,
        "name": client.name,
        "logo": client.logo,
        "is_trusted": client.is_trusted,
        "client_type": client.client_type,
    }


def oauth2_tokens_view(access: str, refresh: str) -> dict[str, Any]:
    """Both tokens of a third-party client, and the lifetime of the first in seconds, as RFC 6749 names them."""
    return {
        "access_token": access,
        "token_type": "bearer",
        "refresh_token": refresh,
        "expires_in": int(ACCESS_LIFETIME.total_seconds()),
    }


def token_pair_view(pair: TokenPair) -> dict[str, Any]:
    """Both tokens, with their expiries in milliseconds since 1970."""
    return {
        "accessToken": pair.access.secret,
        "accessTokenExpiresAt": milliseconds(pair.access.expires_at),
        "refreshToken": pair.refresh.secret,
        "refreshTokenExpiresAt": milliseconds(pair.refresh.expires_at),
    }
