"""Lookups of the users that an OAuth client manages."""

from __future__ import annotations

from mock_server.identity.addresses import managed_address
from mock_server.identity.model import MANAGED_USER_LINKS, OAUTH_CLIENTS, USERS, User
from mock_server.runtime.errors import NotFound
from mock_server.state.transaction import Transaction


def manages(tx: Transaction, client_id: str, user: User) -> bool:
    """Whether the client manages `user`."""
    return user.is_platform_managed and tx[MANAGED_USER_LINKS].first(user_id=user.id, client_id=client_id) is not None


def writes_calendar_events(tx: Transaction, user: User) -> bool:
    """Whether bookings of `user` are written to calendars: a client can switch that off for the users it manages."""
    links = tx[MANAGED_USER_LINKS].find(user_id=user.id) if user.is_platform_managed else []
    return all(tx[OAUTH_CLIENTS].require(each.client_id).are_calendar_events_enabled for each in links)


def managed_user(tx: Transaction, client_id: str, user_id: int) -> User:
    """The client's user with that id. Raises NotFound, also for ordinary users and those of other clients."""
    user = tx[USERS].get(user_id)
    if user is None or not manages(tx, client_id, user):
        raise NotFound(f"User with ID {user_id} is not part of this OAuth client.")
    return user


def managed_users_with(tx: Transaction, client_id: str, addresses: list[str]) -> list[User]:
    """The client's users with one of `addresses`, with or without the client's id in it, sorted by id."""
    stored = {each if client_id in each else managed_address(each, client_id) for each in addresses}
    found = [user for address in stored if (user := tx[USERS].first(email=address)) is not None]
    return sorted((user for user in found if manages(tx, client_id, user)), key=lambda user: user.id)
