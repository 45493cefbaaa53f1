"""What a client and a user of the command line see of editions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from mock_server.areas import schema
from mock_server.cli import app
from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime import bundle_cache
from mock_server.runtime import changes as register
from mock_server.runtime.bundle import DescriptionError, Sources
from mock_server.runtime.changes import Change, asked, check_asked, check_asked_at_start, edition_named, read_changes
from mock_server.runtime.settings import Settings
from mock_server.state.edition import DEFAULT_EDITION, EDITIONS, UnknownEdition
from mock_server.worlds.loader import WorldFileError, load_world

SOLO = {"Authorization": "Bearer cal_sandbox_solo"}
OWNER = {"Authorization": "Bearer cal_sandbox_owner"}
NEW_FIELDS = {"name", "avatarUrl", "bio"}


@pytest.fixture(scope="module")
def april() -> Iterator[RunningSandbox]:
    with running_sandbox(Settings(edition="2025-04", strict=True)) as running:
        yield running


@pytest.fixture(scope="module")
def march() -> Iterator[RunningSandbox]:
    with running_sandbox(Settings(edition="2026-03", strict=True)) as running:
        yield running


def test_health_names_the_edition(april: RunningSandbox, march: RunningSandbox) -> None:
    assert httpx.get(f"{april.url}/_sandbox/health").json()["edition"] == "2025-04"
    assert httpx.get(f"{march.url}/_sandbox/health").json()["edition"] == "2026-03"


def test_a_reply_has_the_shape_of_its_edition(april: RunningSandbox, march: RunningSandbox) -> None:
    old = httpx.get(f"{april.url}/v2/me", headers=SOLO).json()["data"]
    new = httpx.get(f"{march.url}/v2/me", headers=SOLO).json()["data"]
    assert new.keys() - old.keys() == NEW_FIELDS
    assert {name: new[name] for name in old} == old


def test_the_document_of_an_edition_has_no_trace_of_the_other(april: RunningSandbox, march: RunningSandbox) -> None:
    old, new = (httpx.get(f"{each.url}/openapi.json") for each in (april, march))
    for text in (old.text, new.text):
        assert not re.search("x-since|x-until|x-by-edition|x-narrowed", text)
    assert "2026-03" not in old.text
    assert (old.json()["info"]["version"], new.json()["info"]["version"]) == ("2025-04", "2026-03")
    me = [each.json()["components"]["schemas"]["Me"] for each in (old, new)]
    assert me[1]["properties"].keys() - me[0]["properties"].keys() == NEW_FIELDS
    assert set(me[1]["required"]) - set(me[0]["required"]) == NEW_FIELDS
    examples = [
        each.json()["paths"]["/v2/me"]["get"]["responses"]["200"]["content"]["application/json"]["example"]["data"]
        for each in (old, new)
    ]
    assert examples[1].keys() - examples[0].keys() == NEW_FIELDS


def test_a_value_of_another_edition_is_hinted_at(april: RunningSandbox, march: RunningSandbox) -> None:
    with april.world() as old, march.world() as new:
        refused, accepted = (httpx.patch(f"{each}/v2/me", headers=SOLO, json={"locale": "bn"}) for each in (old, new))
    assert (refused.status_code, accepted.status_code) == (400, 200)
    assert refused.headers["sandbox-hint"] == (
        "locale = 'bn' exists from edition 2026-03 on; this sandbox serves 2025-04 (--edition chooses)."
    )
    assert "sandbox-hint" not in accepted.headers


def test_an_operation_of_another_edition_is_hinted_at(april: RunningSandbox, march: RunningSandbox) -> None:
    path = "/v2/stripe/check/1"
    assert "sandbox-hint" not in httpx.get(f"{april.url}{path}", headers=OWNER).headers
    gone = httpx.get(f"{march.url}{path}", headers=OWNER)
    assert (gone.status_code, gone.json()["error"]["message"]) == (404, f"Cannot GET {path}")
    assert "exists up to edition 2025-04; this sandbox serves 2026-03" in gone.headers["sandbox-hint"]


def test_a_guard_names_itself_in_the_edition_that_has_the_change(april: RunningSandbox, march: RunningSandbox) -> None:
    messages = [
        httpx.get(f"{each.url}/v2/organizations/1/teams/999", headers=OWNER).json()["error"]["message"]
        for each in (april, march)
    ]
    assert messages == ["Team (999) not found.", "IsTeamInOrg - Team (999) not found."]


def test_the_page_of_changes_is_shown_beside_the_docs(march: RunningSandbox) -> None:
    page = httpx.get(f"{march.url}/docs/changes")
    assert page.headers["content-type"].startswith("text/html")
    assert "<h1>What changed from 2025-04 to 2026-03</h1>" in page.text
    assert 'href="docs/changes"' in httpx.get(f"{march.url}/docs").text


def test_a_snapshot_of_another_edition_is_refused(april: RunningSandbox, march: RunningSandbox) -> None:
    snapshot = httpx.get(f"{april.url}/_sandbox/snapshot").json()
    assert snapshot["edition"] == "2025-04"
    with march.world() as world:
        refusal = httpx.put(f"{world}/_sandbox/snapshot", json=snapshot)
    assert refusal.status_code == 400
    assert "taken in edition 2025-04; this server serves edition 2026-03" in refusal.json()["error"]
    del snapshot["edition"]
    with april.world() as world:
        assert httpx.put(f"{world}/_sandbox/snapshot", json=snapshot).status_code == 200


def test_a_log_of_another_edition_is_refused(tmp_path: Path) -> None:
    logs = {edition: f"file:{tmp_path / edition}" for edition in EDITIONS}
    for edition, log in logs.items():
        with running_sandbox(Settings(edition=edition, log=log)) as running:
            assert httpx.patch(f"{running.url}/v2/me", headers=SOLO, json={"bio": edition}).status_code == 200
    for edition, log in logs.items():
        with running_sandbox(Settings(edition=edition, log=log)) as running:
            assert running.sandbox.worlds.version == 2
    head = (tmp_path / "2025-04").read_bytes().partition(b"\n")[0]
    assert b"edition" not in head  # As before there were editions.
    result = CliRunner().invoke(app, ["serve", "--port", "0", "--edition", "2025-04", "--store", logs["2026-03"]])
    assert result.exit_code == 2
    assert "was written in edition 2026-03; this server serves edition 2025-04" in result.output


def test_the_default_is_the_newest_complete_edition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAL_MOCK_EDITION")
    assert Settings().edition == DEFAULT_EDITION
    monkeypatch.setenv("CAL_MOCK_EDITION", "2025-04")
    assert Settings().edition == "2025-04"
    monkeypatch.setenv("CAL_MOCK_EDITION", "2027-01")
    with pytest.raises(UnknownEdition, match=r"There is no edition 2027-01\. There are: 2025-04"):
        Settings()


@pytest.fixture
def spec_of(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Prints with the command line."""
    monkeypatch.setenv("CAL_MOCK_EDITION", DEFAULT_EDITION)  # The command changes it; this puts it back.

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, list(arguments))
        assert result.exit_code == 0, result.output
        return result.output

    return run


