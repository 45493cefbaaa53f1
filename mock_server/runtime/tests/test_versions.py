"""One path has several operations, selected by the header `cal-api-version`."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.runtime.tests.small import Document, SmallApp, operation
from mock_server.runtime.versions import Served, version_faults


def version(*values: str) -> list[Document]:
    return [{"name": "cal-api-version", "in": "header", "schema": {"type": "string", "enum": list(values)}}]


PATHS: Document = {
    "/v2/notes/{id}": {
        "get": operation("get_note", parameters=[*version("2024-08-13"), path_id := {
            "name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}]),
        "delete": operation("delete_note", parameters=[*version("2024-08-13"), path_id]),
    },
    "/v2/notes/{id}#2024-04-15": {
        "get": operation("get_old_note", parameters=[*version("2024-04-15", "2024-06-11"), path_id]),
    },
    "/v2/links": {"get": operation("list_links", parameters=version("2024-04-15"))},
    "/v2/slots": {"get": operation("list_slots", parameters=version("2024-09-04"))},
    "/v2/me": {"get": operation("get_me")},
}  # fmt: skip


@pytest.fixture(scope="module")
def app() -> SmallApp:
    """An app whose operations return their own names."""
    names = ("get_note", "get_old_note", "delete_note", "list_links", "list_slots", "get_me")

    def answering(name: str) -> Any:
        return lambda _: name

    return SmallApp(PATHS, {name: answering(name) for name in names})


def asked(app: SmallApp, method: str, url: str, value: str | None) -> Any:
    """The name of the operation that answers, or the status of the refusal."""
    answer = app.ask(method, url, headers={} if value is None else {"cal-api-version": value})
    return answer.json["data"] if answer.status == 200 else answer.status


@pytest.mark.parametrize(
    "value", [None, "", "2024-04-15", "2024-06-11", "1999-01-01", "latest", "2024-08-13, 2024-08-13"]
)
def test_absent_malformed_and_unknown_values_count_as_the_default(app: SmallApp, value: str | None) -> None:
    assert asked(app, "GET", "/v2/notes/5", value) == "get_old_note"
    assert asked(app, "DELETE", "/v2/notes/5", value) == 404
    assert asked(app, "GET", "/v2/me", value) == "get_me"


def test_a_version_selects_its_operation(app: SmallApp) -> None:
    assert asked(app, "GET", "/v2/notes/5", "2024-08-13") == "get_note"
    assert asked(app, "DELETE", "/v2/notes/5", "2024-08-13") == "delete_note"


def test_a_known_version_that_no_operation_serves_is_not_found(app: SmallApp) -> None:
    for url in ("/v2/notes/5?x=1", "/v2/links"):
        answer = app.ask("GET", url, headers={"cal-api-version": "2024-09-04"})
        assert (answer.status, answer.error["message"]) == (404, f"Cannot GET {url}")
    assert (
        "2024-04-15 or 2024-06-11 or 2024-08-13; another was sent"
        in app.ask("GET", "/v2/notes/5", headers={"cal-api-version": "2024-09-04"}).headers["sandbox-hint"]
    )
    assert asked(app, "GET", "/v2/links", None) == asked(app, "GET", "/v2/links", "2000-01-01") == "list_links"


@pytest.mark.parametrize(
    ("operations", "fault"),
    [
        ({"GET /v2/a#1": "2"}, "GET /v2/a#1 does not serve version 1, the suffix of its path: "),
        ({"GET /v2/a#1": ""}, "GET /v2/a#1 does not serve version 1, the suffix of its path: "),
        (
            {"GET /v2/a": "", "GET /v2/a#1": "1"},
            "GET /v2/a serves all versions, which leaves none for",
        ),
        (
            {"GET /v2/a#1": "1", "GET /v2/a": ""},
            "GET /v2/a serves all versions, which leaves none for",
        ),
        (
            {"GET /v2/a": "2 1", "GET /v2/a#1": "1"},
            "GET /v2/a#1 serves cal-api-version 1, as does",
        ),
        ({"GET /v2/a/{b}": "2", "PUT /v2/a/{c}#1": "1"}, "PUT /v2/a/{c}#1 has other parameter names"),
        ({"GET /v2/a": "2 2024-04-15 required"}, "GET /v2/a: cal-api-version must be `required: false`, because"),
        ({"GET /v2/a": "required"}, "GET /v2/a: cal-api-version must be `required: false`, because 2024-04-15"),
        ({"GET /v2/a": "1 optional"}, "GET /v2/a: cal-api-version must be `required: true`, because 2024-04-15"),
    ],
)
def test_faults_of_versions_are_reported(operations: dict[str, str], fault: str) -> None:
    [found] = version_faults([served(*each) for each in operations.items()])
    assert found.startswith(fault)


def test_valid_versions_have_no_faults() -> None:
    right = {"GET /v2/a/{b}": "2", "GET /v2/a/{b}#1": "1 2024-04-15", "PUT /v2/a/{b}": "", "GET /v2/a/c": "2"}
    assert list(version_faults([served(*each) for each in right.items()])) == []


def served(place: str, values: str) -> Served:
    """An operation that serves these versions; `required` or `optional` among them overrides the correct setting."""
    method, _, key = place.partition(" ")
    versions = tuple(each for each in values.split() if each not in ("required", "optional"))
    should_be = bool(versions) and "2024-04-15" not in versions
    return Served(place, method, key, versions, ("required" in values or should_be) and "optional" not in values)
