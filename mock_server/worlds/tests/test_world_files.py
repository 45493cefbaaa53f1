"""World files: what may be left out, mistakes with their lines, the JSON Schema, exports and snapshots."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import msgspec
import pytest
from click.testing import CliRunner, Result

from contract_tests.coming_days import from_tomorrow
from mock_server.cli import app
from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime.settings import Settings
from mock_server.sandbox.world_files import schema_of
from mock_server.state.edition import EDITIONS
from mock_server.state.root import Root
from mock_server.state.snapshot import take
from mock_server.worlds.export import world_file
from mock_server.worlds.json_schema import world_schema
from mock_server.worlds.loader import DEFAULT_WORLD_FILE, WorldFile, load_world
from mock_server.worlds.shapes import shapes_of
from mock_server.worlds.yaml_text import YamlText

HTTP = httpx.Client(verify=False)  # Loading certificates takes longer than all requests.
README = Path(__file__).parent.parent / "README.md"
SCHEMA = schema_of("2026-03")
KEY = {"Authorization": "Bearer cal_ann", "cal-api-version": "2024-08-13"}


def read(text: str) -> Root:
    file = WorldFile(SCHEMA, text)
    assert file.mistakes == []
    assert file.root is not None
    return file.root


def rows(root: Root, name: str) -> dict[Any, Any]:
    return dict(root.tables[name].rows)


def command(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["world", *arguments])


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_default_world_and_its_export_fit_the_schema_and_are_the_same(edition: str) -> None:
    schema = schema_of(edition)
    text = DEFAULT_WORLD_FILE.read_text(encoding="utf-8")
    root, exported = load_world(schema), world_file(load_world(schema))
    assert [shapes_of(schema).misfits(YamlText(each).value) for each in (text, exported)] == [[], []]
    again = WorldFile(schema, exported).root
    assert again is not None
    assert take(again) == take(root)


def test_the_schema_describes_what_entries_hold() -> None:
    schema = world_schema(SCHEMA)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(schema)
    assert set(SCHEMA.collections) < set(schema["properties"])
    assert all(each["additionalProperties"] is False for each in (schema, *schema["$defs"].values()))
    user, key = schema["$defs"]["User"], schema["$defs"]["ApiKey"]
    assert user["title"] == "User"
    assert user["description"].startswith("A user account.")
    assert user["required"] == []
    assert user["properties"]["created_date"] == {"type": "string", "format": "date-time"}
    assert user["properties"]["x-since"]["enum"] == list(EDITIONS)
    assert key["anyOf"] == [{"required": ["key"]}, {"required": ["hashed_key"]}]
    assert msgspec.json.decode(command("schema").stdout) == msgspec.json.decode(msgspec.json.encode(schema))


MISTAKES = """
users:
  - {email: ann@example.com, nmae: Ann, created_date: yesterday}
  - {id: 1, email: bob@example.com, role: ADMN}
  - {id: 1, email: bob@example.com}
  - 5
api_kesy: []
api_keys:
  - {user_id: 1}
  - {key: abc, user_id: 1}
  - {key: cal_abc, user_id: 9}
schedules:
  - user_id: 1
    availability:
      - {days: [1], start_time: 9, end_time: 25:00}
event_types:
  - {title: Talk, booking_window: {type: range, dayz: 5}}
  - title: Talk
    length: 30
    length: 40
feeds:
  - {name: a, text: b, x-since: 1999-01}
