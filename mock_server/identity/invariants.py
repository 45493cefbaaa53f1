"""Invariants of users, OAuth clients and tokens."""

from __future__ import annotations

from mock_server.identity.model import (
    ACCESS_TOKENS,
    ALL_PERMISSIONS,
    AUTHORIZATION_CODES,
    KEY_LIMITS,
    MANAGED_USER_LINKS,
    OAUTH2_CLIENTS,
    OAUTH_CLIENTS,
    REFRESH_TOKENS,
    USERS,
)
from mock_server.identity.scopes import LEGACY_SCOPES, scopes_in
from mock_server.state.transaction import Transaction


def linked_users_are_managed(tx: Transaction) -> list[str]:
    """Only managed users are linked to an OAuth client."""
    return [
        f"user {link.user_id} is linked to OAuth client {link.client_id}, but is not a managed user"
        for link in tx.table(MANAGED_USER_LINKS).rows.values()
        if not tx[USERS].require(link.user_id).is_platform_managed
    ]


def tokens_belong_to_managed_users(tx: Transaction) -> list[str]:
    """The user of a token is managed by its client."""
    links = tx[MANAGED_USER_LINKS]
    tokens = [*tx.table(ACCESS_TOKENS).rows.values(), *tx.table(REFRESH_TOKENS).rows.values()]
    return [
        f"token {token.id} belongs to user {token.user_id}, whom OAuth client {token.client_id} does not manage"
        for token in tokens
        if links.first(user_id=token.user_id, client_id=token.client_id) is None
    ]


def permissions_are_known(tx: Transaction) -> list[str]:
    """A client's permissions contain known bits only."""
    return [
        f"OAuth client {client.id} has permissions {client.permissions}, which include unknown ones"
        for client in tx.table(OAUTH_CLIENTS).rows.values()
        if client.permissions & ~ALL_PERMISSIONS
    ]


def key_limits_are_valid(tx: Transaction) -> list[str]:
    """The rate limits of a key have positive values and unique names."""
    complaints: list[str] = []
    names: set[tuple[str, str]] = set()
    for limit in tx.table(KEY_LIMITS).rows.values():
        if limit.limit < 1 or limit.ttl < 1 or limit.block_duration < 0:
            complaints.append(f"key limit {limit.id} allows {limit.limit} in {limit.ttl} ms, which cannot be counted")
        if (limit.api_key_id, limit.name) in names:
            complaints.append(f"key {limit.api_key_id} has two limits of the name {limit.name}")
        names.add((limit.api_key_id, limit.name))
    return complaints


def public_clients_have_no_secret(tx: Transaction) -> list[str]:
    """A third-party client has a secret if it is confidential, and none if it is public."""
    return [
        f"OAuth2 client {client.id} is {client.client_type}, but has {'a' if client.hashed_secret else 'no'} secret"
        for client in tx.table(OAUTH2_CLIENTS).rows.values()
        if (client.client_type == "PUBLIC") != (client.hashed_secret is None)
    ]


def scopes_are_known(tx: Transaction) -> list[str]:
    """Third-party clients and authorization codes have known scopes only, and codes no other than their client."""
    complaints: list[str] = []
    for client in tx.table(OAUTH2_CLIENTS).rows.values():
        unknown = sorted(set(client.scopes) - {*scopes_in(tx), *LEGACY_SCOPES})
        complaints += [f"OAuth2 client {client.id} has the unknown scope {scope}" for scope in unknown]
    for code in tx.table(AUTHORIZATION_CODES).rows.values():
        allowed = {*tx[OAUTH2_CLIENTS].require(code.client_id).scopes, *LEGACY_SCOPES}
        beyond = sorted(set(code.scopes) - allowed)
        complaints += [f"authorization code {code.id} has the scope {scope}, its client has not" for scope in beyond]
    return complaints


CHECKS = (
    public_clients_have_no_secret,
    scopes_are_known,
    linked_users_are_managed,
    tokens_belong_to_managed_users,
    permissions_are_known,
    key_limits_are_valid,
)
