"""Faults of text: values that are not returned as sent, and duplicate names."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from contract_tests.mutants.kinds.building import every_text
from contract_tests.mutants.kinds.kind import fault
from contract_tests.mutants.proxy import Broken, Reply, Request
from mock_server.runtime.json_values import is_object

WRITES = (
    "update_event_type", "update_schedule", "update_team", "update_webhook", "update_managed_user", "create_booking",
    "cancel_booking", "reschedule_booking", "update_me",
)  # fmt: skip
CREATES = ("create_event_type", "create_schedule", "create_team", "create_managed_user")


def _text(name: str, means: str, change: Callable[[str], str], *operations: str) -> None:
    async def how(request: Request, broken: Broken) -> Reply:
        fields = request.content
        sent = every_text(fields, change)
        if sent == fields:
            return await broken.send(request)
        reply = await broken.send(request.with_content(sent))
        return broken.fire(reply) if reply.succeeded else await broken.send(request)

    how.__name__, how.__doc__ = name, means
    fault(*operations)(how)


def _basic(text: str) -> str:
    return "".join(each for each in text if ord(each) < 0x10000)


def _unaccented(text: str) -> str:
    return unicodedata.normalize("NFC", text)


_text("texts_end_at_255", "Texts are cut off after 255 characters.", lambda text: text[:255], *WRITES)
_text("astral_characters_are_lost", "Characters beyond the basic plane are lost.", _basic, *WRITES)
_text("whitespace_is_stripped", "Leading and trailing whitespace is lost.", str.strip, *WRITES[:5])
_text("markup_is_escaped", "Markup is escaped when it is stored.", lambda text: text.replace("<", "&lt;"), *WRITES[:5])
_text(
    "markup_is_removed",
    "Markup is removed.",
    lambda text: text.replace("<b>", "").replace("</b>", ""),
    *WRITES,
)
_text("line_breaks_are_lost", "Line breaks are lost.", lambda text: text.replace("\n", " "), *WRITES[:4])
_text("quotes_are_doubled", "Quotation marks are doubled.", lambda text: text.replace("'", "''"), *WRITES[:5])
_text(
    "percents_are_decoded",
    "Percent-encoded characters are decoded.",
    lambda text: text.replace("%20", " "),
    *WRITES[:4],
)
_text("plus_becomes_a_space", "A plus is stored as a space.", lambda text: text.replace("+", " "), *WRITES[:4])
_text("texts_are_normalised", "Text is normalised to composed characters.", _unaccented, *WRITES[:4])
_text(
    "texts_end_at_32_on_creation",
    "Texts of new things are cut off after 32 characters.",
    lambda text: text[:32],
    *CREATES,
)


@fault("create_event_type", "create_webhook", "create_managed_user")
async def duplicate_names_are_accepted(request: Request, broken: Broken) -> Reply:
    """A duplicate is accepted: it is created under another name, and the reply shows the requested one."""
    reply, fields = await broken.send(request), request.content
    if reply.status not in (400, 409) or not is_object(fields):
        return reply
    fresh = dict(fields)
    for name in ("slug", "subscriberUrl"):
        if name in fields and isinstance(fields[name], str):
            fresh[name] = f"{fields[name]}-again"
    if isinstance(fields.get("email"), str):
        fresh["email"] = f"again.{fields['email']}"
    other = await broken.send(request.with_content(fresh))
    if not other.succeeded or fresh == fields:
        return reply
    shown = other.data
    for name in ("slug", "subscriberUrl"):
        if name in fields and is_object(shown):
            shown = {**shown, name: fields[name]}
    return broken.fire(other.with_data(shown))


@fault("list_managed_users", "list_bookings")
async def email_lookup_is_case_sensitive(request: Request, broken: Broken) -> Reply:
    """The lookup by e-mail address is case-sensitive."""
    asked = dict(request.parameters)
    address = asked.get("emails", asked.get("attendeeEmail", ""))
    reply = await broken.send(request)
    if address == address.lower() or not reply.succeeded or not reply.data:
        return reply
    return broken.fire(reply.with_data([]))
