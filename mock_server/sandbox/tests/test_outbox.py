"""The outbox calls of the control plane: filters, waiting, refusals."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest

VERSION = {"cal-api-version": "2024-08-13"}
ATTENDEE = {"name": "Ann Lee", "email": "ann@example.com", "timeZone": "Europe/Rome"}
FIELDS = ["id", "at", "channel", "to", "kind", "subject", "text", "code", "attachments", "about", "requestId"]


@pytest.fixture
def frozen(client: httpx.Client) -> httpx.Client:
    """A client of a world where it is Monday morning."""
    client.put("/_sandbox/clock", json={"now": "2030-01-07T08:00:00Z", "frozen": True}).raise_for_status()
    return client


def book(client: httpx.Client, hour: int, **attendee: str) -> str:
    body = {"eventTypeId": 1, "start": f"2030-01-08T{hour:02}:00:00Z", "attendee": ATTENDEE | attendee}
    reply = client.post("/v2/bookings", json=body, headers=VERSION)
    assert reply.status_code == 201, reply.text
    return reply.json()["data"]["uid"]


def messages(client: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    reply = client.get("/_sandbox/outbox", params=query)
    assert reply.status_code == 200, reply.text
    assert reply.json()["status"] == "success"
    return reply.json()["data"]


def test_messages_are_recorded_and_come_newest_first(frozen: httpx.Client) -> None:
    assert messages(frozen) == []
    first = book(frozen, 10)
    frozen.post("/_sandbox/clock/advance", json={"minutes": 5}).raise_for_status()
    second = book(frozen, 11)
    found = messages(frozen)
    assert [list(each) for each in found] == [FIELDS] * 4
    assert [(each["id"], each["about"]["bookingUid"]) for each in found] == [
        (4, second),
        (3, second),
        (2, first),
        (1, first),
    ]
    assert [each["at"] for each in found] == ["2030-01-07T08:05:00.000Z"] * 2 + ["2030-01-07T08:00:00.000Z"] * 2
    assert messages(frozen, limit=1) == found[:1]


def test_a_refused_request_sends_nothing(frozen: httpx.Client) -> None:
    book(frozen, 10)
    frozen.delete("/_sandbox/outbox").raise_for_status()
    body = {"eventTypeId": 1, "start": "2030-01-08T10:00:00Z", "attendee": ATTENDEE}
    assert frozen.post("/v2/bookings", json=body, headers=VERSION).status_code == 400
    assert messages(frozen) == []


def test_filters_narrow_the_list(frozen: httpx.Client) -> None:
    uid = book(frozen, 10)
    book(frozen, 11, email="bob+work@example.com")
    body = {"cancellationReason": "ill"}
    frozen.post(f"/v2/bookings/{uid}/cancel", json=body, headers=VERSION).raise_for_status()
    assert len(messages(frozen)) == 6
    assert [each["kind"] for each in messages(frozen, to="ANN@example.com")] == ["bookingCancelled", "bookingConfirmed"]
    assert len(messages(frozen, bookingUid=uid)) == 4
    assert len(messages(frozen, kind="bookingCancelled", channel="email", bookingUid=uid)) == 2
    assert messages(frozen, channel="sms") == messages(frozen, to="nobody@example.com") == []
    [mail] = frozen.get("/_sandbox/outbox?to=bob+work@example.com").json()["data"]
    assert mail["to"] == "bob+work@example.com", "a plus sign need not be encoded"


def test_worlds_have_outboxes_of_their_own(frozen: httpx.Client) -> None:
    book(frozen, 10)
    world = frozen.post("/_sandbox/worlds", json={}).json()["id"]
    root = str(frozen.base_url).partition("/w/")[0]
    assert httpx.get(f"{root}/w/{world}/_sandbox/outbox").json()["data"] == [], "a branch has sent nothing"
    snapshot = frozen.get("/_sandbox/snapshot").json()
    assert "Talk between" not in str(snapshot)
    frozen.put("/_sandbox/snapshot", json=snapshot).raise_for_status()
    assert messages(frozen) == []
    httpx.delete(f"{root}/_sandbox/worlds/{world}").raise_for_status()


def test_the_list_is_cleared(frozen: httpx.Client) -> None:
    book(frozen, 10)
    assert frozen.delete("/_sandbox/outbox").json() == {"status": "success"}
    assert messages(frozen) == []
    book(frozen, 11)
    assert [each["id"] for each in messages(frozen)] == [4, 3]


def test_a_read_waits_for_messages(frozen: httpx.Client) -> None:
    found: list[Any] = []
    to = "ann@example.com"
    threads = [
        threading.Thread(target=lambda: found.append(len(messages(frozen, to=to, count=2)))),
        threading.Thread(target=lambda: found.append(len(messages(frozen, to=to, wait=10)))),
    ]
    for each in threads:
        each.start()
    book(frozen, 10)
    threads[1].join(10)
    assert found == [1], "one is enough without a count"
    book(frozen, 11)
    threads[0].join(10)
    assert found == [1, 2]
    assert messages(frozen, to="nobody@example.com", count=1, wait=0) == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "from=x",
            "GET /_sandbox/outbox takes the query parameters to, channel, kind, bookingUid, requestId, count, since, ",
        ),
        ("channel=fax", "`channel` takes one of email, sms, whatsapp."),
        ("kind=spam", "`kind` takes one of bookingRequested, "),
        ("count=-1", "`count` takes a whole number."),
        ("count=²", "`count` takes a whole number."),
        ("limit=99999999999", "`limit` takes a whole number."),
        ("wait=31", "`wait` takes seconds, at most 30."),
        ("wait=nan", "`wait` takes seconds, at most 30."),
        ("to=", "`to` is empty."),
        ("to=a&to=b", "`to` is given twice."),
    ],
)
def test_queries_that_cannot_be_meant_are_refused(client: httpx.Client, query: str, message: str) -> None:
    reply = client.get(f"/_sandbox/outbox?{query}")
    assert reply.status_code == 400
    assert reply.json()["error"].startswith(message)


def test_a_partial_deletion_is_refused(client: httpx.Client) -> None:
    reply = client.delete("/_sandbox/outbox?to=ann@example.com")
    assert (reply.status_code, list(reply.json())) == (400, ["error"])


@pytest.mark.parametrize("accepted", [True, False])
def test_an_invitation_to_an_organization_is_mailed(client: httpx.Client, *, accepted: bool) -> None:
    body = {"email": "invited@acme.example", "autoAccept": accepted}
    owner = {"Authorization": "Bearer cal_sandbox_owner"}
    client.post("/v2/organizations/1/users", json=body, headers=owner).raise_for_status()
    found = [(each["kind"], each["subject"], each["about"]) for each in messages(client, to="invited@acme.example")]
    subject = "Olivia Owner invited you to join the organization Acme on Cal.com"
    assert found == ([] if accepted else [("organizationInvitation", subject, {"organizationId": 1})])
