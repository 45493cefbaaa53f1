"""Concurrent and consecutive writes are not lost."""

from __future__ import annotations

from contract_tests.clients import BOOKINGS, EVENT_TYPES, SCHEDULES
from contract_tests.consistency.host import ANONYMOUS, Host, attendee, host, managed_user
from contract_tests.consistency.resource import Fields
from contract_tests.consistency.session import Session
from contract_tests.http import request_to

LOST = "writes_are_not_lost"
AT_ONCE = 6


def concurrent_writes(session: Session) -> None:
    """Concurrent creations all exist; concurrent changes of different fields are all kept."""
    with host(session) as here:
        made = _made_at_once(here)
        listed = session.succeed("GET", "/v2/webhooks", here.headers)
        known = {each["id"] for each in listed.data}
        session.check(
            LOST, set(made) <= known and len(set(made)) == AT_ONCE, listed, f"{len(set(made) - known)} are lost"
        )
        path, ids = "/v2/event-types/{eventTypeId}", {"eventTypeId": here.offer()["id"]}
        _changed_at_once(
            session, path, here.headers, ids, EVENT_TYPES,
            {"title": "Changed", "description": "Else", "slotInterval": 45, "beforeEventBuffer": 5,
             "afterEventBuffer": 15, "minimumBookingNotice": 77},
        )  # fmt: skip
        _changed_at_once(
            session, "/v2/schedules/{scheduleId}", here.headers, {"scheduleId": here.schedule}, SCHEDULES,
            {"name": "Changed", "timeZone": "Asia/Tokyo"},
        )  # fmt: skip
        _changed_at_once(
            session, "/v2/webhooks/{webhookId}", here.headers, {"webhookId": made[0]}, None,
            {"active": True, "secret": "changed", "payloadTemplate": "changed", "subscriberUrl": "https://hooks.example.com/changed"},
        )  # fmt: skip
        for each in made:
            session.call("DELETE", "/v2/webhooks/{webhookId}", here.headers, ids={"webhookId": each})


def _made_at_once(here: Host) -> list[str]:
    session = here.session
    body: Fields = {"triggers": [], "active": False}
    urls = [f"https://hooks.example.com/{session.unique('at-once')}" for _ in range(AT_ONCE)]
    requests = [
        request_to("POST", "/v2/webhooks", here.headers, body={**body, "subscriberUrl": each}) for each in urls
    ]  # fmt: skip
    replies = session.together(requests, session.description_of("POST", "/v2/webhooks"))
    for reply in replies:
        session.check("valid_requests_succeed", reply.succeeded, reply, "a valid request is refused")
    return [reply.data["id"] for reply in replies if reply.succeeded]


def _changed_at_once(
    session: Session,
    path: str,
    headers: Fields,
    ids: Fields,
    version: str | None,
    changes: Fields,
    *,
    always: Fields | None = None,
) -> None:
    """Sends each change in a separate request, all at the same time, with the fields `always`."""
    requests = [
        request_to("PATCH", path, headers, ids=ids, body={**(always or {}), name: value}, version=version)
        for name, value in changes.items()
    ]
    for reply in session.together(requests, session.description_of("PATCH", path)):
        session.check("valid_requests_succeed", reply.succeeded, reply, "a valid request is refused")
    reply = session.succeed("GET", path, headers, ids=ids, version=version)
    lost = {name: reply.data[name] for name, value in changes.items() if reply.data.get(name, value) != value}
    session.check(LOST, not lost, reply, f"changes were lost: {lost}")


def concurrent_bookings(session: Session) -> None:
    """Of concurrent requests for the same hour, one succeeds."""
    with host(session) as here:
        event_type = here.offer()
        bodies = [
            {"eventTypeId": event_type["id"], "start": here.at(10), "attendee": attendee(session)} for _ in range(4)
        ]  # fmt: skip
        operation = session.description_of("POST", "/v2/bookings")
        requests = [request_to("POST", "/v2/bookings", ANONYMOUS, body=each, version=BOOKINGS) for each in bodies]
        replies = session.together(requests, operation)
        taken = [reply for reply in replies if reply.succeeded]
        session.check(LOST, len(taken) == 1, replies[0], f"{len(taken)} of {len(replies)} have the same hour")
        listed = here.listed()
        session.check(LOST, len(listed.data) == len(taken), listed, "not as many as were confirmed")
        bodies = [
            {"eventTypeId": event_type["id"], "start": here.at(hour), "attendee": attendee(session)}
            for hour in (11, 13, 15)
        ]  # fmt: skip
        requests = [request_to("POST", "/v2/bookings", ANONYMOUS, body=each, version=BOOKINGS) for each in bodies]
        for reply in session.together(requests, operation):
            session.check("valid_requests_succeed", reply.succeeded, reply, "a free hour is refused")
        listed = here.listed()
        session.check(LOST, len(listed.data) == len(taken) + len(bodies), listed, "some of the bookings are lost")


def sequential_writes(session: Session) -> None:
    """Each of many consecutive changes is read next; concurrent changes are all kept."""
    client, ids = session.actors.client, {"clientId": session.actors.client_id}
    with managed_user(session, "busy") as user:
        known = {**ids, "userId": user.id}
        path = "/v2/oauth-clients/{clientId}/users/{userId}"
        changes: tuple[Fields, ...] = (
            {"name": "One"}, {"bio": "Two"}, {"locale": "it"}, {"timeFormat": 24}, {"weekStart": "Monday"},
            {"timeZone": "Asia/Tokyo"}, {"avatarUrl": "https://example.com/a.png"}, {"name": "Three"},
        )  # fmt: skip
        _changed_in_a_row(session, path, client, known, changes)
        _changed_in_a_row(
            session, "/v2/me", user.headers, {}, ({"timeFormat": 12}, {"weekStart": "Friday"}, {"timeZone": "UTC"})
        )
        _changed_at_once(
            session, path, client, known, None, {"name": "Four", "bio": "Five", "locale": "fr", "weekStart": "Sunday"}
        )
        _changed_at_once(
            session,
            "/v2/me",
            user.headers,
            {},
            None,
            {"timeFormat": 24, "weekStart": "Monday", "timeZone": "Europe/Rome"},
        )
        _changed_team(session, user.headers)


def _changed_team(session: Session, headers: Fields) -> None:
    name = session.title("Team")
    ids = {"teamId": session.succeed("POST", "/v2/teams", headers, body={"name": name}).data["id"]}
    path, changed = "/v2/teams/{teamId}", {"bio": "Six", "timeZone": "Asia/Tokyo", "weekStart": "Monday"}
    try:
        _changed_at_once(session, path, headers, ids, None, changed, always={"name": name})
        again = {"bio": "Seven", "timeZone": "UTC", "weekStart": "Friday"}
        one_by_one = tuple({"name": name, each: value} for each, value in again.items())
        _changed_in_a_row(session, path, headers, ids, one_by_one)
    finally:
        session.call("DELETE", path, headers, ids=ids)


def _changed_in_a_row(session: Session, path: str, headers: Fields, ids: Fields, changes: tuple[Fields, ...]) -> None:
    kept: Fields = {}
    for change in changes:
        kept |= change
        session.succeed("PATCH", path, headers, ids=ids, body=change)
        reply = session.succeed("GET", path, headers, ids=ids)
        lost = {name: reply.data[name] for name, value in kept.items() if reply.data.get(name, value) != value}
        session.check(LOST, not lost, reply, f"earlier changes were lost: {lost}")
