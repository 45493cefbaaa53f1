"""Description and sandbox differ from the recordings of each edition exactly where the known gaps say so."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import pytest
import yaml

from contract_tests.proxy.check import Checker
from contract_tests.replay.gaps import EditionGaps, Gaps, Repetition, found_gaps, known_gaps, refusal
from contract_tests.replay.recordings import Recording, recorded_api
from contract_tests.replay.reply_shape import key_differences, undescribed
from contract_tests.replay.server import ReplayServer
from mock_server.running import running_sandbox
from mock_server.runtime.bundle import description_folder
from mock_server.runtime.editions import EDITIONS
from mock_server.runtime.settings import Settings

pytestmark = pytest.mark.slow("validates all recordings")

KNOWN = known_gaps()
REPEATED = "2026-03"

every_edition = pytest.mark.parametrize("edition", EDITIONS)


@cache
def found(edition: str) -> EditionGaps:
    """What is found for an edition."""
    return found_gaps(recorded_api(edition), KNOWN[edition])


def lines(gaps: Gaps) -> list[str]:
    """The gaps as lines that name their operations."""
    return sorted(f"{operation}: {text}" for operation, texts in gaps.items() for text in texts)


def assert_known(now: list[str], known: list[str]) -> None:
    """Asserts that exactly the known gaps are found."""
    new, closed = sorted(set(now) - set(known)), sorted(set(known) - set(now))
    assert not new, "the recordings contradict us in more places:\n" + "\n".join(new)
    assert not closed, "closed; `make recordings` takes them off the known gaps:\n" + "\n".join(closed)


def recorded(name: str) -> Recording:
    """The first recording of this name."""
    return next(each for each in recorded_api(REPEATED).recordings if each.name == name)


def test_every_edition_has_recordings() -> None:
    assert set(KNOWN) == set(EDITIONS)


@every_edition
def test_the_description_allows_what_was_recorded(edition: str) -> None:
    assert_known(lines(found(edition).description), lines(KNOWN[edition].description))


@every_edition
def test_the_sandbox_answers_with_the_recorded_keys(edition: str) -> None:
    assert_known(lines(found(edition).sandbox), lines(KNOWN[edition].sandbox))


@every_edition
def test_recorded_operations_are_described(edition: str) -> None:
    assert_known(found(edition).not_described, KNOWN[edition].not_described)


@pytest.mark.parametrize("edition", [edition for edition in EDITIONS if recorded_api(edition).unserved])
def test_the_sandbox_serves_no_more_than_the_service(edition: str) -> None:
    api = recorded_api(edition)
    with running_sandbox(Settings(edition=edition, strict=True)) as running:
        repetition = Repetition(api, running)
        found = {each.name: repetition.differences(each) for each in api.unserved}
        repetition.close()
    assert [name for name, differences in found.items() if differences] == []


@every_edition
def test_described_operations_are_recorded(edition: str) -> None:
    """An operation without a recording is held to nothing here."""
    assert_known(found(edition).not_recorded, KNOWN[edition].not_recorded)


@every_edition
def test_evidence_is_recorded_only_where_there_is_a_recording(edition: str) -> None:
    operations = recorded_api(edition).catalogue.operations
    assert [name for name in recorded_api(edition).unrecorded if operations[name].evidence == "recorded"] == []


@every_edition
def test_differences_on_purpose_are_registered_as_corrections(edition: str) -> None:
    text = (description_folder() / "corrections.yaml").read_text(encoding="utf-8")
    places = [row["at"] for row in yaml.load(text, yaml.CSafeLoader)]
    corrected = KNOWN[edition].corrected
    assert_known(lines(found(edition).corrected), lines(corrected))
    for operation in corrected:
        names = (operation, operation.replace("/organizations/{orgId}/teams/{teamId}", ""))
        assert any(name in place and "enum" not in place for name in names for place in places), (
            f"no correction names {operation}"
        )


@every_edition
def test_requests_that_are_not_repeated_were_recorded_and_are_described(edition: str) -> None:
    described = {recording.name for recording, _ in recorded_api(edition).described}
    assert set(KNOWN[edition].not_repeated) <= described
    assert all(KNOWN[edition].not_repeated.values()), "each needs a reason"


@every_edition
def test_the_setup_is_sent_before_recorded_requests(edition: str) -> None:
    names = {name for recording, number in recorded_api(edition).numbered for name in (recording.name, number)}
    assert {name for request in recorded_api(edition).setup for name in request.before} <= names


@pytest.mark.parametrize(
    ("recorded", "own", "differences"),
    [
        ({"a": 1, "b": None}, {"a": 2, "b": {"c": 1}}, []),
        ({"a": 1, "b": 2}, {"a": 1, "c": 2}, ["b is missing", "c is added"]),
        ({"a": {"b": [{"c": 1}, {"c": 1, "d": 2}]}}, {"a": {"b": [{"c": 1}]}}, []),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"c": 1}]}, ["a[].b is missing", "a[].c is added"]),
        ({"a": []}, {"a": [{"b": 1}]}, []),
        ({"a": "1"}, {"a": 1}, ["a is a number, not a string"]),
        ({"a": 1.5}, {"a": 1}, []),
        ({"2026-12-01": [{"a": 1}]}, {"2026-12-02": [{"b": 1}]}, ["*[].a is missing", "*[].b is added"]),
        ([], {}, ["the body is an object, not a list"]),
    ],
)  # fmt: skip
def test_differences_of_keys(recorded: Any, own: Any, differences: list[str]) -> None:
    assert list(key_differences(recorded, own)) == differences


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"username": 4}, "200 data.username: the value is not of type string"),
        ({"nickname": "Sam"}, "200 data.nickname is not described"),
        ({"username": ...}, "200 data.username is missing"),
    ],
)
def test_replies_that_are_not_as_described(change: dict[str, Any], complaint: str) -> None:
    api = recorded_api(REPEATED)
    recording = recorded("GET /v2/me 200")
    operation = api.operation(recording)
    assert operation is not None
    data = {name: value for name, value in (recording.reply["data"] | change).items() if value is not ...}
    server = ReplayServer(refusal(api))
    server.play(_with_reply(recording, {"status": "success", "data": data}))
    assert list(undescribed(Checker(api.catalogue), operation, server.answer(recording.request(operation)))) == [
        complaint
    ]


def test_keys_that_the_sandbox_does_not_have_are_found() -> None:
    """Also where what the request names has to be created first."""
    recording = recorded("GET /v2/oauth-clients/sandbox-client/users/6 200")
    reply = {"status": "success", "data": {**recording.reply["data"], "nickname": "Maya"}}
    with running_sandbox(Settings(edition=REPEATED, strict=True)) as running:
        repetition = Repetition(recorded_api(REPEATED), running)
        assert repetition.differences(recording) == []
        assert repetition.differences(_with_reply(recording, reply)) == ["200 data.nickname is missing"]
        repetition.close()


def _with_reply(recording: Recording, reply: Any) -> Recording:
    return msgspec.structs.replace(recording, reply=reply)
