"""Sends codes, and stores the addresses verified with them: for the team in the path, or else for the caller.

Source: Cal.com API v2, verified resources.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from mock_server.identity.model import USERS
from mock_server.runtime.call import Call
from mock_server.runtime.errors import ApiError, BadRequest, shared_library_error
from mock_server.runtime.outbox import Channel, Content, Message, post
from mock_server.state.collection import Collection
from mock_server.verified_resources.codes import current_code, is_accepted
from mock_server.verified_resources.hints import SEE_OUTBOX
from mock_server.verified_resources.model import VERIFIED_EMAILS, VERIFIED_PHONES, VerifiedResource


class Kind(msgspec.Struct, frozen=True):
    """A kind of resource: the name of its address in requests, and where it is stored."""

    name: Literal["email", "phone"]
    collection: Collection[Any]
    field: str
    channel: Channel


EMAILS = Kind("email", VERIFIED_EMAILS, "email", "email")
PHONES = Kind("phone", VERIFIED_PHONES, "phone_number", "sms")


def send_code(call: Call, kind: Kind) -> None:
    """Sends the current code to the address in the body."""
    address: str = call.body[kind.name]
    content = _content(call, kind, current_code(address, call.now))
    about = {"userId": call.caller.user_id, "teamId": _team_id(call)}
    message = Message(to=address, kind="verificationCode", content=content, about=about, channel=kind.channel)
    post(call.tx, [message])


def verify(call: Call, kind: Kind) -> VerifiedResource:
    """Adds a verified resource, and returns the oldest of its address. Raises the refusal of a wrong code."""
    address: str = call.body[kind.name]
    if not is_accepted(call.body["code"], address, call.now):
        raise _wrong_code(kind)
    rows = call.tx[kind.collection]
    added = rows.create(user_id=call.caller.user_id, team_id=_team_id(call), **{kind.field: address})
    return rows.first(**_owner(call), **{kind.field: address}) or added


def list_verified(call: Call, kind: Kind) -> list[VerifiedResource]:
    """A page of the verified resources of the team, or of all that the caller verified, including those for teams."""
    return call.tx[kind.collection].page(call.query["skip"], call.query["take"], **_owner(call))


def find_verified(call: Call, kind: Kind) -> VerifiedResource | None:
    """The verified resource with the id in the path, or None if it is not one of `list_verified`."""
    found = call.tx[kind.collection].get(call.path_number("id"))
    is_owned = found is not None and all(getattr(found, key) == value for key, value in _owner(call).items())
    return found if is_owned else None


def _team_id(call: Call) -> int | None:
    return call.path_number("teamId") if "teamId" in call.path else None


def _owner(call: Call) -> dict[str, int]:
    """The field by which verified resources of the team in the path, or else of the caller, are found."""
    team_id = _team_id(call)
    return {"user_id": call.caller.user_id} if team_id is None else {"team_id": team_id}


def _content(call: Call, kind: Kind, code: str) -> Content:
    if kind is PHONES:
        return Content(text=f"Your Cal.com verification code is: {code}", code=code)
    user = call.tx[USERS].require(call.caller.user_id)
    text = (
        "Verify your email address\n"
        f"Hi {user.username},\n"
        "Please verify your email address by using the below code.\n"
        f"{code}\n"
        "Happy scheduling The Cal.com, Inc. team"
    )
    return Content(subject="Cal.com: Verify your email", text=text, code=code)


def _wrong_code(kind: Kind) -> ApiError:
    if kind is PHONES:
        return BadRequest("Could not verify phone number.", hint=SEE_OUTBOX)
    return shared_library_error("BAD_REQUEST", hint=SEE_OUTBOX)
