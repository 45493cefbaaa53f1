"""Effects across resources: defaults and profiles, parents and children, cascading deletions."""

from __future__ import annotations

from typing import Any

from contract_tests.clients import BOOKINGS, EVENT_TYPES, SCHEDULES, SLOTS
from contract_tests.coming_days import coming_monday
from contract_tests.consistency.actors import Headers
from contract_tests.consistency.host import (
    ANONYMOUS,
    BOOKING,
    WEEK,
    Host,
    host,
    hosting,
    managed_user,
    starts,
    whole_hours,
)
from contract_tests.consistency.resource import Fields
from contract_tests.consistency.resources import a_user, workflow_body
from contract_tests.consistency.session import Session
from contract_tests.consistency.teams import team_led_by
from contract_tests.http import Reply

HANGS = "defaults_are_consistent"
SCHEDULE = "/v2/schedules/{scheduleId}"
EVENT_TYPE = "/v2/event-types/{eventTypeId}"
GONE = "deleted_things_are_gone"


def default_schedule(session: Session) -> None:
    """The profile and the schedules agree on a single default schedule."""
    with managed_user(session, "planner") as user:
        mine = user.headers
        numbers: list[int] = []
        for turn in range(3):
            body = {
                "name": f"Hours {turn}",
                "timeZone": "UTC",
                "isDefault": turn != 1,
                "availability": _hours(8 + turn),
            }
            body["overrides"] = [{"date": "2049-12-24", "startTime": "10:00", "endTime": "12:30"}]
            made = session.succeed("POST", "/v2/schedules", mine, body=body, version=SCHEDULES)
            numbers.append(made.data["id"])
            session.check(HANGS, made.data["isDefault"] == (turn != 1), made, "is or is not the default, as was asked")
            _one_default(session, mine, numbers[0] if turn < 2 else numbers[2], 8 if turn < 2 else 10)
        session.succeed("PATCH", SCHEDULE, mine, ids=_schedule(numbers[1]), body={"isDefault": True}, version=SCHEDULES)
        _one_default(session, mine, numbers[1], 9)
        changed = session.succeed("PATCH", "/v2/me", mine, body={"defaultScheduleId": numbers[0]})
        session.check(HANGS, changed.data["defaultScheduleId"] == numbers[0], changed, "is not the chosen default")
        _one_default(session, mine, numbers[0], 8)
        _follows_the_default(session, mine, numbers)


def _schedule(number: int) -> Fields:
    return {"scheduleId": number}


def _hours(start: int) -> list[Fields]:
    return [{"days": WEEK, "startTime": f"{start:02}:00", "endTime": f"{start + 2:02}:00"}]


def _one_default(session: Session, mine: Fields, expected: int, hour: int) -> None:
    me = session.succeed("GET", "/v2/me", mine)
    session.check(HANGS, me.data["defaultScheduleId"] == expected, me, f"the profile's default should be {expected}")
    default = session.succeed("GET", "/v2/schedules/default", mine, version=SCHEDULES)
    right = default.data["id"] == expected and default.data["availability"][0]["startTime"] == f"{hour:02}:00"
    session.check(HANGS, right, default, f"the default schedule should be {expected}")
    own = session.succeed("GET", SCHEDULE, mine, ids=_schedule(expected), version=SCHEDULES)
    session.check(HANGS, own.data == default.data, default, "differs from the schedule by its id")
    listed = session.succeed("GET", "/v2/schedules", mine, version=SCHEDULES)
    seen = [each["id"] for each in listed.data if each["isDefault"]]
    session.check(HANGS, seen == [expected], listed, f"the defaults are {seen}, not {[expected]}")


