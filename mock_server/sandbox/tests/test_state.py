"""The state and its commits, as the control plane shows them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, cast

import httpx
import pytest

from mock_server.runtime.shared_limit import SharedLimit
from mock_server.runtime.workers import Workers
from mock_server.sandbox import commits
from mock_server.sandbox.commits import CommitControls, Commits, CommitsOfWorlds, KeptCommit, SharedCommits
from mock_server.state import row_changes
from mock_server.state.log import WorldReset
from mock_server.state.row_changes import PastChange
from mock_server.state.worlds import World

VERSION = {"cal-api-version": "2024-06-14"}


def rows(client: httpx.Client, name: str, **query: Any) -> dict[str, Any]:
    return client.get(f"/_sandbox/state/{name}", params=query).raise_for_status().json()


def ids(page: dict[str, Any]) -> list[Any]:
    return [row["id"] for row in page["rows"]]


def create_event_type(client: httpx.Client, slug: str) -> int:
    body = {"title": slug, "slug": slug, "lengthInMinutes": 30}
    return client.post("/v2/event-types", json=body, headers=VERSION).raise_for_status().json()["data"]["id"]


def test_all_collections_are_listed_with_their_filters(client: httpx.Client) -> None:
    listed = {each["name"]: each for each in client.get("/_sandbox/state").json()["collections"]}
    snapshot = client.get("/_sandbox/snapshot").json()["collections"]
    assert {name: each["rows"] for name, each in listed.items()} == {
        name: len(found) for name, found in snapshot.items()
    }
    assert listed["team_billing"]["filters"] == ["id"]
    assert {"id", "team_id", "role", "accepted", "user_id"} <= set(listed["memberships"]["filters"])


def test_rows_are_paged_in_the_order_of_their_keys(client: httpx.Client) -> None:
    page = rows(client, "users", skip=1, limit=2)
    assert (ids(page), page["total"], page["skip"], page["limit"]) == ([2, 3], 5, 1, 2)
    assert rows(client, "users", skip=5)["rows"] == []
    assert rows(client, "users")["rows"][3]["email"] == "solo@example.com"


@pytest.mark.parametrize(
    ("name", "query", "found"),
    [
        ("users", {"id": "4"}, [4]),
        ("users", {"id": "99"}, []),
        ("memberships", {"team_id": "2"}, [4, 5]),
        ("memberships", {"team_id": "2", "role": "OWNER", "accepted": "true"}, [4]),
        ("memberships", {"team_id": "2", "role": "OWNER"}, [4]),
        ("memberships", {"accepted": "false"}, []),
        ("memberships", {"user_id": "1", "team_id": "2"}, [4]),
        ("memberships", {"user_id": "1", "team_id": "2", "role": "MEMBER"}, []),
        ("teams", {"parent_id": "null"}, [1]),
    ],
)
def test_rows_can_be_filtered_by_any_indexed_fields(
    client: httpx.Client, name: str, query: dict[str, str], found: list[int]
) -> None:
    assert ids(rows(client, name, **query)) == found


@pytest.mark.parametrize(
    ("call", "status", "message"),
    [
        ("state/user", 404, "There is no collection `user`; did you mean users? GET /_sandbox/state lists them."),
        ("state/users?name=x", 400, "GET /_sandbox/state/users takes the query parameters id, "),
        ("state/users?id=x", 400, "`id` cannot be `x`: "),
        ("commits?collection=user", 400, "There is no collection `user`"),
        ("commits?key=4", 400, "`key` needs a `collection`."),
    ],
)
def test_what_the_state_does_not_have_is_refused(client: httpx.Client, call: str, status: int, message: str) -> None:
    reply = client.get(f"/_sandbox/{call}")
    assert reply.status_code == status
    assert reply.json()["error"].startswith(message)


def test_commits_show_what_changed_and_how(client: httpx.Client) -> None:
    made = create_event_type(client, "talk")
    client.patch(f"/v2/event-types/{made}", json={"title": "Call"}, headers=VERSION).raise_for_status()
    client.delete(f"/v2/event-types/{made}", headers=VERSION).raise_for_status()
    query = {"collection": "event_types", "key": made, "since": 0}
    history = client.get("/_sandbox/commits", params=query).raise_for_status().json()["commits"]
    changes = [next(each for each in one["changes"] if each["collection"] == "event_types") for one in history]
    assert [each["action"] for each in changes] == ["created", "updated", "deleted"]
    assert [(each["before"] or {}).get("title") for each in changes] == [None, "talk", "Call"]
    assert [(each["after"] or {}).get("title") for each in changes] == ["talk", "Call", None]
    requests = client.get("/_sandbox/requests", params={"since": 0}).json()["requests"]
    assert [each["commit"] for each in requests] == [each["version"] for each in history]


def test_the_clock_and_resets_are_among_the_commits(client: httpx.Client) -> None:
    client.put("/_sandbox/clock", json={"now": "2030-01-07T08:00:00Z", "frozen": True}).raise_for_status()
    create_event_type(client, "talk")
    snapshot = client.get("/_sandbox/snapshot").json()
    client.post("/_sandbox/reset").raise_for_status()
    client.put("/_sandbox/snapshot", json=snapshot).raise_for_status()
    listed = client.get("/_sandbox/commits").json()["commits"]
    assert [each["kind"] for each in listed] == ["restore", "reset", "commit", "clock"]
    assert listed[2]["at"] == "2030-01-07T08:00:00.000Z"


def test_only_the_last_commits_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commits, "KEPT_BYTES", 7)
    kept = Commits(SharedLimit(100))
    moment = datetime.now(UTC)
    for number in range(1, 6):
        kept.add(KeptCommit(number, moment, "commit", size=3))
    assert [each.number for each in kept] == [5, 4]


class StoredWorld:
    """A world of a store that keeps its last changes."""

    def __init__(self, last: int) -> None:
        self.version = last
        self.read = list[int]()
        self.companion = dict[CommitsOfWorlds, Commits]()

    async def past_changes(self, most: int, before: int | None = None) -> list[PastChange]:
        """See World."""
        newest = self.version if before is None else before - 1
        versions = range(newest, max(newest - most, 1), -1)
        self.read += versions
        return [PastChange(each, datetime.now(UTC), WorldReset("main"), []) for each in versions]


def test_commits_that_a_process_has_not_seen_come_from_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commits, "KEPT_COMMITS", 4)
    monkeypatch.setattr(commits, "READ_AT_ONCE", 3)
    kept = SharedCommits(SharedLimit(10_000))
    world = StoredWorld(7)

    def listed(*noted: int) -> list[int]:
        for version in noted:
            kept.add(KeptCommit(version, datetime.now(UTC), "commit"))
        asyncio.run(kept.complete(cast("World", world)))
        return [each.number for each in kept]

    assert listed(6, 7) == [7, 6, 5, 4]
    assert listed(7) == [7, 6, 5, 4], "an entry that was read already"
    world.version = 12
    assert listed(11, 12) == [12, 11, 10, 9], "the ones in between are missing"
    world.version = 13
    assert listed(13) == [13, 12, 11, 10]


def test_no_more_is_read_from_the_store_than_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commits, "KEPT_BYTES", 3 * commits.COMMIT_OVERHEAD)
    monkeypatch.setattr(commits, "READ_AT_ONCE", 2)
    kept, world = SharedCommits(SharedLimit(10_000)), StoredWorld(9)
    asyncio.run(kept.complete(cast("World", world)))
    assert [each.number for each in kept] == [9, 8, 7]
    assert world.read == [9, 8, 7, 6]
    asyncio.run(kept.complete(cast("World", world)))
    assert world.read == [9, 8, 7, 6], "nothing has changed"


def test_a_list_that_waits_has_the_commits_that_its_process_missed() -> None:
    every = CommitsOfWorlds()
    kept, world = SharedCommits(SharedLimit(100_000)), StoredWorld(3)
    world.companion[every] = kept

    async def story() -> dict[str, Any]:
        controls, query = CommitControls(every, Workers()), {"since": "3", "wait": "20"}
        waiting = asyncio.create_task(controls.list_commits(cast("World", world), query))
        while not list(kept):
            await asyncio.sleep(0)
        world.version = 6
        kept.add(KeptCommit(6, datetime.now(UTC), "commit"))
        return await waiting

    found = asyncio.run(story())
    assert ([each["version"] for each in found["commits"]], found["last"]) == ([4, 5, 6], 6)


def test_commits_count_for_the_rows_before_and_after(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commits, "KEPT_BYTES", 350_000)
    made = create_event_type(client, "talk")
    for text in "abcde":
        body = {"description": text * 50_000}
        client.patch(f"/v2/event-types/{made}", json=body, headers=VERSION).raise_for_status()
    kept = client.get("/_sandbox/commits").raise_for_status().json()["commits"]
    assert [each["changes"][0]["after"]["description"][0] for each in kept] == ["e", "d", "c"]


@pytest.mark.parametrize(("name", "most"), [("MOST_ROWS", 1), ("CHANGE_OVERHEAD", 3 * 1024 * 1024)])
def test_the_first_changes_of_a_large_commit_are_kept(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, name: str, most: int
) -> None:
    monkeypatch.setattr(row_changes, name, most)
    create_event_type(client, "talk")
    booking = {"eventTypeId": 1, "start": "2030-01-08T10:00:00Z",
               "attendee": {"name": "A", "email": "a@example.com", "timeZone": "Europe/Rome"}}  # fmt: skip
    client.put("/_sandbox/clock", json={"now": "2030-01-07T08:00:00Z"}).raise_for_status()
    client.post("/v2/bookings", json=booking, headers={"cal-api-version": "2024-08-13"}).raise_for_status()
    [latest] = client.get("/_sandbox/commits", params={"limit": 1}).json()["commits"]
    assert (len(latest["changes"]), latest["omitted"] > 0) == (1, True)
