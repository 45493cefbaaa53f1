"""A path with two operations, told apart by `cal-api-version`, comes through everything that reads the description."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
import yaml
from httpx import Headers
from hypothesis import HealthCheck, Phase, given, settings

from contract_tests.catalogue import Catalogue
from contract_tests.fuzzing import hooks
from contract_tests.http import Reply, Request
from contract_tests.profiles.safety import OwnedIds, Rules
from contract_tests.proxy.check import Checker
from contract_tests.proxy.exchange import ProxiedExchange
from mock_server.runtime.bundle import Document, make_bundle, validate
from mock_server.runtime.call import Call
from mock_server.runtime.tests.small import SmallApp
from mock_server.runtime.versions import VERSION_HEADER

PATH, OLDER = "/v2/notes/{noteId}", "/v2/notes/{noteId}#2024-04-15"
NUMBER = {"type": "integer", "minimum": 1, "maximum": 1000}
STATUS = {"$ref": "#/components/schemas/Status"}
VERSIONS = {"update_note": {"2024-08-13"}, "update_note_2024_04_15": {None, "2024-04-15", "2024-06-11"}}


def operation(name: str, field: str, versions: list[str]) -> Document:
    """An operation with a body and a reply that have a field of its own."""
    schema = {"type": "object", "required": [field], "properties": {field: {"type": "string", "enum": [name]}}}
    content = {"content": {"application/json": {"schema": schema}}}
    enveloped = {"type": "object", "required": ["status", "data"], "properties": {"status": STATUS, "data": schema}}
    header = {"name": VERSION_HEADER, "in": "header", "schema": {"type": "string", "enum": versions}}
    return {
        "operationId": name,
        "tags": ["Notes"],
        "summary": "Update a note",
        "x-access": [],
        "x-effects": ["own"],
        "x-evidence": "source",
        "security": [],
        "parameters": [
            {"name": "noteId", "in": "path", "required": True, "schema": NUMBER},
            {"name": "draft", "in": "query", "schema": {"type": "boolean"}},
            header | {"required": "2024-04-15" not in versions},
        ],
        "requestBody": {"required": True, **content},
        "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": enveloped}}}},
    }


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Document:
    folder = tmp_path_factory.mktemp("openapi")
    pointer = "notes/notes.yaml#/paths/~1v2~1notes~1{noteId}"
    files: dict[str, Document] = {
        "openapi": {
            "openapi": "3.0.3",
            "info": {"title": "Notes", "version": "1"},
            "tags": [{"name": "Notes"}],
            "paths": {PATH: {"$ref": pointer}, OLDER: {"$ref": f"{pointer}#2024-04-15"}},
        },
        "notes/notes": {
            "paths": {
                PATH: {"patch": operation("update_note", "text", ["2024-08-13"])},
                OLDER: {"patch": operation("update_note_2024_04_15", "body", ["2024-04-15", "2024-06-11"])},
            },
            "components": {"schemas": {"Status": {"type": "string"}}},
        },
        "shared/parameters": {"implied": {}},
        "shared/errors": {"implied": {"every operation": {"400": {"description": "Refused"}}}},
    }
    for name, content in files.items():
        path = folder / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return make_bundle(Path(folder))


def _body_of(call: Call) -> Any:
    return call.body


@pytest.fixture(scope="module")
def app(bundle: Document) -> SmallApp:
    """Each operation answers its body, which names it."""
    return SmallApp(bundle["paths"], dict.fromkeys(VERSIONS, _body_of), schemas=bundle["components"]["schemas"])


def answering(app: SmallApp, version: str | None, body: Document) -> Any:
    """The reply's data, or the names of the fields that a refusal complains of."""
    headers = {} if version is None else {VERSION_HEADER: version}
    answer = app.ask("PATCH", "/v2/notes/5?draft=true", json_body=body, headers=headers)
    if answer.status == 200:
        return answer.json["data"]
    return sorted(each["property"] for each in answer.error["details"]["errors"])