def _follows_the_default(session: Session, mine: Fields, numbers: list[int]) -> None:
    """An event type without a schedule follows the default schedule."""
    here = Host(session, mine, {})
    event_type = here.offer(scheduleId=None)
    here.expect(event_type, here.hours(8, 9), "the hours of the default schedule")
    session.succeed("PATCH", SCHEDULE, mine, ids=_schedule(numbers[2]), body={"isDefault": True}, version=SCHEDULES)
    here.expect(event_type, here.hours(10, 11), "the hours of the new default")
    body = {"availability": _hours(14)}
    session.succeed("PATCH", SCHEDULE, mine, ids=_schedule(numbers[2]), body=body, version=SCHEDULES)
    here.expect(event_type, here.hours(14, 15), "the default's new hours")
    here.change(event_type, scheduleId=numbers[1])
    here.expect(event_type, here.hours(9, 10), "the hours of a schedule of its own")
    session.succeed("DELETE", SCHEDULE, mine, ids=_schedule(numbers[1]), version=SCHEDULES)
    ids = {"eventTypeId": event_type["id"]}
    reply = session.succeed("GET", "/v2/event-types/{eventTypeId}", mine, ids=ids, version=EVENT_TYPES)
    session.check(HANGS, reply.data["scheduleId"] is None, reply, "its schedule was deleted")
    here.expect(event_type, here.hours(14, 15), "the default's hours once its own schedule is deleted")


def deleted_event_types(session: Session) -> None:
    """Deleting an event type deletes its webhooks and slots; its bookings remain without it."""
    with host(session) as here:
        made, kept = here.offer(), here.offer()
        ids = {"eventTypeId": made["id"]}
        hooks = "/v2/event-types/{eventTypeId}/webhooks"
        body = {"subscriberUrl": "https://hooks.example.com/gone", "triggers": ["BOOKING_CREATED"], "active": False}
        hook = session.succeed("POST", hooks, here.headers, ids=ids, body=body).data
        booked = here.book(made, here.at(10))
        session.succeed("DELETE", "/v2/event-types/{eventTypeId}", here.headers, ids=ids, version=EVENT_TYPES)
        here.made.remove(made["id"])
        query = {"eventTypeId": made["id"], "start": f"{here.day}", "end": f"{here.day}"}
        _gone(session, session.call("GET", "/v2/slots", ANONYMOUS, query=query, version=SLOTS), "slots")
        _gone(session, session.call("GET", hooks, here.headers, ids=ids), "webhooks of the event type")
        known = {**ids, "webhookId": hook["id"]}
        _gone(session, session.call("GET", f"{hooks}/{{webhookId}}", here.headers, ids=known), "its webhook")
        _gone(session, here.ask(made, here.at(12)), "booking it")
        shown = here.read(booked)
        right = shown.data["eventType"] is None and shown.data["eventTypeId"] is None
        session.check(HANGS, right, shown, "the booking still names an event type")
        session.check(HANGS, shown.data["status"] == "accepted", shown, "the booking should still stand")
        here.expect(kept, here.hours(*whole_hours(but=(10,))), "the booking still takes its time")
        query = {"sortCreated": "desc", "take": 20}
        listed = session.succeed("GET", "/v2/bookings", here.headers, query=query, version=BOOKINGS)
        there = booked["uid"] in [each["uid"] for each in listed.data]
        session.check(HANGS, there, listed, "the booking is no longer listed")


def workflows_of_event_types(session: Session) -> None:
    """A user's workflow is active on event types of the user alone, and no longer on one that was deleted."""
    path = "/v2/workflows"
    if session.lacks(path):
        return
    with (
        managed_user(session, "host") as user, managed_user(session, "other") as other,
        hosting(session, user) as here, hosting(session, other) as there,
    ):  # fmt: skip
        made, kept, foreign = here.offer(), here.offer(), there.offer()

        def active_on(*event_types: Fields) -> Fields:
            numbers = [each["id"] for each in event_types]
            return {"activation": {"isActiveOnAllEventTypes": False, "activeOnEventTypeIds": numbers}}

        body = {**workflow_body(session, {}), **active_on(made)}
        workflow = session.succeed("POST", path, user.headers, body=body).data
        ids, one = {"workflowId": workflow["id"]}, f"{path}/{{workflowId}}"
        _judge_activation(session, session.succeed("GET", one, user.headers, ids=ids), [made])
        changed = session.succeed("PATCH", one, user.headers, ids=ids, body=active_on(made, kept))
        named_as_before = changed.data["name"] == workflow["name"]
        session.check("updates_leave_the_rest", named_as_before, changed, "the name has changed too")
        refused = session.call("PATCH", one, user.headers, ids=ids, body=active_on(foreign))
        session.check("other_users_are_refused", refused.status == 403, refused, "the event type of another user")
        hidden = session.call("GET", one, other.headers, ids=ids)
        session.check("other_users_are_refused", hidden.status == 404, hidden, "the workflow of another user")
        for event_type, expected in ((None, [made, kept]), (made, [kept])):
            if event_type is not None:
                known = {"eventTypeId": event_type["id"]}
                session.succeed("DELETE", EVENT_TYPE, user.headers, ids=known, version=EVENT_TYPES)
                here.made.remove(event_type["id"])
            _judge_activation(session, session.succeed("GET", one, user.headers, ids=ids), expected)
        session.succeed("DELETE", one, user.headers, ids=ids)


