"""Addresses and usernames of managed users, which carry the id of their OAuth client.

Source: Cal.com API v2, managed users: e-mail rewriting.
"""

from __future__ import annotations

import re

from mock_server.identity.accounts import slug_of

_WELL_FORMED = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def managed_address(address: str, client_id: str) -> str:
    """`alice@example.com` of the client `abc` is stored as `alice+abc@example.com`."""
    local, _, domain = address.partition("@")
    return f"{local}+{client_id}@{domain}"


def managed_username(address: str, client_id: str) -> str:
    """`alice@example.com` of the client `abc` is called `alice-abc-example-com`."""
    local, _, domain = address.partition("@")
    return slug_of("-".join([f"{local}+{client_id}", *domain.split(".")[:2]]))


def is_well_formed(address: str) -> bool:
    """Whether `address` has one @, a dot in its domain, and no spaces."""
    return _WELL_FORMED.fullmatch(address) is not None
