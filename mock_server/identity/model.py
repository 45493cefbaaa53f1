"""Users, their profiles in organizations, API keys, OAuth clients and tokens."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Literal

from mock_server.state.collection import Collection, Index, Reference
from mock_server.state.entity import Entity

API_KEY_PREFIX = "cal_"

PERMISSIONS: dict[str, int] = {
    "EVENT_TYPE_READ": 1,
    "EVENT_TYPE_WRITE": 2,
    "BOOKING_READ": 4,
    "BOOKING_WRITE": 8,
    "SCHEDULE_READ": 16,
    "SCHEDULE_WRITE": 32,
    "APPS_READ": 64,
    "APPS_WRITE": 128,
    "PROFILE_READ": 256,
    "PROFILE_WRITE": 512,
}
ALL_PERMISSIONS = sum(PERMISSIONS.values())

SystemRole = Literal["USER", "ADMIN"]
OAuth2ClientType = Literal["CONFIDENTIAL", "PUBLIC"]
OAuth2ClientStatus = Literal["PENDING", "APPROVED", "REJECTED"]


class User(Entity):
    """A user account. `default_schedule_id` is a plain number that may not refer to a schedule, as upstream.

    With `requires_booker_email_verification`, others can book with the user's address only if they verify it.
    """

    id: int
    email: str
    created_date: datetime
    username: str | None = None
    name: str | None = None
    bio: str | None = None
    avatar_url: str | None = None
    time_zone: str = "Europe/London"
    week_start: str = "Sunday"
    time_format: int | None = 12
    locale: str | None = None
    default_schedule_id: int | None = None
    metadata: dict[str, Any] | None = None
    verified: bool = False
    role: SystemRole = "USER"
    theme: str | None = None
    app_theme: str | None = None
    brand_color: str | None = None
    dark_brand_color: str | None = None
    hide_branding: bool = False
    allow_dynamic_booking: bool = True
    invited_to: int | None = None
    organization_id: int | None = None
    moved_to_profile_id: int | None = None
    is_platform_managed: bool = False
    requires_booker_email_verification: bool = False


class Profile(Entity):
    """A user's profile in an organization."""

    id: int
    uid: str
    user_id: int
    organization_id: int
    username: str
    created_at: datetime
    updated_at: datetime


class ApiKey(Entity):
    """An API key, tied to a team or organization if `team_id` is set. Only its hash is stored."""

    id: str
    user_id: int
    hashed_key: str
    created_at: datetime
    team_id: int | None = None
    note: str | None = None
    expires_at: datetime | None = None


class KeyLimit(Entity):
    """A rate limit of one API key, in place of the default one."""

    id: str
    api_key_id: str
    name: str
    limit: int
    ttl: int
    block_duration: int


OWN_ORIGIN = "self"


class OAuthClient(Entity):
    """An OAuth client of a platform organization. `permissions` is a combination of PERMISSIONS.

    `allowed_origins` are further origins of web pages that may use its tokens, with `*` for any text, and OWN_ORIGIN
    for the sandbox's own. The API does not show them.
    """

    id: str
    name: str
    secret: str
    permissions: int
    organization_id: int
    created_at: datetime
    redirect_uris: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    logo: str | None = None
    booking_redirect_uri: str | None = None
    booking_cancel_redirect_uri: str | None = None
    booking_reschedule_redirect_uri: str | None = None
    are_emails_enabled: bool = False
    are_default_event_types_enabled: bool = True
    are_calendar_events_enabled: bool = True


class ManagedUserLink(Entity):
    """A link from a managed user to its OAuth client."""

    id: int
    user_id: int
    client_id: str


class AccessToken(Entity):
    """An access token of a managed user."""

    id: int
    secret: str
    expires_at: datetime
    created_at: datetime
    user_id: int
    client_id: str


class RefreshToken(Entity):
    """A refresh token, with which the client gets new tokens for a managed user."""

    id: int
    secret: str
    expires_at: datetime
    created_at: datetime
    user_id: int
    client_id: str