def _judge_activation(session: Session, shown: Reply, expected: list[Fields]) -> None:
    seen, numbers = shown.data["activation"]["activeOnEventTypeIds"], [each["id"] for each in expected]
    session.check(GONE, sorted(seen) == numbers, shown, f"is active on {seen} in place of {numbers}")


def _gone(session: Session, reply: Reply, what: str) -> None:
    """Checks that a deleted item is refused, or that there is nothing."""
    is_gone = reply.status in (400, 403, 404) or session.holds_nothing(reply)
    session.check(GONE, is_gone, reply, f"{what} should be gone")


def deleted_users(session: Session) -> None:
    """Deleting a user deletes tokens, schedules, event types and memberships."""
    client, ids = session.actors.client, {"clientId": session.actors.client_id}
    users = "/v2/oauth-clients/{clientId}/users"
    body = {"email": f"{session.unique('leaver')}@example.com", "name": "Leaver"}
    made = session.succeed("POST", users, client, ids=ids, body=body).data
    user, mine = made["user"], {"Authorization": f"Bearer {made['accessToken']}"}
    known = {**ids, "userId": user["id"]}
    try:
        here = Host(session, mine, user)
        body = {"name": "Hours", "timeZone": "UTC", "isDefault": True, "availability": _hours(9)}
        session.succeed("POST", "/v2/schedules", mine, body=body, version=SCHEDULES)
        event_type = here.offer(scheduleId=None)
        here.expect(event_type, here.hours(9, 10), "the hours of the schedule")
        booked = here.book(event_type, here.at(9))
    finally:
        session.call("DELETE", f"{users}/{{userId}}", client, ids=known)
    for path, version in (("/v2/me", None), ("/v2/schedules", SCHEDULES), ("/v2/bookings", BOOKINGS)):
        reply = session.call("GET", path, mine, version=version)
        session.check(GONE, reply.status in (401, 403), reply, "the token of a deleted user is still good")
    refreshed = session.call(
        "POST", "/v2/oauth/{clientId}/refresh", client, ids=ids, body={"refreshToken": made["refreshToken"]}
    )
    session.check(GONE, not refreshed.succeeded, refreshed, "the tokens of a deleted user can be refreshed")
    _gone(session, here.ask(event_type, here.at(10)), "the user's event type")
    query = {"eventTypeId": event_type["id"], "start": f"{here.day}", "end": f"{here.day}"}
    _gone(session, session.call("GET", "/v2/slots", ANONYMOUS, query=query, version=SLOTS), "the user's slots")
    reply = session.call("GET", BOOKING, ANONYMOUS, ids={"bookingUid": booked["uid"]}, version=BOOKINGS)
    session.check("statuses_are_described", reply.status in (200, 404), reply, "neither there nor gone")
    again = session.succeed("POST", users, client, ids=ids, body={"email": body_email(user, session), "name": "Back"})
    fresh = again.data["user"]["id"]
    session.call("DELETE", f"{users}/{{userId}}", client, ids={**ids, "userId": fresh})
    session.check("ids_are_never_reused", fresh != user["id"], again, "has the id of a deleted user")


