"""E-mail addresses, and those and the usernames of managed users, which contain the id of their OAuth client.

Source: Cal.com API v2, managed users: e-mail rewriting.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

_WELL_FORMED = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_CLIENT_ID = re.compile(r"\+[A-Za-z0-9]{25}(?=@)")
_NOT_IN_SLUGS = re.compile(r"(?:[^\w.]|_)+")
_DOTS = re.compile(r"\.{2,}")


def domain_of(address: str) -> str:
    """What follows the last `@`: there may be another one in quotation marks."""
    return address.rpartition("@")[2]


def untagged_address(address: str) -> str:
    """The address of the same mailbox in lower case and without a tag: `ann@example.com` for `Ann+tag@Example.com`."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def managed_address(address: str, client_id: str) -> str:
    """`alice@example.com` of the client `abc` is stored as `alice+abc@example.com`."""
    local, _, domain = address.partition("@")
    return f"{local}+{client_id}@{domain}"


def plain_address(address: str, client_id: str) -> str:
    """The reverse of `managed_address`. Other addresses stay as they are."""
    return address.replace(f"+{client_id}@", "@")


def has_client_id(address: str, client_id: str) -> bool:
    """Whether an address contains the id of the client already, as stored addresses do."""
    return f"+{client_id}@" in address


def display_address(address: str) -> str:
    """The address without the client id of a managed user. Ids of another form than the usual one stay in it."""
    return _CLIENT_ID.sub("", address, count=1)


def managed_username(stored_address: str) -> str:
    """The user with the stored address `alice+abc@example.com` gets the username `alice-abc-example-com`."""
    local, _, domain = stored_address.partition("@")
    return slug("-".join([local, *domain.split(".")[:2]]))


def is_well_formed(address: str) -> bool:
    """Whether `address` has one @, a dot in its domain, and no spaces."""
    return _WELL_FORMED.fullmatch(address) is not None


def slug_of(body: Mapping[str, Any]) -> str | None:
    """The `slug` of a request, else one made of its `name`; None for a name without letters and digits."""
    return body.get("slug") or slug(body["name"]) or None


def slug(text: str) -> str:
    """`text` in lower case and without accents. Runs of other characters become a dash; dots stay."""
    plain = "".join(each for each in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(each))
    return _DOTS.sub(".", _NOT_IN_SLUGS.sub("-", plain)).strip("-.")