def test_the_command_line_prints_an_edition_and_what_changed(spec_of: Any) -> None:
    assert "avatarUrl" in spec_of("changes", "2025-04", "2026-03")
    assert "evidence=recorded" in spec_of("operations", "--edition", "2026-03", "--tag", "Me")
    assert '"version": "2026-03"' in spec_of("spec", "--edition", "2026-03", "--format", "json")


def test_every_registered_change_is_asked_for_and_is_about_operations_that_exist() -> None:
    names = {name for name, _ in asked()}
    operations = {
        operation["operationId"]
        for edition in EDITIONS
        for item in Sources().bundle(edition)["paths"].values()
        for operation in item.values()
    }
    for change in read_changes():
        assert change.name in names, f"no code asks for {change.name}"
        assert change.operations == "all" or set(change.operations) <= operations, change.name


def test_changes_are_asked_for_by_literal_names() -> None:
    """Any other way would escape the look at start."""
    for path in register.CODE.rglob("*.py"):
        if not {"tests", "bench"} & set(path.parts):
            found = re.findall(r"\b(?:call|tx|transaction)\.has\((?!\s*[\"'])[^)]*", path.read_text(encoding="utf-8"))
            assert found in ([], ["call.has(change"], ["tx.has(change"]) or path.name == "call.py", path