def body_email(user: Fields, session: Session) -> str:
    """The e-mail address that a managed user was created with, before the server added the client's id."""
    return user["email"].replace(f"+{session.actors.client_id}", "")


def deleted_teams(session: Session) -> None:
    """Deleting a team deletes its memberships, its event types and their managed children."""
    with (
        managed_user(session, "lead") as lead,
        managed_user(session, "ann") as ann,
        team_led_by(session, lead) as ids,
    ):
        team = ids["teamId"]
        base = "/v2/teams/{teamId}"
        body = {"userId": ann.id, "accepted": True, "role": "MEMBER"}
        member = session.succeed("POST", f"{base}/memberships", lead.headers, ids=ids, body=body).data
        offered = _team_offer(session, lead.headers, ids, "collective", [ann.id, lead.id])
        parent, child = _managed(session, lead.headers, ids, ann.id)
        own = {"eventTypeId": child["id"]}
        _child_follows(session, ann.headers, lead.headers, {**ids, "eventTypeId": parent["id"]}, own)
        seen = session.succeed("GET", "/v2/teams", ann.headers)
        session.check(HANGS, team in [each["id"] for each in seen.data], seen, "a member does not see the team")
        session.succeed("DELETE", base, lead.headers, ids=ids)
        for path, more in (
            (base, {}), (f"{base}/memberships", {}),
            (f"{base}/event-types/{{eventTypeId}}", {"eventTypeId": offered["id"]}),
            (f"{base}/memberships/{{membershipId}}", {"membershipId": member["id"]}),
        ):  # fmt: skip
            _gone(session, session.call("GET", path, lead.headers, ids={**ids, **more}), path)
        _gone(
            session,
            session.call("GET", "/v2/event-types/{eventTypeId}", ann.headers, ids=own, version=EVENT_TYPES),
            "a child",
        )
        for user in (lead, ann):
            seen = session.succeed("GET", "/v2/teams", user.headers)
            session.check(GONE, team not in [each["id"] for each in seen.data], seen, "the team is still listed")
        query = {"eventTypeId": offered["id"], "start": f"{coming_monday()}", "end": f"{coming_monday()}"}
        _gone(session, session.call("GET", "/v2/slots", ANONYMOUS, query=query, version=SLOTS), "slots of the team")


def _team_offer(session: Session, headers: Fields, ids: Fields, kind: str, users: list[int], **more: Any) -> Any:
    body = {
        "title": "Call", "slug": session.unique("call"), "lengthInMinutes": 60, "schedulingType": kind,
        "hosts": [{"userId": each} for each in users], **more,
    }  # fmt: skip
    return session.succeed("POST", "/v2/teams/{teamId}/event-types", headers, ids=ids, body=body).data


def _managed(session: Session, headers: Fields, ids: Fields, user: int) -> tuple[Fields, Fields]:
    parent, *children = _team_offer(session, headers, ids, "managed", [user])
    return parent, children[0]


def _child_follows(session: Session, mine: Fields, lead: Fields, parent: Fields, own: Fields) -> None:
    """A managed event type follows its parent."""
    path = "/v2/teams/{teamId}/event-types/{eventTypeId}"
    change = {"title": session.title("Renamed"), "lengthInMinutes": 45, "description": "As the team wants it"}
    session.succeed("PATCH", path, lead, ids=parent, body=change)
    reply = session.succeed("GET", "/v2/event-types/{eventTypeId}", mine, ids=own, version=EVENT_TYPES)
    wrong = {name: reply.data[name] for name, value in change.items() if reply.data[name] != value}
    session.check(HANGS, not wrong, reply, f"the child does not follow its parent: {wrong}")


def team_slots(session: Session) -> None:
    """A team's slots suit all hosts, or any of them, and bookings block their hosts."""
    with (
        managed_user(session, "early") as early, managed_user(session, "late") as late,
        managed_user(session, "lead") as lead,
        hosting(session, early) as one, hosting(session, late) as two,
        team_led_by(session, lead) as ids,
    ):  # fmt: skip
        one.reschedule_hours(availability=_hours_of(9, 13), isDefault=True)
        two.reschedule_hours(availability=_hours_of(11, 17), isDefault=True)
        for user in (early, late):
            body = {"userId": user.id, "accepted": True}
            session.succeed("POST", "/v2/teams/{teamId}/memberships", lead.headers, ids=ids, body=body)
        _judge_group(session, one, [early.username, late.username])
        _judge_team(session, one, two, lead.headers, ids, [early.id, late.id])