"""

MISTAKES_FOUND = """
3 users, entry 1, created_date: "yesterday" is not a time with its time zone, such as 2025-04-01T08:00:00Z.
3 users, entry 1, nmae: There is no `nmae`; did you mean name?
4 users, entry 2, role: "ADMN" is not one of ADMIN, USER; did you mean ADMIN?
5 users, entry 3, id: 1 is the id of entry 2, too.
6 users, entry 4: 5 is not a mapping.
7 There is no collection api_kesy; did you mean api_keys?
9 api_keys, entry 1: One of `key`, `hashed_key` is missing.
10 api_keys, entry 2, key: "abc" is not a key that begins with cal_.
11 api_keys, entry 3, user_id: There is no 9 among users. There are: 1.
15 schedules, entry 1, availability[0].end_time: "25:00" is not a time of day, such as 09:00.
15 schedules, entry 1, availability[0].start_time: 9 is not a text.
17 event_types, entry 1: `length` is missing.
17 event_types, entry 1, booking_window.dayz: There is no `dayz`; did you mean days?
19 event_types, entry 2, length: `length` is there twice.
22 feeds, entry 1, x-since: "1999-01" is not one of 2025-04, 2026-03, 2026-09.
"""


def test_every_mistake_is_named_with_its_line() -> None:
    found = sorted(WorldFile(SCHEMA, MISTAKES).mistakes)
    assert "\n".join(f"{each.line} {each}" for each in found) == MISTAKES_FOUND.strip()


BOOKABLE = "users: [{}]\nevent_types: [{title: Talk, length: 30}]\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("users: [{id: 1}, {id: 2, email: user-1@example.com}]", "users, entry 2, email: entry 1 has the same email"),
        ("users: [{id: 1}, {id: 2}]\nschedules: [{}]", "`user_id` is missing: there is more than one of users."),
        ("schedules: [{}]", "schedules, entry 1: `user_id` is missing."),
        ("sequences: {users: 1}\nusers: [{id: 2}]", "sequences.users: 2 is in use, which is more than 1."),
        ("sequences: {user: 1}", "There is no collection user; did you mean users?"),
        ("clock: {frozen_at: 0001-01-01T00:00:00Z}", "The clock goes from 1970 to 9000."),
        ("users: !!set {a}", "It is not YAML: it has tags other than those of JSON values."),
        ("users: &a [*a]", "It is not YAML: it is nested too deeply, or within itself."),
        (
            f"{BOOKABLE}bookings: [{{event_type_id: 1, start: 2016-12-31T23:59:60Z}}]",
            "bookings, entry 1: `end` is missing.",
        ),
        (
            f"{BOOKABLE}bookings: [{{event_type_id: 1, start: 9999-12-31T23:50:00Z}}]",
            "bookings, entry 1: `end` is missing.",
        ),
        ("complete: true\nusers: [{id: 1}]", "users, entry 1: `created_date` is missing."),
    ],
)
def test_a_mistake_says_what_would_be_right(text: str, expected: str) -> None:
    assert expected in " ".join(map(str, WorldFile(SCHEMA, text).mistakes))


def test_check_names_contradictions_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "world.yaml"
    file.write_text("teams: [{name: Sales}]\nevent_types:\n  - {title: A, length: 5, team_id: 1}\n", encoding="utf-8")
    result = command("check", str(file))
    assert (result.exit_code, result.stdout) == (
        1, f"{file}:3: event type 1 belongs to team 1 and user None, scheduled None\n"
    )  # fmt: skip
    file.write_text("users: [{name: Ann, x-since: 2026-09}]\nschedules: [{user_id: 1}]\n", encoding="utf-8")
    for edition, status in (("2026-03", 1), ("2026-09", 0)):
        assert command("check", str(file), "--edition", edition).exit_code == status
    result = command("check", str(tmp_path / "none.yaml"))
    assert result.exit_code == 2
    assert "cannot be read: No such file" in result.stderr


def test_ids_times_and_owners_are_filled_in() -> None:
    root = read("""
        users:
          - {id: 7, name: Zoë Lee, time_zone: Europe/Rome}
          - {email: bob.stone@example.org, default_schedule_id: null}
        schedules: [{user_id: 7, availability: [{days: [1], start_time: 9:30, end_time: 17:00}]}]
        webhooks: [{user_id: 7, subscriber_url: "http://127.0.0.1:9/", triggers: [BOOKING_CREATED]}]
        bookings: [{event_type_id: 1, start: 2050-01-03t10:00:00+01:00}]
        attendees: [{email: cy@example.com}]
        event_types: [{user_id: 7, title: A b, length: 15}]
    """)
    zoe, bob = rows(root, "users")[7], rows(root, "users")[8]
    assert (zoe.email, zoe.username, zoe.default_schedule_id) == ("zoe-lee@example.com", "zoe-lee", 1)
    assert (bob.name, bob.username, bob.default_schedule_id) == ("Bob Stone", "bob.stone", None)
    [schedule] = rows(root, "schedules").values()
    assert (schedule.name, schedule.time_zone) == ("Default schedule", "Europe/Rome")
    assert (schedule.availability[0].start_time, schedule.availability[0].end_time) == (time(9, 30), time(17))
    booking, attendee = rows(root, "bookings")[1], rows(root, "attendees")[1]
    assert (booking.user_id, booking.title) == (7, "A b between Zoë Lee and Cy")
    assert booking.end == datetime(2050, 1, 3, 9, 15, tzinfo=UTC)
    assert (attendee.start, attendee.time_zone) == (booking.start, "Europe/Rome")
    assert booking.responses == {"name": "Cy", "email": "cy@example.com"}
    assert root.drawn == 2  # The webhook's id and the booking's uid.
    assert root.sequences["users"] == 8


def test_members_of_an_organization_have_a_profile_and_a_membership() -> None:
    root = read("""
        teams: [{name: Acme, is_organization: true}, {name: Sales, parent_id: 1}]
        users: [{name: Ann}, {name: Bob, organization_id: 1}]
        memberships: [{user_id: 1, team_id: 1, role: OWNER}, {user_id: 2, team_id: 2}]
        organization_settings: [{}]
    """)
    assert rows(root, "users")[1].organization_id == 1
    assert [each.username for each in rows(root, "profiles").values()] == ["ann", "bob"]
    memberships = {
        (each.user_id, each.team_id): (each.role, each.accepted) for each in rows(root, "memberships").values()
    }
    assert memberships == {(1, 1): ("OWNER", True), (2, 2): ("MEMBER", True), (2, 1): ("MEMBER", True)}
    assert rows(root, "organization_settings")[1].organization_id == 1


def _example() -> str:
    found = re.search(r"```yaml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
def smallest(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A running sandbox with the example of the README."""
    file: Path = tmp_path_factory.mktemp("worlds") / "world.yaml"
    file.write_text(_example(), encoding="utf-8")
    with HTTP, running_sandbox(Settings(strict=True, edition="2026-03", world=file)) as running:
        yield running


