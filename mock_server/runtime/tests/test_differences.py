"""What differs between the descriptions of two editions, and the hints that come of it."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.runtime.changes import Change
from mock_server.runtime.differences import differences_between
from mock_server.runtime.elsewhere import Elsewhere
from mock_server.runtime.tests.small import body_of, operation, query
from mock_server.runtime.upgrade import upgrade_page
from mock_server.state.edition import EDITIONS

FIRST, SECOND = EDITIONS[:2]


def described(paths: dict[str, Any], schemas: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"paths": paths, "components": {"schemas": schemas or {}}}


def reply(schema: dict[str, Any]) -> dict[str, Any]:
    return {"200": {"description": "OK", "content": {"application/json": {"schema": schema}}}}


def thing(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


TAKE, SORT = query("take", {"type": "integer"}), query("sort", {"enum": ["asc", "desc"]})
VERSION = {"name": "cal-api-version", "in": "header", "schema": {"enum": ["2024-08-13"]}}
LATER_VERSION = {"name": "cal-api-version", "in": "header", "schema": {"enum": ["2024-08-13", "2026-02-25"]}}
HOST = thing(email={"type": "string"}, team={"$ref": "#/components/schemas/Team"})
TEAM = thing(hosts={"type": "array", "items": {"$ref": "#/components/schemas/Host"}})
OLD = described(
    {
        "/v2/notes": {
            "get": operation("list_notes", parameters=[VERSION, TAKE], responses=reply({})),
            "post": operation("create_note", requestBody=body_of(thing(text={"type": "string"}))),
        },
        "/v2/gone/{id}": {"delete": operation("delete_gone")},
    }
)
NEW = described(
    {
        "/v2/notes": {
            "get": operation(
                "list_notes",
                parameters=[
                    LATER_VERSION,
                    query("take", {"type": "integer"}),
                    query("sort", {"enum": ["asc", "desc"]}),
                ],
                responses=reply(thing(hosts={"type": "array", "items": {"$ref": "#/components/schemas/Host"}}))
                | {"409": {"description": "Conflict"}},
            ),
            "post": operation(
                "create_note",
                requestBody=body_of(thing(text={"type": "string"}, mood={"enum": ["good"]}, hosts={"items": HOST})),
            ),
        },
        "/v2/notes/{id}": {"get": operation("get_note")},
    },
    {"Host": HOST, "Team": TEAM},
)
DIFFERENCES = {f"{FIRST} {SECOND}": differences_between(OLD, NEW)}


def test_operations_parameters_fields_and_statuses_are_told_apart() -> None:
    found = DIFFERENCES[f"{FIRST} {SECOND}"]
    assert [each["id"] for each in found["added"]] == ["get_note"]
    assert [each["id"] for each in found["removed"]] == ["delete_gone"]
    assert {each["id"]: each["changes"] for each in found["changed"]} == {
        "list_notes": {
            "versions": {"added": ["2026-02-25"], "removed": []},
            "parameters": {"added": ["query.sort"], "removed": []},
            "reply": {"added": ["hosts"], "removed": []},
            "statuses": {"added": ["409"], "removed": []},
        },
        "create_note": {"body": {"added": ["mood", "hosts"], "removed": []}},
    }


def test_fields_and_values_of_what_both_have_are_listed() -> None:
    before = described({"/v2/a": {"get": operation("a", responses=reply(thing(host=thing(), kind={"enum": ["x"]})))}})
    host = thing(email={"type": "string"})
    after = described({"/v2/a": {"get": operation("a", responses=reply(thing(host=host, kind={"enum": ["x", "y"]})))}})
    [changed] = differences_between(before, after)["changed"]
    assert changed["changes"]["reply"]["added"] == ["host.email", "kind = 'y'"]


@pytest.mark.parametrize(
    ("own", "method", "path", "hint"),
    [
        (
            FIRST,
            "GET",
            "/v2/notes/5",
            f"GET /v2/notes/{{id}} exists from edition {SECOND} on; this sandbox",
        ),
        (SECOND, "DELETE", "/v2/gone/5", f"DELETE /v2/gone/{{id}} exists up to edition {FIRST}; this sandbox serves"),
        (FIRST, "DELETE", "/v2/notes/5", None),
        (FIRST, "GET", "/v2/notes/%zz", None),
        (SECOND, "GET", "/v2/notes/5", None),
    ],
)
def test_a_path_of_another_edition_is_hinted_at(own: str, method: str, path: str, hint: str | None) -> None:
    found = Elsewhere(own, DIFFERENCES).operation_hint(method, path)
    assert found == hint or (hint is not None and found is not None and found.startswith(hint))


def test_a_version_of_another_edition_is_hinted_at() -> None:
    elsewhere = Elsewhere(FIRST, DIFFERENCES)
    assert f"from edition {SECOND} on" in (elsewhere.version_hint("GET", "/v2/notes", "2026-02-25") or "")
    assert elsewhere.version_hint("GET", "/v2/notes", "2024-08-13") is None


@pytest.mark.parametrize(
    ("sent", "body", "names"),
    [
        ({"sort": "asc", "take": "5"}, None, "sort"),
        ({}, {"text": "x", "mood": "good"}, "mood"),
        ({}, {"hosts": [], "mood": None}, "hosts, mood"),
        ({"take": "5"}, {"text": "x"}, None),
        ({}, ["mood"], None),
    ],
)
def test_fields_of_another_edition_are_hinted_at(sent: dict[str, Any], body: Any, names: str | None) -> None:
    elsewhere = Elsewhere(FIRST, DIFFERENCES)
    operation_id = "list_notes" if body is None else "create_note"
    hint = elsewhere.input_hint(operation_id, sent, body)
    assert hint is None if names is None else hint is not None and hint.startswith(f"{names} exist")
    assert Elsewhere(SECOND, DIFFERENCES).input_hint(operation_id, sent, body) is None


def test_a_field_inside_of_a_list_is_found() -> None:
    changes = {"body": {"added": ["hosts[].email", "owner.name"], "removed": []}}
    pair = {
        "added": [],
        "removed": [],
        "changed": [{"id": "a", "method": "GET", "path": "/", "versions": [], "changes": changes}],
    }
    elsewhere = Elsewhere(FIRST, {f"{FIRST} {SECOND}": pair})
    assert (elsewhere.input_hint("a", {}, {"hosts": [{}, {"email": 1}]}) or "").startswith("hosts[].email exists")
    assert (elsewhere.input_hint("a", {}, {"owner": {"name": 1}}) or "").startswith("owner.name exists")
    changes["body"]["added"] = ["tags[] = 'new'", "host.kind = 'guest'"]
    elsewhere = Elsewhere(FIRST, {f"{FIRST} {SECOND}": pair})
    assert (elsewhere.input_hint("a", {}, {"tags": ["old", "new"]}) or "").startswith("tags[] = 'new' exists")
    assert (elsewhere.input_hint("a", {}, {"host": {"kind": "guest"}}) or "").startswith("host.kind = 'guest' exists")
    for body in ({"tags": ["old"]}, {"tags": "new"}, {"host": {"kind": None}}, {"host": "guest"}):
        assert elsewhere.input_hint("a", {}, body) is None


def test_what_only_looks_like_a_field_of_another_edition_is_not_hinted_at() -> None:
    changes = {"body": {"added": ["hosts[].email", "owner.name"], "removed": []}}
    changed = {"id": "a", "method": "GET", "path": "/", "versions": [], "changes": changes}
    elsewhere = Elsewhere(FIRST, {f"{FIRST} {SECOND}": {"added": [], "removed": [], "changed": [changed]}})
    for body in ({"hosts": {"email": 1}}, {"hosts": [{}]}, {"owner": "name"}):
        assert elsewhere.input_hint("a", {}, body) is None


def test_the_page_says_what_a_client_meets() -> None:
    changes = [
        Change("notes-sorted", SECOND, ["list_notes"], "Notes are\n sorted."),
        Change("all-slow", SECOND, "all", "Everything takes longer."),
    ]
    page = upgrade_page(FIRST, SECOND, changes, DIFFERENCES)
    for line in (
        f"# What changed from {FIRST} to {SECOND}",
        "- **notes-sorted** (`list_notes`): Notes are sorted.",
        "- **all-slow** (all operations): Everything takes longer.",
        "## New operations (1)",
        "- `GET /v2/notes/{id}` (`get_note`): get_note",
        "## Removed operations (1)",
        "    - parameters: added `query.sort`",
        "    - body: added `mood`, `hosts`",
    ):
        assert line in page.splitlines()
    assert upgrade_page(SECOND, FIRST, changes, DIFFERENCES) == page
    assert upgrade_page(FIRST, FIRST, changes, DIFFERENCES).splitlines()[-1] == "Nothing."
