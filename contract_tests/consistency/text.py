"""Text is returned as sent: astral characters, long texts, whitespace, capitals, markup."""

from __future__ import annotations

from typing import Any

from contract_tests.clients import EVENT_TYPES, SCHEDULES
from contract_tests.consistency.host import ANONYMOUS, attendee, host, managed_user
from contract_tests.consistency.resource import Fields
from contract_tests.consistency.session import Session
from contract_tests.editions import in_force, is_since

KEPT = "texts_are_kept"
TEXTS = (
    "Astral 😀 \U0001d4b3 𠮷 👩‍👩‍👧",
    "Long " + "ä" * 300 + " end",
    "  blanks at both ends  ",
    "MixedCASE Straße ŁÓDŹ",
    "<b>bold</b> & \"quoted\" 'twice' <script>alert(1)</script>",
    "two\nlines\tand a tab, then\r\nanother line end",
    "percent %20 plus + slash / back \\ {{braces}}",
    "العربية עברית ह़िन्दी",
    "e\u0301 decomposed",
)
ALL_AT_ONCE = "  ".join(["", *TEXTS, ""])
"""All of them in one text, with blanks at both ends."""


def kept_texts(session: Session) -> None:
    """Names, titles and descriptions of a user's items."""
    with host(session) as here:
        event_type = here.offer()
        for text in TEXTS:
            _event_type(session, here.headers, event_type, text)
            _schedule(session, here.headers, here.schedule, text)
        team = session.succeed("POST", "/v2/teams", here.headers, body={"name": session.title("Team")}).data["id"]
        hook: Fields = {"subscriberUrl": "https://hooks.example.com/x?Q=Ab%20c", "triggers": [], "active": False}
        made = session.succeed("POST", "/v2/webhooks", here.headers, body=hook).data
        _repeat(session, hook, "GET", "/v2/webhooks/{webhookId}", here.headers, {"webhookId": made["id"]})
        try:
            for text in TEXTS:
                change = {"name": f"{text} {session.serial()}", "bio": text}
                _write(session, "/v2/teams/{teamId}", here.headers, {"teamId": team}, change)
                change = {"secret": text, "payloadTemplate": text}
                _write(session, "/v2/webhooks/{webhookId}", here.headers, {"webhookId": made["id"]}, change)
        finally:
            session.call("DELETE", "/v2/teams/{teamId}", here.headers, ids={"teamId": team})
            session.call("DELETE", "/v2/webhooks/{webhookId}", here.headers, ids={"webhookId": made["id"]})


def _event_type(session: Session, headers: Fields, event_type: Fields, text: str) -> None:
    path, ids = "/v2/event-types/{eventTypeId}", {"eventTypeId": event_type["id"]}
    change: Fields = {
        "title": text, "description": text, "locations": [{"type": "address", "address": text, "public": True}]
    }  # fmt: skip
    _write(session, path, headers, ids, change, EVENT_TYPES)
    question = {"type": "text", "slug": "topic", "label": text, "placeholder": text, "required": False}
    choice = {"type": "select", "slug": "choice", "label": text, "options": [text, "other"], "placeholder": text}
    form = {"bookingFields": [question, {**choice, "required": False}]}
    session.succeed("PATCH", path, headers, ids=ids, body=form, version=EVENT_TYPES)
    reply = session.succeed("GET", path, headers, ids=ids, version=EVENT_TYPES)
    shown = {each["slug"]: each for each in reply.data["bookingFields"]}
    for sent in (question, choice):
        kept = shown.get(sent["slug"], {})
        wrong = {name: kept.get(name) for name, value in sent.items() if kept.get(name) != value}
        session.check(KEPT, not wrong, reply, f"differs from what was sent: {wrong}")


def _schedule(session: Session, headers: Fields, schedule: int, text: str) -> None:
    _write(session, "/v2/schedules/{scheduleId}", headers, {"scheduleId": schedule}, {"name": text}, SCHEDULES)


def _write(
    session: Session, path: str, headers: Fields, ids: Fields, change: Fields, version: str | None = None
) -> None:  # fmt: skip
    written = session.succeed("PATCH", path, headers, ids=ids, body=change, version=version)
    wrong = {name: written.data.get(name) for name, value in change.items() if written.data.get(name) != value}
    session.check(KEPT, not wrong, written, f"differs from what was sent: {wrong}")
    _repeat(session, change, "GET", path, headers, ids, version)


def _repeat(
    session: Session, sent: Fields, method: str, path: str, headers: Fields, ids: Fields, version: str | None = None
) -> None:  # fmt: skip
    reply = session.succeed(method, path, headers, ids=ids, version=version)
    wrong = {name: reply.data.get(name) for name, value in sent.items() if reply.data.get(name) != value}
    session.check(KEPT, not wrong, reply, f"differs from what was sent: {wrong}")


