"""HTTP itself: browsers, preflight, HEAD, entity tags, content types and broken JSON."""

from __future__ import annotations

from contract_tests.clients import BOOKINGS, EVENT_TYPES, SCHEDULES
from contract_tests.consistency.account import plain_reads_of
from contract_tests.consistency.actors import Headers
from contract_tests.consistency.host import ANONYMOUS, Host, host, managed_user
from contract_tests.consistency.resource import Fields, no_context
from contract_tests.consistency.session import Session
from contract_tests.http import Reply, Request, request_to
from contract_tests.nonexistent import NO_CLIENT, NO_NUMBER, NO_TEXT

BROWSERS = "cors_allows_browsers"
HEADS = "head_matches_get"
TAGS = "conditional_reads_are_correct"
Read = tuple[str, Fields, str | None]
"""Path, ids and version of a read."""
SENT_HEADERS = ("authorization", "content-type", "cal-api-version", "x-cal-client-id", "x-cal-secret-key")


def browsers(session: Session) -> None:
    """CORS: pages of any origin may send credentials and versions, and read the reply."""
    by_method = {each.method: each for each in session.description if each.id not in session.unavailable}
    some = session.some({each.path: each for each in session.description}.values())
    for operation in (*some, *by_method.values()):
        asked = {
            "Origin": "https://app.example.org", "Access-Control-Request-Method": operation.method,
            "Access-Control-Request-Headers": ",".join(SENT_HEADERS),
        }  # fmt: skip
        request = request_to("OPTIONS", operation.path, asked, ids=_unknown_ids(operation.path))
        reply = session.exchange(operation, request)
        session.check(BROWSERS, reply.status in (200, 204), reply, "a preflight is refused")
        origin = reply.headers.get("access-control-allow-origin")
        session.check(BROWSERS, origin in ("*", "https://app.example.org"), reply, f"allows the origin {origin}")
        allowed = {each.strip().upper() for each in reply.headers.get("access-control-allow-methods", "").split(",")}
        session.check(BROWSERS, operation.method in allowed, reply, f"does not allow {operation.method}: {allowed}")
        names = {each.strip().lower() for each in reply.headers.get("access-control-allow-headers", "").split(",")}
        lacking = set[str]() if "*" in names else set(SENT_HEADERS) - names
        session.check(BROWSERS, not lacking, reply, f"does not allow the headers {lacking}")


def _unknown_ids(path: str) -> Fields:
    """Unknown ids for all path parameters."""
    names = {"clientId": NO_CLIENT, "bookingUid": NO_TEXT, "uid": NO_TEXT, "app": "zoom", "calendar": "google"}
    parts = [each.strip("{}") for each in path.split("/") if each.startswith("{")]
    return {each: names.get(each, NO_NUMBER) for each in parts}


def head_requests(session: Session) -> None:
    """HEAD is answered like GET, without the body."""
    with no_context(session) as ids:
        for path, purpose, version in plain_reads_of(session):
            headers = session.actors.of(purpose)
            if path == "/v2/calendars":
                continue
            for sent in (headers, ANONYMOUS):
                got = session.call("GET", path, sent, ids=ids, version=version)
                head = session.exchange(got.operation, request_to("HEAD", path, sent, ids=ids, version=version))
                session.check(HEADS, head.status == got.status, head, f"GET answers {got.status}")
                session.check(HEADS, not head.text, head, "has a body")
                # The tag of a refusal is that of a text with a time.
                names = ("content-type", "access-control-allow-origin", *(["etag"] if got.succeeded else []))
                wrong = {
                    name: (got.headers.get(name), head.headers.get(name))
                    for name in names
                    if got.headers.get(name) != head.headers.get(name)
                }
                session.check(HEADS, not wrong, head, f"has other headers: {wrong}")


def entity_tags(session: Session) -> None:
    """Entity tags are valid until a change, and for one caller and one page only."""
    with managed_user(session, "tagged") as other, host(session) as here:
        event_type = here.offer()
        booking = here.book(event_type, here.at(10))
        reads: list[Read] = [
            ("/v2/me", {}, None), ("/v2/schedules", {}, SCHEDULES), ("/v2/webhooks", {}, None),
            ("/v2/schedules/{scheduleId}", {"scheduleId": here.schedule}, SCHEDULES),
            ("/v2/event-types/{eventTypeId}", {"eventTypeId": event_type["id"]}, EVENT_TYPES),
            ("/v2/bookings", {}, BOOKINGS), ("/v2/bookings/{bookingUid}", {"bookingUid": booking["uid"]}, BOOKINGS),
        ]  # fmt: skip
        _tags_of_others(session, here.headers, other.headers, reads)
        seen: dict[str, str] = {}
        for path, ids, version in reads:
            reply = session.succeed("GET", path, here.headers, ids=ids, version=version)
            tag = reply.headers.get("etag")
            if tag is not None:
                again = _if_none_match(session, path, here.headers, ids, version, tag)
                session.check(TAGS, again.status == 304, again, "nothing has changed")
                session.check(TAGS, not again.text, again, "304 has no body")
                several = _if_none_match(session, path, here.headers, ids, version, f'"of-another-time", {tag}')
                session.check(TAGS, several.status == 304, several, "one of several tags is the present one")
                for old_path, old in seen.items():
                    session.check(TAGS, old != tag, reply, f"has the tag of {old_path}")
                seen[path] = tag
        _tags_of_pages(session, here.headers)
        changed = _change_parts(here, event_type)
        _require_new_tags(session, here, [each for each in reads if each[0] in changed], seen)
        _change_everything(session, here, event_type, booking)
        _require_new_tags(session, here, reads, seen)


