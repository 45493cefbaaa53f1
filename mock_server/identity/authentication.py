"""Authentication: by OAuth client credentials, an API key, an access token or a third-party token, in this order.

A half pair of client headers counts as no credentials.

Source: Cal.com API v2, authentication strategy: order, messages, and the user that each kind of credential acts as.
"""

from __future__ import annotations

import re

from mock_server.identity.model import (
    ACCESS_TOKENS,
    API_KEY_PREFIX,
    API_KEYS,
    KEY_LIMITS,
    OAUTH_CLIENTS,
    OWN_ORIGIN,
    PROFILES,
    USERS,
    ApiKey,
    OAuthClient,
    hashed,
)
from mock_server.identity.profiles import main_organization_id
from mock_server.identity.third_party_tokens import Grant, read_token
from mock_server.runtime.call import Call, Caller
from mock_server.runtime.errors import TokenExpired, Unauthorized
from mock_server.runtime.limit import Limit
from mock_server.runtime.rate_limit_counters import Subject
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import first_with_role

STRATEGY = "ApiAuthStrategy"
THROTTLER = "CustomThrottlerGuard"

NO_CREDENTIALS = (
    "No authentication method provided. Either pass an API key as 'Bearer' header or OAuth client credentials as "
    "'x-cal-secret-key' and 'x-cal-client-id' headers"
)
BEARER = "Bearer "
CLIENT_HEADERS = ("x-cal-client-id", "x-cal-secret-key")

KEY_LIMIT = Limit("default", 120)
CLIENT_LIMIT = Limit("default", 500)
TOKEN_LIMIT = Limit("default", 500)
ADDRESS_LIMIT = Limit("default", 120)


def authenticate(call: Call) -> Caller:
    """The caller. Raises Unauthorized, TokenExpired."""
    client_id = client_id_of(call)
    secret = call.headers.get("x-cal-secret-key")
    if client_id and secret:
        return _by_client(call, client_id, secret)
    bearer = bearer_of(call)
    if bearer is None:
        raise _unauthorized(call, _nothing_sent(call, client_id, secret))
    if bearer.startswith(API_KEY_PREFIX):
        return _by_key(call, bearer)
    return _by_token(call, bearer)


def caller_if_known(call: Call) -> Caller | None:
    """The caller, or None if the credentials are missing or invalid. For public operations."""
    try:
        return authenticate(call)
    except (Unauthorized, TokenExpired):
        return None


def has_credentials(call: Call) -> bool:
    """Whether the request has credentials, valid or not."""
    return bool((client_id_of(call) and call.headers.get("x-cal-secret-key")) or bearer_of(call))


def bearer_of(call: Call) -> str | None:
    """The key or token in the Authorization header, with or without `Bearer`."""
    value = call.headers.get("authorization", "").replace(BEARER, "", 1).strip()
    return value or None


def check_key(call: Call, own: Limit | None) -> None:
    """Raises Unauthorized for an unknown key, even on public paths, unless the operation has a limit of its `own`."""
    bearer = bearer_of(call)
    if own is None and bearer is not None and bearer.startswith(API_KEY_PREFIX):
        _limited_key(call, bearer)


def identify(call: Call, address: str, own: Limit | None) -> Subject:
    """The subject of rate limiting. Only the operation's `own` limit counts, if it has one. Raises as check_key."""
    bearer = bearer_of(call)
    client_id = call.headers.get("x-cal-client-id")
    if bearer is not None and bearer.startswith(API_KEY_PREFIX):
        return _key_subject(call, bearer) if own is None else Subject(f"key {bearer}", (own,))
    if bearer is not None:
        return Subject(f"token {bearer}", (own or TOKEN_LIMIT,))
    if client_id:
        return Subject(f"client {client_id}", (own or CLIENT_LIMIT,))
    return Subject(f"address {call.headers.get('cf-connecting-ip', address)}", (own or ADDRESS_LIMIT,))


def _limited_key(call: Call, bearer: str) -> ApiKey:
    """The key whose requests are limited. Raises Unauthorized for an unknown one."""
    key = _key(call, bearer)
    if key is None:
        text = "Invalid API Key"
        raise Unauthorized(f"{THROTTLER} - {text}" if call.has("guards-name-themselves") else text)
    return key


def _key_subject(call: Call, bearer: str) -> Subject:
    key = _limited_key(call, bearer)
    limits = call.tx[KEY_LIMITS].find(api_key_id=key.id)
    own = tuple(Limit(each.name, each.limit, each.ttl, each.block_duration) for each in limits)
    return Subject(f"key {key.id}", own or (KEY_LIMIT,))


def client_id_of(call: Call) -> str | None:
    """The OAuth client in the path, or else in the header."""
    in_path = call.path.get("clientId")
    return str(in_path) if in_path else call.headers.get("x-cal-client-id")