def booked_texts(session: Session) -> None:
    """Attendees' names and booking field responses."""
    with host(session) as here:
        event_type = here.offer(lengthInMinutes=15)
        for turn, text in enumerate(TEXTS):
            start = here.at(9 + turn // 4, 15 * (turn % 4))
            sent = {"topic": text, "x": text[:400], f"Key {text[:30].strip()}": "Own"}
            who = attendee(session, text)
            notes = " ".join(text.split())
            made = here.book(
                event_type, start, attendee=who, metadata=sent | {"topic": text[:500]},
                bookingFieldsResponses={"topic": text, "notes": notes},
            )  # fmt: skip
            reason = f"{text} again"
            moved = here.act(
                made,
                "reschedule",
                ANONYMOUS,
                start=here.at(9 + turn // 4, 15 * (turn % 4), 1),
                reschedulingReason=reason,
            )
            here.act(moved, "cancel", cancellationReason=text)
            shown = here.read(moved).data
            seen: dict[str, tuple[Any, Any]] = {
                "name": (shown["attendees"][0]["name"].strip(), text.strip()),
                "metadata": (shown["metadata"], sent | {"topic": text[:500]}),
                "answer": (shown["bookingFieldsResponses"].get("topic"), text),
                "description": (shown["description"], notes),
                "cancellationReason": (shown.get("cancellationReason"), text),
                "reschedulingReason": (shown.get("reschedulingReason"), _as_kept(reason)),
            }
            wrong = {name: pair for name, pair in seen.items() if pair[0] != pair[1]}
            session.check(KEPT, not wrong, here.read(moved), f"differs from what was sent: {wrong}")


def _as_kept(reason: str) -> str:
    """The reason of a reschedule: since 2026-09 an answer to the form, which is trimmed like the others."""
    return reason.strip() if in_force("reschedule-reason-in-its-field") else reason


def _as_compared(addresses: list[str]) -> list[str]:
    """Addresses of attendees, whose case is known to be kept in the first edition."""
    return [each.lower() for each in addresses] if is_since("2026-03") else addresses


def email_case(session: Session) -> None:
    """E-mail addresses and names of users."""
    email = f"{session.unique('Max.Power')}@Example.com"
    client = session.actors.client
    ids = {"clientId": session.actors.client_id}
    with managed_user(session, "capital", email=email) as user, host(session) as here:
        given = user.email.replace(f"+{session.actors.client_id}", "")
        reply = session.succeed("GET", "/v2/me", user.headers)
        session.check(KEPT, given.lower() == email.lower(), reply, "differs from the given address")
        session.check(
            KEPT,
            reply.data["email"] == user.email,
            reply,
            "differs from the address at creation",
        )
        path, known = "/v2/oauth-clients/{clientId}/users/{userId}", {**ids, "userId": user.id}
        for text in TEXTS:
            change = {"name": text, "bio": text, "metadata": {"note": text[:400]}}
            written = session.succeed("PATCH", path, client, ids=known, body=change)
            shown = session.succeed("GET", path, client, ids=known)
            for each in (written, shown):
                wrong = {
                    name: each.data.get(name)
                    for name, value in change.items()
                    if name in each.data and each.data[name] != value
                }
                session.check(KEPT, not wrong, each, f"differs from what was sent: {wrong}")
        for text in TEXTS:
            session.succeed("PATCH", "/v2/me", user.headers, body={"name": text, "bio": text})
            shown = session.succeed("GET", path, client, ids=known)
            right = (shown.data["name"], shown.data["bio"]) == (text, text)
            session.check(KEPT, right, shown, "differs from what the user sent")
        event_type = here.offer()
        booker = attendee(session, email=f"Ann.{session.unique('Lee')}@Example.com")
        guests = [f"Guest.{session.unique('Lee')}@Example.com"]
        made = here.book(event_type, here.at(10), attendee=booker, guests=guests)
        addresses = [each["email"] for each in made["attendees"]]
        answered = addresses[0]
        right = _as_compared(addresses) == _as_compared([booker["email"], *guests])
        session.check(KEPT, right, here.read(made), f"{addresses} are other addresses")
        found = here.listed(attendeeEmail=answered)
        seen = [each["uid"] for each in found.data]
        session.check("filters_and_pages_are_applied", seen == [made["uid"]], found, "is not found by its address")
        query = {"emails": user.email}
        reply = session.succeed("GET", "/v2/oauth-clients/{clientId}/users", client, ids=ids, query=query)
        seen = [each["id"] for each in reply.data]
        session.check("filters_and_pages_are_applied", seen == [user.id], reply, "is not found by the address")