def _require_new_tags(session: Session, here: Host, reads: list[Read], seen: dict[str, str]) -> None:
    for path, ids, version in reads:
        if path in seen:
            reply = _if_none_match(session, path, here.headers, ids, version, seen[path])
            session.check(TAGS, reply.status == 200, reply, "was changed, but is said not to be")
            seen[path] = reply.headers.get("etag", "")


def _tags_of_others(session: Session, mine: Headers, theirs: Headers, reads: list[Read]) -> None:
    for path, ids, version in reads:
        if ids:
            continue
        tag = session.succeed("GET", path, theirs, ids=ids, version=version).headers.get("etag")
        own = session.succeed("GET", path, mine, ids=ids, version=version)
        if tag is not None and own.headers.get("etag") != tag:
            reply = _if_none_match(session, path, mine, ids, version, tag)
            session.check(TAGS, reply.status == 200, reply, "another caller's tag is taken for one's own")
        same = own.headers.get("etag") == tag and tag is not None
        answered = session.succeed("GET", path, theirs, ids=ids, version=version)
        session.check(TAGS, not same or answered.data == own.data, own, "two callers have one tag for two contents")


def _tags_of_pages(session: Session, headers: Headers) -> None:
    """The tag of one page is not taken for another page."""
    path, pages = "/v2/bookings", ({"take": 1}, {"take": 1, "skip": 1})
    first, second = (session.succeed("GET", path, headers, query=each, version=BOOKINGS) for each in pages)
    tag = first.headers.get("etag")
    if tag is not None and first.data != second.data:
        conditional = {**headers, "If-None-Match": tag}
        reply = session.call("GET", path, conditional, query=pages[1], version=BOOKINGS)
        session.check(TAGS, reply.status == 200, reply, "the tag of another page is taken for its own")


def _if_none_match(session: Session, path: str, headers: Headers, ids: Fields, version: str | None, tag: str) -> Reply:
    return session.call("GET", path, {**headers, "If-None-Match": tag}, ids=ids, version=version)


def _change_parts(here: Host, event_type: Fields) -> set[str]:
    """Changes only what the items contain in lists. Returns the paths of the reads that differ."""
    here.reschedule_hours(overrides=[{"date": "2049-12-24", "startTime": "10:00", "endTime": "12:30"}])
    here.change(event_type, locations=[{"type": "link", "link": "https://example.com/other", "public": True}])
    return {"/v2/schedules", "/v2/schedules/{scheduleId}", "/v2/event-types/{eventTypeId}"}


def _change_everything(session: Session, here: Host, event_type: Fields, booking: Fields) -> None:
    session.succeed("PATCH", "/v2/me", here.headers, body={"timeFormat": 24, "weekStart": "Wednesday"})
    here.reschedule_hours(name="Other hours")
    here.change(event_type, title="Another title")
    here.act(booking, "cancel", cancellationReason="over")
    hook: Fields = {"subscriberUrl": "https://hooks.example.com/tag", "triggers": [], "active": False}
    session.succeed("POST", "/v2/webhooks", here.headers, body=hook)


def malformed_bodies(session: Session) -> None:
    """Malformed JSON is rejected first; bodies of other content types are not read."""
    for operation in session.some(each for each in session.description if each.request_body is not None):
        for text in (b'{"name": ', b"{'name': 'x'}", b'"text"'):
            headers = {"content-type": "application/json", **_version(operation.versions)}
            sent = request_to(operation.method, operation.path, headers, ids=_unknown_ids(operation.path))
            reply = session.exchange(operation, Request(sent.method, sent.target, sent.headers, text))
            session.check("broken_json_is_refused", reply.status == 400, reply, f"{text!r} is not refused with 400")
            kind = reply.headers.get("content-type", "")
            session.check("content_type_is_json", kind.startswith("application/json"), reply, f"content type {kind!r}")
    with host(session) as here:
        for path, version, body in (
            ("/v2/schedules", SCHEDULES, b'{"name": "x", "timeZone": "UTC", "isDefault": false}'),
            ("/v2/event-types", EVENT_TYPES, b'{"title": "x", "slug": "x", "lengthInMinutes": 15}'),
            (
                "/v2/webhooks",
                None,
                b'{"subscriberUrl": "https://hooks.example.com/x", "triggers": [], "active": false}',
            ),
        ):
            operation = session.description_of("POST", path)
            for kind in ("text/plain", "application/x-www-form-urlencoded"):
                sent = request_to("POST", path, {**here.headers, "content-type": kind}, version=version)
                reply = session.exchange(operation, Request(sent.method, sent.target, sent.headers, body))
                session.check("broken_json_is_refused", reply.status == 400, reply, f"{kind} is read as JSON")
        for kind in ("application/json; charset=utf-8", "application/json;charset=UTF-8", "APPLICATION/JSON"):
            headers, body = {**here.headers, "content-type": kind}, {"name": session.title("Größe")}
            ids = {"scheduleId": here.schedule}
            reply = session.succeed(
                "PATCH", "/v2/schedules/{scheduleId}", headers, ids=ids, body=body, version=SCHEDULES
            )  # fmt: skip
            right = reply.data["name"] == body["name"]
            session.check("replies_echo_the_request", right, reply, f"{kind}: the name is {reply.data['name']}")


def _version(versions: frozenset[str] | None) -> Headers:
    return {"cal-api-version": max(versions)} if versions else {}
