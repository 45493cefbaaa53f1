"""Reads single fields of a booking request: start, attendee, guests and metadata.

Source: Cal.com API v2, bookings: create, fields.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from mock_server.bookings.bodies import AttendeeBody
from mock_server.identity.addresses import managed_address
from mock_server.identity.model import USERS
from mock_server.runtime.errors import BadRequest, QueryInvalid
from mock_server.runtime.iso_dates import read_iso_date
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.rules import failed_property, joined
from mock_server.state.transaction import Transaction

DEFAULT_LANGUAGE = "en"
CONTACT_REQUIRED = "Attendee must have at least one contact method (email or phone number)"
CONTACT_REQUIRED_2025_04 = "At least one contact method (email or phone number) must be provided"
MAX_METADATA_KEYS, MAX_METADATA_KEY_LENGTH, MAX_METADATA_VALUE_LENGTH = 50, 40, 500
METADATA_INVALID = (
    f"Metadata must have at most {MAX_METADATA_KEYS} keys, each key up to {MAX_METADATA_KEY_LENGTH} characters, "
    f"and string values up to {MAX_METADATA_VALUE_LENGTH} characters."
)
PHONE_ADDRESS_DOMAIN = "sms.cal.com"

_JSON_TYPES: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
}


class Booker(msgspec.Struct, frozen=True):
    """The person who books. Without an e-mail, the phone number replaces it if the event type allows that."""

    name: str
    time_zone: str
    language: str
    email: str | None = None
    phone_number: str | None = None


def invalid_property(name: str, message: str) -> BadRequest:
    """The refusal of a property, worded like the joined validation messages."""
    return BadRequest(joined([failed_property(name, [message])]))


def invalid_attendee(name: str, message: str) -> BadRequest:
    """The refusal of a property of the attendee."""
    return BadRequest(joined([failed_property("attendee", children=[failed_property(name, [message])])]))


def read_start(text: str) -> datetime:
    """The start in UTC, without milliseconds. A text without an offset is in UTC; a date means its midnight.

    Raises QueryInvalid for impossible dates such as February 30: the live service then misses both start and end.
    """
    moment = read_iso_date(text)
    if moment is None:
        raise QueryInvalid([(name, type_mismatch("string", None)) for name in ("end", "start")])
    return moment.replace(microsecond=0)


def json_type(value: object) -> str:
    """The name of a value's JSON type."""
    return _JSON_TYPES.get(type(value), "object")


def type_mismatch(kind: str, value: object) -> str:
    """The message about a value whose JSON type is not `kind`."""
    return f"Expected {kind}, received {json_type(value)}"


def read_booker(tx: Transaction, attendee: AttendeeBody) -> Booker:
    """The attendee of a request. Raises BadRequest if both the e-mail and the phone number are missing."""
    email = _optional_text("email", attendee.get("email"))
    phone = _optional_text("phoneNumber", attendee.get("phoneNumber"))
    if tx.has("contact-required"):
        if not email and not phone:
            raise invalid_attendee("attendee email or phone", CONTACT_REQUIRED)
    elif email == "" and not phone:
        raise invalid_attendee("email", CONTACT_REQUIRED_2025_04)
    return Booker(
        attendee["name"], attendee["timeZone"], attendee.get("language") or DEFAULT_LANGUAGE, email or None, phone
    )


def _optional_text(name: str, value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise invalid_attendee(name, f"{name} must be a string")
    return value


def read_guests(guests: object) -> list[str] | None:
    """The guests' e-mail addresses, whose format is checked later with the answers, as is null. Raises BadRequest."""
    if guests is None:
        return None
    if not is_list(guests):
        raise invalid_property("guests", "guests must be an array")
    if not all(isinstance(guest, str) for guest in guests):
        raise invalid_property("guests", "each value in guests must be a string")
    return guests


def read_metadata(metadata: object) -> dict[str, str]:
    """The metadata of a request. Raises BadRequest; QueryInvalid for numbers and booleans."""
    if metadata is None:
        return {}
    if not is_object(metadata):
        raise invalid_property("metadata", "metadata must be an object")
    keys_fit = len(metadata) <= MAX_METADATA_KEYS and all(len(key) <= MAX_METADATA_KEY_LENGTH for key in metadata)
    if not keys_fit or not all(_is_accepted(value) for value in metadata.values()):
        raise invalid_property("metadata", METADATA_INVALID)
    issues = [
        (f"metadata.{key}", type_mismatch("string", value))
        for key, value in metadata.items()
        if not isinstance(value, str)
    ]
    if issues:
        raise QueryInvalid(issues)
    return metadata


def _is_accepted(value: object) -> bool:
    return isinstance(value, (int, float)) or (isinstance(value, str) and len(value) <= MAX_METADATA_VALUE_LENGTH)


def placeholder_email(phone_number: str) -> str:
    """The e-mail address given to an attendee who has only a phone number."""
    return f"{phone_number.lstrip('+')}@{PHONE_ADDRESS_DOMAIN}"


def stored_email(tx: Transaction, email: str, client_id: str | None) -> str:
    """The address to store: of a managed user of the OAuth client, the managed one instead of the plain one."""
    if client_id is not None and "@" in email:
        managed = managed_address(email, client_id)
        if tx[USERS].first(email=managed) is not None:
            return managed
    return email