def test_an_unknown_change_in_the_code_stops_the_start(tmp_path: Path) -> None:
    code = tmp_path / "area"
    code.mkdir()
    (code / "operations.py").write_text('def f(call):\n    return call.has("no-such-change")\n', encoding="utf-8")
    with pytest.raises(DescriptionError, match=r"area/operations\.py asks for the change 'no-such-change'"):
        check_asked(read_changes(), code)


ROW = "- {name: notes-sorted, edition: 2026-03, operations: all, text: Notes are sorted.}\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (ROW.replace("2026-03", "2026-04"), "notes-sorted: 2026-04 is not an edition after the first"),
        (ROW.replace("2026-03", "2025-04"), "notes-sorted: 2025-04 is not an edition after the first"),
        (ROW * 2, "has two rows named notes-sorted"),
        (ROW.replace("notes-sorted", "Notes sorted"), "row 1"),
        (ROW.replace(", text: Notes are sorted.", ""), "row 1: .*text"),
        ("- {", "cannot be read"),
    ],
)
def test_what_is_wrong_in_the_register_is_said(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "changes.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DescriptionError, match=complaint):
        read_changes(tmp_path)


def test_an_edition_has_the_changes_up_to_it(tmp_path: Path) -> None:
    (tmp_path / "changes.yaml").write_text(ROW, encoding="utf-8")
    changes = read_changes(tmp_path)
    assert edition_named("2026-03", changes).has("notes-sorted")
    assert not edition_named("2025-04", changes).has("notes-sorted")


def test_sandboxes_of_two_editions_in_one_process_mask_what_is_secret_in_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bundle = Sources.bundle
    secret = {"2025-04": "email", "2026-03": "bio"}

    def marked(sources: Sources, edition: str) -> dict[str, Any]:
        found = bundle(sources, edition)
        found["components"]["schemas"]["Me"]["properties"][secret[edition]]["x-secret"] = True
        return found

    monkeypatch.setattr(Sources, "bundle", marked)
    for edition, masked in secret.items():
        with running_sandbox(Settings(edition=edition)) as running:
            httpx.patch(f"{running.url}/v2/me", headers=SOLO, json={"bio": "Hello", "email": "new@example.com"})
            [request] = httpx.get(f"{running.url}/_sandbox/requests").json()["requests"]
        shown = {name for name, value in request["request"]["body"].items() if value == "***"}
        assert shown == {masked}


def test_an_entry_of_a_world_file_may_begin_and_end_with_an_edition(tmp_path: Path) -> None:
    file = tmp_path / "world.yaml"
    entry = "{{id: {}, email: u{}@example.com, created_date: 2025-04-01T08:00:00Z{}}}"
    marks = ("", ", x-since: 2025-04", ", x-since: 2026-03", ", x-until: 2026-03", ", x-until: 2025-04")
    file.write_text(
        "users: [" + ", ".join(entry.format(n, n, mark) for n, mark in enumerate(marks, 1)) + "]", encoding="utf-8"
    )
    changes = read_changes()
    found = {name: load_world(schema(edition_named(name, changes)), file).tables["users"].rows for name in EDITIONS}
    expected = {"2025-04": [1, 2, 4]} | {edition: [1, 2, 3] for edition in EDITIONS[1:]}
    assert {name: sorted(rows) for name, rows in found.items()} == expected
    file.write_text("users: [" + entry.format(1, 1, ", x-since: 1999-01") + "]", encoding="utf-8")
    with pytest.raises(WorldFileError, match='users, entry 1, x-since: "1999-01" is not one of 2025-04, 2026-03'):
        load_world(schema(edition_named("2026-03", changes)), file)


def test_a_start_looks_through_the_code_again_only_where_it_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = tmp_path / "code"
    (code / "area").mkdir(parents=True)
    module = code / "area" / "operations.py"
    module.write_text('call.has("guards-name-themselves")\n', encoding="utf-8")
    monkeypatch.setattr(bundle_cache, "cache_folder", lambda: tmp_path / "cache")
    looked: list[Path] = []

    def look(changes: tuple[Change, ...], where: Path) -> None:
        looked.append(where)
        check_asked(changes, where)

    monkeypatch.setattr(register, "check_asked", look)
    for _ in range(2):
        check_asked_at_start(read_changes(), code)
    assert looked == [code]
    module.write_text('call.has("never-registered")\n', encoding="utf-8")
    for _ in range(2):
        with pytest.raises(DescriptionError, match="never-registered"):
            check_asked_at_start(read_changes(), code)
