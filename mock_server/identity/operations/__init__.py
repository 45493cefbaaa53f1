"""Operations on API keys, OAuth clients, managed users and their tokens, and the caller's own profile."""

from mock_server.identity.operations.api_keys import refresh_api_key
from mock_server.identity.operations.managed_users import (
    create_managed_user,
    delete_managed_user,
    get_managed_user,
    list_managed_users,
    update_managed_user,
)
from mock_server.identity.operations.me import get_me, update_me
from mock_server.identity.operations.oauth_clients import (
    create_oauth_client,
    delete_oauth_client,
    get_oauth_client,
    list_oauth_clients,
    update_oauth_client,
)
from mock_server.identity.operations.tokens import force_refresh_tokens, refresh_tokens

__all__ = [
    "create_managed_user",
    "create_oauth_client",
    "delete_managed_user",
    "delete_oauth_client",
    "force_refresh_tokens",
    "get_managed_user",
    "get_me",
    "get_oauth_client",
    "list_managed_users",
    "list_oauth_clients",
    "refresh_api_key",
    "refresh_tokens",
    "update_managed_user",
    "update_me",
    "update_oauth_client",
]