def _hours_of(start: int, end: int) -> list[Fields]:
    return [{"days": WEEK, "startTime": f"{start:02}:00", "endTime": f"{end:02}:00"}]


def _judge_group(session: Session, one: Host, names: list[str]) -> None:
    """The slots of a dynamic group suit all of its users."""
    teams = session.succeed("GET", "/v2/teams", one.headers)
    slug = next((each["slug"] for each in teams.data if each["isOrganization"]), None)
    if slug is None:
        return
    query = {"usernames": ",".join(names), "organizationSlug": slug, "start": f"{one.day}", "end": f"{one.day}"}
    reply = session.succeed("GET", "/v2/slots", ANONYMOUS, query=query, version=SLOTS)
    expected = {one.at(hour, minute) for hour in (11, 12) for minute in (0, 30)}
    session.check("settings_take_effect", set(starts(reply)) == expected, reply, "not what suits both")


def _judge_team(session: Session, one: Host, two: Host, lead: Fields, ids: Fields, users: list[int]) -> None:
    together = _team_offer(session, lead, ids, "collective", users, minimumBookingNotice=0)
    either = _team_offer(session, lead, ids, "roundRobin", users, minimumBookingNotice=0)
    one.expect(together, one.hours(11, 12), "both hosts are free")
    one.expect(either, one.hours(*range(9, 17)), "one of the hosts is free")
    mine, theirs = one.offer(), two.offer()
    booked = one.book(together, one.at(11))
    one.expect(together, one.hours(12), "one of two hours is booked")
    one.expect(mine, one.hours(9, 10, 12), "the booking takes the first host's time")
    two.expect(theirs, two.hours(12, 13, 14, 15, 16), "the booking takes the second host's time")
    one.expect(either, one.hours(9, 10, 12, 13, 14, 15, 16), "neither host is free at eleven")
    one.refuse(together, one.at(9), "an hour that suits only one of the hosts")
    emails = {each["email"] for each in booked["attendees"]} | {each["email"] for each in booked["hosts"]}
    expected = {one.user["email"], two.user["email"]}
    session.check(HANGS, expected <= emails, one.read(booked), "both hosts should attend")
    taken = one.book(either, one.at(12))
    first = taken["hosts"][0]["email"]
    other = two if first == one.user["email"] else one
    session.check(HANGS, first in expected, one.read(taken), "is hosted by another user")
    free = one.hours(12) <= set(starts(one.search(mine if other is one else theirs)))
    session.check(HANGS, free, one.read(taken), "only the host who was chosen should have the booking")


def unique_ids(session: Session) -> None:
    """Ids of deleted items are not reused."""
    with host(session) as here:
        mine = here.headers
        hook: Fields = {"subscriberUrl": "https://hooks.example.com/x", "triggers": [], "active": False}
        cases: list[tuple[str, str, str, Fields, str | None]] = [
            ("/v2/schedules", SCHEDULE, "scheduleId", {"name": "x", "timeZone": "UTC", "isDefault": False}, SCHEDULES),
            ("/v2/event-types", EVENT_TYPE, "eventTypeId", {"title": "x", "lengthInMinutes": 15}, EVENT_TYPES),
            ("/v2/webhooks", "/v2/webhooks/{webhookId}", "webhookId", hook, None),
            ("/v2/teams", "/v2/teams/{teamId}", "teamId", {"name": "x"}, None),
        ]  # fmt: skip
        for collection, item, name, body, version in cases:
            seen: list[Any] = []
            for _ in range(3):
                fields = {**body, "slug": session.unique("x")} if "title" in body else body
                fields = {**fields, "name": session.title("x")} if collection == "/v2/teams" else fields
                reply = session.succeed("POST", collection, mine, body=fields, version=version)
                number = reply.data["id"]
                session.check("ids_are_never_reused", number not in seen, reply, f"the id {number} was given before")
                seen.append(number)
                session.succeed("DELETE", item, mine, ids={name: number}, version=version)