def _key(call: Call, bearer: str) -> ApiKey | None:
    return call.tx[API_KEYS].first(hashed_key=hashed(bearer))


def _by_client(call: Call, client_id: str, secret: str) -> Caller:
    client = call.tx[OAUTH_CLIENTS].get(client_id)
    if client is None:
        raise _unauthorized(call, f"Client with ID {client_id} not found", "oAuth client")
    if client.secret != secret:
        raise _unauthorized(call, "Invalid client secret", "oAuth client")
    owner_id = owner_of_client(call.tx, client)
    if owner_id is None:
        raise _unauthorized(call, "No owner ID found for this OAuth client", "oAuth client")
    return Caller("oauth-client", owner_id, client.organization_id, client.id)


def owner_of_client(tx: Transaction, client: OAuthClient) -> int | None:
    """The user that a client acts as: the first accepted OWNER of its organization, else the first accepted ADMIN."""
    if not tx.has("clients-act-as-owner"):
        # The user with the oldest profile in the organization counts as its owner.
        profile = tx[PROFILES].first(organization_id=client.organization_id)
        return None if profile is None else profile.user_id
    leader = first_with_role(tx, client.organization_id, "OWNER") or first_with_role(
        tx, client.organization_id, "ADMIN"
    )
    return None if leader is None else leader.user_id


def is_expired(tx: Transaction, key: ApiKey) -> bool:
    """Whether a key has expired. It is valid to the end of its last day."""
    return key.expires_at is not None and key.expires_at.date() < tx.now.date()


def _by_key(call: Call, bearer: str) -> Caller:
    key = _key(call, bearer)
    if key is None:
        raise _unauthorized(call, "Your api key is not valid", "api key")
    if is_expired(call.tx, key):
        raise _unauthorized(call, "Your api key is expired", "api key")
    return Caller("api-key", key.user_id, key.team_id, api_key_id=key.id)


def _by_token(call: Call, bearer: str) -> Caller:
    token = call.tx[ACCESS_TOKENS].first(secret=bearer)
    if token is None:
        grant = third_party_grant(call, bearer)
        if grant is not None:
            return _by_grant(call, grant)
        raise Unauthorized("Invalid Access Token.")
    if token.expires_at <= call.now:
        raise TokenExpired
    client = call.tx[OAUTH_CLIENTS].require(token.client_id)
    origin = call.headers.get("origin")
    if origin and not _accepts_origin(call, client, origin):
        raise _unauthorized(
            call,
            "Invalid request origin - please open https://app.cal.com/settings/platform and add the origin "
            f"'{origin}' to the 'Redirect uris' of your OAuth client with ID '{client.id}'",
            "access token",
        )
    user = call.tx[USERS].require(token.user_id)
    return Caller("access-token", user.id, main_organization_id(call.tx, user), client.id)


def _unauthorized(call: Call, text: str, method: str | None = None) -> Unauthorized:
    """A refusal of the credentials, which names the strategy and the method since guards name themselves."""
    if not call.has("guards-name-themselves"):
        return Unauthorized(text)
    return Unauthorized(" - ".join([STRATEGY, *([method] if method else []), text]))


def _nothing_sent(call: Call, client_id: str | None, secret: str | None) -> str:
    if not call.has("half-client-pair-named") or not (client_id or secret):
        return NO_CREDENTIALS
    sent, missing = CLIENT_HEADERS if client_id else reversed(CLIENT_HEADERS)
    return (
        f"Only '{sent}' header provided. Please also provide '{missing}' header or Auth bearer token as "
        "'Authentication' header"
    )


def third_party_grant(call: Call, bearer: str) -> Grant | None:
    """The grant of a third-party access token; None for any other bearer."""
    return read_token(call.tx, bearer, "Access Token") if call.has("third-party-tokens") else None


def _by_grant(call: Call, grant: Grant) -> Caller:
    """The user of the grant, or else the owner of its team."""
    user_id = grant.user_id
    if user_id is None and grant.team_id is not None:
        owner = first_with_role(call.tx, grant.team_id, "OWNER")
        if owner is None:
            raise _unauthorized(call, "No owner found for the associated team.", "third-party token")
        user_id = owner.user_id
    user = call.tx[USERS].get(user_id)
    if user is None:
        raise _unauthorized(call, "No user or team owner associated with the token.", "third-party token")
    return Caller("third-party-token", user.id, main_organization_id(call.tx, user), scopes=grant.scopes)


def _accepts_origin(call: Call, client: OAuthClient, origin: str) -> bool:
    """Whether web pages of the origin may use the client's tokens."""
    if OWN_ORIGIN in client.allowed_origins and origin.partition("://")[2] == call.headers.get("host"):
        return True
    return any(_allows(pattern, origin) for pattern in (*client.redirect_uris, *client.allowed_origins))


def _allows(redirect_uri: str, origin: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in redirect_uri.split("*"))
    return re.fullmatch(pattern, origin) is not None
