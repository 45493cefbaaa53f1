"""Operations on managed users.

Source: Cal.com API v2, managed users.
"""

from __future__ import annotations

from typing import Any

from mock_server.event_types.defaults import create_default_event_types
from mock_server.identity.accounts import create_user, join_organization, profile_fields
from mock_server.identity.addresses import has_client_id, is_well_formed, managed_address, managed_username
from mock_server.identity.hints import ADDRESS_MALFORMED, ADDRESS_NEEDS_AN_AT_SIGN
from mock_server.identity.managed_users import managed_user, managed_users_with
from mock_server.identity.model import MANAGED_USER_LINKS, OAUTH_CLIENTS, PROFILES, USERS, OAuthClient, User
from mock_server.identity.profiles import profile_in
from mock_server.identity.tokens import create_pair
from mock_server.identity.views import managed_user_view, token_pair_view
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest, Conflict, shared_library_error
from mock_server.runtime.schemas import is_email
from mock_server.schedules.defaults import create_default_schedule


def list_managed_users(call: Call) -> list[dict[str, Any]]:
    """A page of the client's users, or of those with one of `emails`."""
    client = _client(call)
    skip, take = call.query["offset"], call.query["limit"]
    if "emails" in call.query:
        addresses = [each.strip() for each in call.query["emails"]]
        for address in addresses:
            if not is_email(address):
                raise BadRequest(f"Invalid email {address}")
        users = managed_users_with(call.tx, client.id, addresses)[skip : skip + take]
    else:
        links = call.tx[MANAGED_USER_LINKS].page(skip, take, client_id=client.id)
        users = [call.tx[USERS].require(link.user_id) for link in links]
    return [managed_user_view(user) for user in users]


def create_managed_user(call: Call) -> dict[str, Any]:
    """Creates a user in the client's organization, with a pair of tokens."""
    client = _client(call)
    user = _new_user(call, client)
    tokens = create_pair(call.tx, client.id, user.id)
    if client.are_default_event_types_enabled:
        create_default_event_types(call.tx, user)
    if call.body.get("timeZone") is not None:
        create_default_schedule(call.tx, user, user.time_zone)
    return {"user": managed_user_view(call.tx[USERS].require(user.id)), **token_pair_view(tokens)}


def get_managed_user(call: Call) -> dict[str, Any]:
    """One user of the client."""
    return managed_user_view(_user(call))


def update_managed_user(call: Call) -> dict[str, Any]:
    """Updates a user. A new address changes the username, too."""
    user = _user(call)
    fields = profile_fields(call.body)
    if "email" in call.body:
        if "@" not in call.body["email"]:
            raise shared_library_error("BAD_REQUEST", hint=ADDRESS_NEEDS_AN_AT_SIGN)
        address = _stored_address(call, _client(call))
        fields |= {"email": address, "username": managed_username(address)}
        if call.has("profiles-renamed-with-address"):
            _rename_profile(call, user, fields["username"])
    return managed_user_view(call.tx[USERS].update(user.id, **fields))


def delete_managed_user(call: Call) -> dict[str, Any]:
    """Deletes a user with everything that belongs to the user."""
    return managed_user_view(call.tx[USERS].delete(_user(call).id))


def _new_user(call: Call, client: OAuthClient) -> User:
    address = _stored_address(call, client)
    known = call.tx[USERS].first(email=address)
    if known is not None:
        raise Conflict(f"User with the provided e-mail already exists. Existing user ID={known.id}")
    if not is_well_formed(address):
        raise shared_library_error("BAD_REQUEST", hint=ADDRESS_MALFORMED)
    user = create_user(
        call.tx,
        email=address,
        username=managed_username(address),
        organization_id=client.organization_id,
        invited_to=client.organization_id,
        verified=True,
        is_platform_managed=True,
        **profile_fields(call.body),
    )
    join_organization(call.tx, user, client.organization_id)
    call.tx[MANAGED_USER_LINKS].create(user_id=user.id, client_id=client.id)
    return user


def _stored_address(call: Call, client: OAuthClient) -> str:
    """The address of the body with the client's id, which may be there already."""
    address: str = call.body["email"]
    if call.has("managed-addresses-completed-once") and has_client_id(address, client.id):
        return address
    return managed_address(address, client.id)


def _rename_profile(call: Call, user: User, username: str) -> None:
    profile = profile_in(call.tx, user.id, user.organization_id)
    if profile is not None:
        call.tx[PROFILES].update(profile.id, username=username, updated_at=call.now)


def _client(call: Call) -> OAuthClient:
    return call.tx[OAUTH_CLIENTS].require(call.path["clientId"])


def _user(call: Call) -> User:
    return managed_user(call.tx, _client(call).id, call.path_number("userId"))