def deleted_attributes(session: Session) -> None:
    """Deleting an attribute deletes its options and assignments."""
    owner, base = session.actors.organization, "/v2/organizations/{orgId}/attributes"
    with a_user(session) as user:
        slug = session.unique("attribute")
        body = {
            "name": session.title("Office"), "slug": slug, "type": "SINGLE_SELECT", "enabled": True,
            "options": [{"value": "Oslo", "slug": f"{slug}-a"}],
        }  # fmt: skip
        made = session.succeed("POST", base, owner, ids=user, body=body).data
        ids = {**user, "attributeId": made["id"]}
        option = session.succeed("GET", f"{base}/{{attributeId}}/options", owner, ids=ids).data[0]["id"]
        path = f"{base}/options/{{userId}}"
        session.succeed("POST", path, owner, ids=ids, body={"attributeId": made["id"], "attributeOptionId": option})
        shown = session.succeed("GET", path, owner, ids=ids)
        session.check(HANGS, [each["id"] for each in shown.data] == [option], shown, "is not assigned")
        session.succeed("DELETE", f"{base}/{{attributeId}}", owner, ids=ids)
        for each in (path, f"{base}/{{attributeId}}/options"):
            reply = session.call("GET", each, owner, ids=ids)
            session.check(GONE, not reply.data, reply, "the option should be gone with its attribute")


def absences(session: Session) -> None:
    """A user who is out of office cannot be booked until the entry is deleted."""
    with managed_user(session, "away") as user, hosting(session, user) as here:
        ids = {"orgId": session.actors.organization_id, "userId": user.id}
        _absence(here, "/v2/organizations/{orgId}/users/{userId}/ooo", session.actors.organization, ids)


def own_absences(session: Session) -> None:
    """The same for an entry of the user's own."""
    path = "/v2/me/ooo"
    if session.lacks(path):
        return
    with managed_user(session, "away") as user, hosting(session, user) as here:
        _absence(here, path, user.headers, {})


def absences_in_teams(session: Session) -> None:
    """The same for an entry that the owner of a team made: it counts in the member's own event types, too."""
    path = "/v2/teams/{teamId}/users/{userId}/ooo"
    if session.lacks(path):
        return
    with (
        managed_user(session, "away") as user, managed_user(session, "lead") as lead,
        hosting(session, user) as here, team_led_by(session, lead) as ids,
    ):  # fmt: skip
        known = {"teamId": ids["teamId"], "userId": user.id}
        body = {"userId": user.id, "accepted": True}
        session.succeed("POST", "/v2/teams/{teamId}/memberships", lead.headers, ids=known, body=body)
        _absence(here, path, lead.headers, known)


def _absence(here: Host, path: str, headers: Headers, ids: Fields) -> None:
    session, event_type, day = here.session, here.offer(), f"{here.day}"
    body = {"start": f"{day}T00:00:00.000Z", "end": f"{day}T23:59:59.999Z", "reason": "sick", "notes": "Flu"}
    made = session.succeed("POST", path, headers, ids=ids, body=body).data
    here.expect(event_type, set(), "out of office")
    here.expect(event_type, here.hours(*whole_hours(), days=1), "back in the office", days=1)
    here.refuse(event_type, here.at(10), "a user who is out of office")
    known = {**ids, "oooId": made["id"]}
    later = {"start": body["start"].replace(day, f"{here.at(0, days=1)[:10]}"), "end": here.at(23, days=1)}
    session.succeed("PATCH", f"{path}/{{oooId}}", headers, ids=known, body=later)
    here.expect(event_type, here.hours(*whole_hours()), "the absence was moved")
    here.expect(event_type, set(), "the absence was moved to here", days=1)
    session.succeed("DELETE", f"{path}/{{oooId}}", headers, ids=known)
    here.expect(event_type, here.hours(*whole_hours(), days=1), "the absence was deleted", days=1)
