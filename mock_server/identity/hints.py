"""Hints about credentials: why they are refused, and which ones the world has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from mock_server.identity.authentication import (
    BEARER,
    CLIENT_HEADERS,
    bearer_of,
    client_id_of,
    is_expired,
    owner_of_client,
    third_party_grant,
)
from mock_server.identity.model import (
    ACCESS_TOKENS,
    API_KEY_PREFIX,
    API_KEYS,
    OAUTH_CLIENTS,
    OWN_ORIGIN,
    USERS,
    AccessToken,
    ApiKey,
    OAuthClient,
    hashed,
)
from mock_server.runtime.access import Credential
from mock_server.runtime.call import Call, Caller
from mock_server.runtime.hints import listed
from mock_server.state.transaction import Transaction
from mock_server.state.work import spend
from mock_server.state.worlds import DEFAULT_WORLD, World, Worlds

MOST_KEYS = 20
MOST_CLIENTS = 5
MOST_WORLDS = 100
SEARCHED_ROWS = 1000

ADDRESS_NEEDS_AN_AT_SIGN = "The address of a managed user needs an @."
ADDRESS_MALFORMED = "The address of a managed user has to look like a@example.com."


class CredentialHints:
    """Hints about the credentials of requests. `public_keys` may be shown; of other keys, only the owner is named."""

    authentication = frozenset({"authenticated", "optional-authentication"})
    """The rules that authenticate."""

    def __init__(self, worlds: Worlds, public_keys: Sequence[str]) -> None:
        self._worlds = worlds
        self._public_keys = {hashed(key): key for key in public_keys}

    def existing(self, tx: Transaction) -> Iterator[Credential]:
        """The valid API keys of a world, and its OAuth clients; at most the first MOST_KEYS and MOST_CLIENTS."""
        for key in _valid_keys(tx):
            caller = Caller("api-key", key.user_id, key.team_id, api_key_id=key.id)
            yield Credential(self._name(tx, key), caller, {"authorization": f"{BEARER}{API_KEY_PREFIX}"})
        for client in _clients(tx):
            owner_id = owner_of_client(tx, client)
            if owner_id is not None:
                caller = Caller("oauth-client", owner_id, client.organization_id, client.id)
                yield Credential(f"the OAuth client {client.id}", caller, {CLIENT_HEADERS[0]: client.id})

    def about_rejected(self, call: Call) -> str:
        """Why the credentials of a request were rejected, and which ones there are."""
        client_id, bearer = client_id_of(call), bearer_of(call)
        if client_id and call.headers.get(CLIENT_HEADERS[1]):
            return _about_client(call, client_id)
        if bearer is None:
            return f"Send the header Authorization: Bearer <key>. {self._keys(call.tx)}"
        if bearer.startswith(API_KEY_PREFIX):
            return self._about_key(call.tx, bearer)
        token = call.tx[ACCESS_TOKENS].first(secret=bearer)
        if token is not None:
            return _about_token(call, token)
        if third_party_grant(call, bearer) is not None:
            return "The user of the token, or the owner of its team, no longer exists."
        return self._in_other_world(bearer) or (
            "The world has no such access token, or it has expired. POST /v2/oauth-clients/{clientId}/users creates a "
            f"managed user with tokens; API keys begin with {API_KEY_PREFIX}. {self._keys(call.tx)}"
        )

    def _about_key(self, tx: Transaction, bearer: str) -> str:
        key = tx[API_KEYS].first(hashed_key=hashed(bearer))
        if key is not None and key.expires_at is not None and is_expired(tx, key):
            return f"The key expired on {key.expires_at:%Y-%m-%d}; the world's clock says {tx.now:%Y-%m-%d}."
        return self._in_other_world(bearer) or f"The world has no such key. {self._keys(tx)}"

    def _keys(self, tx: Transaction) -> str:
        names = [self._name(tx, key) for key in _valid_keys(tx)]
        return f"Keys of this world: {listed(names)}." if names else "The world has no valid keys."

    def _name(self, tx: Transaction, key: ApiKey) -> str:
        """A public key with its owner; of any other key, only the owner."""
        owner, public = tx[USERS].require(key.user_id).email, self._public_keys.get(key.hashed_key)
        return f"a key of {owner}" if public is None else f"{public} ({owner})"

    def _in_other_world(self, bearer: str) -> str | None:
        """The world that has the key or token."""
        for world in self._worlds.all()[:MOST_WORLDS]:
            spend(10)
            tx = world.begin()
            if tx[API_KEYS].first(hashed_key=hashed(bearer)) or tx[ACCESS_TOKENS].first(secret=bearer):
                return f"These credentials are of the world {world.name}, whose API is at {_path_of(world)}."
        return None


def _path_of(world: World) -> str:
    return "/v2/" if world.name == DEFAULT_WORLD else f"/w/{world.name}/v2/"


def _valid_keys(tx: Transaction) -> list[ApiKey]:
    keys = [key for key in islice(tx.table(API_KEYS).rows.values(), SEARCHED_ROWS) if not is_expired(tx, key)]
    spend(len(keys))
    return sorted(keys, key=lambda key: (key.created_at, key.user_id))[:MOST_KEYS]


def _clients(tx: Transaction) -> list[OAuthClient]:
    clients = list(islice(tx.table(OAUTH_CLIENTS).rows.values(), SEARCHED_ROWS))
    spend(len(clients))
    return sorted(clients, key=lambda client: client.created_at)[:MOST_CLIENTS]


def _about_client(call: Call, client_id: str) -> str:
    client = call.tx[OAUTH_CLIENTS].get(client_id)
    if client is not None and call.headers.get(CLIENT_HEADERS[1]) == client.secret:
        return f"The OAuth client {client.id} acts as the owner of its organization, which has none."
    if client is not None:
        return f"The OAuth client {client.id} exists, but {CLIENT_HEADERS[1]} is not its secret."
    clients = [each.id for each in _clients(call.tx)]
    return f"OAuth clients of this world: {listed(clients)}." if clients else "The world has no OAuth clients."


def _about_token(call: Call, token: AccessToken) -> str:
    if token.expires_at <= call.now:
        return (
            f"The token expired at {token.expires_at:%Y-%m-%dT%H:%M:%SZ} by the world's clock. "
            f"POST /v2/oauth/{token.client_id}/refresh returns new ones."
        )
    return _about_origin(call, call.tx[OAUTH_CLIENTS].require(token.client_id))


def _about_origin(call: Call, client: OAuthClient) -> str:
    own = ["this sandbox's own"] if OWN_ORIGIN in client.allowed_origins else []
    others = [each for each in (*client.redirect_uris, *client.allowed_origins) if each != OWN_ORIGIN]
    accepted = listed([*others, *own], conjunction="or")
    return (
        f"The OAuth client {client.id} accepts the origin {accepted or '(none)'}, not {call.headers.get('origin')}. "
        f"PATCH /v2/oauth-clients/{client.id} with redirectUris changes that."
    )