def test_the_smallest_world_takes_bookings_and_its_export_is_the_same_state(
    smallest: RunningSandbox, tmp_path: Path
) -> None:
    assert len(_example().splitlines()) <= 10
    with smallest.world() as url:
        booking = _book(url)
        assert booking["hosts"][0]["email"] == "ann@example.com"
        HTTP.delete(f"{url}/v2/schedules/1", headers={**KEY, "cal-api-version": "2024-06-11"})
        file, snapshot = tmp_path / "world.yaml", tmp_path / "world.json"
        assert command("export", str(file), "--url", url).exit_code == 0
        snapshot.write_bytes(HTTP.get(f"{url}/_sandbox/snapshot").content)
        state = msgspec.json.decode(snapshot.read_bytes())
        for start in (file, snapshot):
            assert command("check", str(start)).exit_code == 0
            root = load_world(SCHEMA, start)
            assert msgspec.json.decode(msgspec.json.encode(take(root))) == state
        assert shapes_of(SCHEMA).misfits(YamlText(file.read_text(encoding="utf-8")).value) == []
        assert "schedules" in YamlText(command("export", "--url", url).stdout).value["sequences"]


def _book(url: str) -> dict[str, Any]:
    query = {"eventTypeId": 1, **from_tomorrow()}
    slots = HTTP.get(f"{url}/v2/slots", params=query, headers={**KEY, "cal-api-version": "2024-09-04"}).json()["data"]
    start = next(slot["start"] for slots_of_day in slots.values() for slot in slots_of_day)
    attendee = {"name": "Bob", "email": "bob@example.com", "timeZone": "Europe/London"}
    reply = HTTP.post(f"{url}/v2/bookings", headers=KEY, json={"eventTypeId": 1, "start": start, "attendee": attendee})
    assert reply.status_code == 201, reply.text
    return reply.json()["data"]


def test_an_export_that_is_refused_says_why(smallest: RunningSandbox) -> None:
    result = command("export", "--url", f"{smallest.url}/w/none")
    assert result.exit_code == 2
    assert "world 'none'" in result.stderr
    assert "No sandbox answers" in command("export", "--url", "http://127.0.0.1:1").stderr