class OAuth2Client(Entity):
    """A third-party OAuth2 client.

    Only the hash of its secret is stored; a public client has none and uses PKCE. `scopes` are those that it may ask
    for; without any, its tokens have full access. Until it is approved, it works for `user_id` only, who registered it.
    """

    id: str
    name: str
    redirect_uri: str
    created_at: datetime
    client_type: OAuth2ClientType = "CONFIDENTIAL"
    hashed_secret: str | None = None
    logo: str | None = None
    is_trusted: bool = False
    status: OAuth2ClientStatus = "APPROVED"
    scopes: tuple[str, ...] = ()
    user_id: int | None = None


class AuthorizationCode(Entity):
    """A code that a third-party client exchanges for tokens of a user, or of a team if `team_id` is set.

    `code_challenge` is that of PKCE, by S256.
    """

    id: int
    code: str
    client_id: str
    expires_at: datetime
    user_id: int
    team_id: int | None = None
    scopes: tuple[str, ...] = ()
    code_challenge: str | None = None


def hashed(secret: str) -> str:
    """The stored hash of an API key, the SHA-256 of the part after the prefix, or of a third-party client's secret."""
    return hashlib.sha256(secret.removeprefix(API_KEY_PREFIX).encode()).hexdigest()


def permission_bits(names: list[str]) -> int:
    """The bits of these permission names; `*` stands for all."""
    return ALL_PERMISSIONS if "*" in names else sum(PERMISSIONS[name] for name in set(names))


def permission_names(bits: int) -> list[str]:
    """The names of the permissions in a combination."""
    return [name for name, bit in PERMISSIONS.items() if bits & bit]


USERS = Collection(
    "users",
    User,
    unique=(("email",), ("username", "organization_id")),
    indexes=(Index(("username",)), Index(("organization_id",))),
    references=(
        Reference("organization_id", "teams", "set null"),
        Reference("invited_to", "teams", "set null"),
        Reference("moved_to_profile_id", "profiles", "set null"),
    ),
)
PROFILES = Collection(
    "profiles",
    Profile,
    unique=(("user_id", "organization_id"), ("username", "organization_id")),
    references=(Reference("user_id", "users"), Reference("organization_id", "teams")),
)
API_KEYS = Collection(
    "api_keys",
    ApiKey,
    unique=(("hashed_key",),),
    references=(Reference("user_id", "users"), Reference("team_id", "teams")),
)
KEY_LIMITS = Collection("key_limits", KeyLimit, references=(Reference("api_key_id", "api_keys"),))
OAUTH_CLIENTS = Collection("oauth_clients", OAuthClient, references=(Reference("organization_id", "teams"),))
MANAGED_USER_LINKS = Collection(
    "managed_user_links",
    ManagedUserLink,
    unique=(("user_id", "client_id"),),
    references=(Reference("user_id", "users"), Reference("client_id", "oauth_clients")),
)
ACCESS_TOKENS = Collection(
    "access_tokens",
    AccessToken,
    unique=(("secret",),),
    indexes=(Index(("user_id", "client_id")), Index(("client_id",), ("expires_at",))),
    references=(Reference("user_id", "users"), Reference("client_id", "oauth_clients")),
)
REFRESH_TOKENS = Collection(
    "refresh_tokens",
    RefreshToken,
    unique=(("secret",),),
    indexes=(Index(("user_id", "client_id")),),
    references=(Reference("user_id", "users"), Reference("client_id", "oauth_clients")),
)

OAUTH2_CLIENTS = Collection(
    "oauth2_clients",
    OAuth2Client,
    references=(Reference("user_id", "users", "set null"),),
)
AUTHORIZATION_CODES = Collection(
    "authorization_codes",
    AuthorizationCode,
    unique=(("code",),),
    indexes=(Index(("client_id",), ("expires_at",)),),
    references=(
        Reference("client_id", "oauth2_clients"),
        Reference("user_id", "users"),
        Reference("team_id", "teams"),
    ),
)

COLLECTIONS = (
    USERS,
    API_KEYS,
    KEY_LIMITS,
    OAUTH_CLIENTS,
    MANAGED_USER_LINKS,
    ACCESS_TOKENS,
    REFRESH_TOKENS,
    PROFILES,
    OAUTH2_CLIENTS,
    AUTHORIZATION_CODES,
)