def test_the_document_is_valid_and_resolves_with_both(bundle: Document) -> None:
    validate(bundle)
    validate(bundle, resolve=True)
    assert {key: item["patch"]["operationId"] for key, item in bundle["paths"].items()} == {
        PATH: "update_note", OLDER: "update_note_2024_04_15",
    }  # fmt: skip


def test_each_takes_its_own_body(app: SmallApp) -> None:
    new, old = {"text": "update_note"}, {"body": "update_note_2024_04_15"}
    assert answering(app, "2024-08-13", new) == new
    assert answering(app, "2024-08-13", old) == ["text"]
    for version in (None, "2024-04-15", "2024-06-11", "unknown"):
        assert answering(app, version, old) == old
        assert answering(app, version, new) == ["body"]


def test_both_are_shown_and_the_docs_page_sends_to_their_path(app: SmallApp) -> None:
    shown = app.ask("GET", "/openapi.json").json["paths"]
    assert list(shown) == [PATH, OLDER]
    script = app.ask("GET", "/docs/start.js").body.decode()
    pattern = re.search(r"url\.replace\(/(.*?)/, \"\"\)", script)
    assert pattern is not None
    for sent, url in (("#2024-04-15?draft=true", "?draft=true"), ("#2024-04-15", ""), ("?draft=true", "?draft=true")):
        assert re.sub(pattern[1], "", f"http://sandbox/v2/notes/5{sent}", count=1) == f"http://sandbox/v2/notes/5{url}"


@pytest.mark.slow("sends generated requests")
@pytest.mark.parametrize("name", VERSIONS)
def test_each_is_fuzzed_under_its_own_versions(
    app: SmallApp, bundle: Document, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = Catalogue(bundle)
    monkeypatch.setattr(hooks, "catalogue", lambda: catalogue)
    schema: Any = schemathesis.openapi.from_dict(bundle)
    [found] = [each.ok() for each in schema.get_all_operations() if each.ok().definition.raw["operationId"] == name]
    sent: set[Any] = set()

    @given(case=found.as_strategy())
    @settings(max_examples=40, database=None, deadline=None, phases=[Phase.generate], derandomize=True,
              suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])  # fmt: skip
    def fuzz(case: schemathesis.Case[Any]) -> None:
        arguments = case.as_transport_kwargs(base_url="http://sandbox")
        version = arguments["headers"].get(VERSION_HEADER)
        request = requests.Request(case.method, arguments["url"], params=arguments.get("params")).prepare()
        headers = {} if version is None else {VERSION_HEADER: version}
        answer = app.ask("PATCH", str(request.path_url), json_body=case.body, headers=headers)
        assert answer.status == 200, answer.json
        assert list(answer.json["data"].values()) == [name]
        sent.add(version)

    fuzz()
    assert sent <= VERSIONS[name]
    assert sent


def test_the_catalogue_tells_them_apart(bundle: Document) -> None:
    catalogue = Catalogue(bundle)
    rules = Rules(catalogue, OwnedIds(), {}, all_operations=True)
    for name, versions in VERSIONS.items():
        for version in versions:
            found = catalogue.match("PATCH", "/v2/notes/5", version)
            assert found is not None
            assert found[0].id == name
            objection = rules.objection("PATCH", "/v2/notes/5", b"{}", version=version, as_owner=True)
            assert "another version" not in str(objection)


def test_the_proxy_judges_a_request_by_the_operation_that_answers_it(bundle: Document) -> None:
    checker = Checker(Catalogue(bundle))
    for name, field in (("update_note", "text"), ("update_note_2024_04_15", "body")):
        for version in VERSIONS[name]:
            headers = [(b"content-type", b"application/json")]
            headers += [] if version is None else [(VERSION_HEADER.encode(), version.encode())]
            content = {field: name}
            request = Request("PATCH", "/v2/notes/5", Headers(headers), json.dumps(content).encode())
            reply = json.dumps({"status": "success", "data": content}).encode()
            verdict = checker.check(ProxiedExchange(request, Reply(request, 200, Headers(headers), reply)))
            assert (verdict.operation, verdict.complaints) == (name, [])
