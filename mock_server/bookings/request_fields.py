"""Reads what a booking asks for: the start, who attends, the guests and the metadata.

Source: Cal.com API v2, bookings: create, fields.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from mock_server.identity.addresses import managed_address
from mock_server.identity.model import USERS
from mock_server.runtime.errors import BadRequest, QueryInvalid
from mock_server.runtime.iso_dates import read_iso_date
from mock_server.state.transaction import Transaction

DEFAULT_LANGUAGE = "en"
NO_CONTACT = "At least one contact method (email or phone number) must be provided"
MOST_METADATA, LONGEST_NAME, LONGEST_VALUE = 50, 40, 500
METADATA_TEXT = (
    f"Metadata must have at most {MOST_METADATA} keys, each key up to {LONGEST_NAME} characters, "
    f"and string values up to {LONGEST_VALUE} characters."
)
PHONE_ADDRESS_DOMAIN = "sms.cal.com"

_JSON_TYPES = {type(None): "null", bool: "boolean", int: "number", float: "number", str: "string", list: "array"}


class Booker(msgspec.Struct, frozen=True):
    """Who books. Without an e-mail, the phone number stands in for it where the event type allows that."""

    name: str
    time_zone: str
    language: str
    email: str | None = None
    phone_number: str | None = None


def wrong(name: str, text: str) -> BadRequest:
    """The refusal of a property, in the form of the joined refusals."""
    return BadRequest(f"{name} property is wrong,{text} ")


def read_start(text: str) -> datetime:
    """The start in UTC, without milliseconds. Without an offset it is in UTC; a date alone is its midnight.

    Raises QueryInvalid for a text that passes for a date and is none: the live service has no start and no end then.
    """
    moment = read_iso_date(text)
    if moment is None:
        raise QueryInvalid([(name, expected("string", None)) for name in ("end", "start")])
    return moment.replace(microsecond=0)


def expected(kind: str, value: Any) -> str:
    """The refusal of a value of another JSON type than the live service stores."""
    return f"Expected {kind}, received {_JSON_TYPES.get(type(value), 'object')}"


def read_booker(attendee: dict[str, Any]) -> Booker:
    """The attendee of a request. Raises BadRequest where there is neither an e-mail nor a phone number."""
    email, phone = attendee.get("email"), attendee.get("phoneNumber")
    for name, value in (("email", email), ("phoneNumber", phone)):
        if value is not None and not isinstance(value, str):
            raise wrong("attendee", f" {name} property is wrong,{name} must be a string")
    if email == "" and not phone:
        raise wrong("attendee", f" email property is wrong,{NO_CONTACT}")
    return Booker(
        attendee["name"], attendee["timeZone"], attendee.get("language") or DEFAULT_LANGUAGE, email or None, phone
    )


def read_guests(guests: Any) -> list[str] | None:
    """The addresses of a request, not yet checked as addresses; null is let through to the check of the answers."""
    if guests is None:
        return None
    if not isinstance(guests, list):
        raise wrong("guests", "guests must be an array")
    if not all(isinstance(each, str) for each in guests):
        raise wrong("guests", "each value in guests must be a string")
    return guests


def read_metadata(metadata: Any) -> dict[str, str]:
    """What the booker wants to be kept. Raises BadRequest; QueryInvalid for numbers and booleans."""
    if metadata is None:
        return {}
    if not isinstance(metadata, dict):
        raise wrong("metadata", "metadata must be an object")
    names_fit = len(metadata) <= MOST_METADATA and all(len(name) <= LONGEST_NAME for name in metadata)
    if not names_fit or not all(_is_kept(value) for value in metadata.values()):
        raise wrong("metadata", METADATA_TEXT)
    issues = [
        (f"metadata.{name}", expected("string", value))
        for name, value in metadata.items()
        if not isinstance(value, str)
    ]
    if issues:
        raise QueryInvalid(issues)
    return metadata


def _is_kept(value: Any) -> bool:
    return isinstance(value, (int, float)) or (isinstance(value, str) and len(value) <= LONGEST_VALUE)


def phone_address(phone_number: str) -> str:
    """The address that an attendee without one is given."""
    return f"{phone_number.lstrip('+')}@{PHONE_ADDRESS_DOMAIN}"


def stored_address(tx: Transaction, email: str, client_id: str | None) -> str:
    """The managed user's address, where the plain one of a managed user of the event type's client was given."""
    if client_id is not None and "@" in email:
        managed = managed_address(email, client_id)
        if tx[USERS].first(email=managed) is not None:
            return managed
    return email
