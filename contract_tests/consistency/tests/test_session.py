"""Checks and findings of a session."""

from __future__ import annotations

import httpx
import pytest

from contract_tests.clients import SCHEDULES
from contract_tests.consistency.actors import SANDBOX_ACTORS
from contract_tests.consistency.findings import StoryEnds
from contract_tests.consistency.session import Session, differing
from contract_tests.http import DirectChannel, request_to
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.description import Description


@pytest.fixture
def session(cal_mock: str) -> Session:
    return Session(DirectChannel(cal_mock), SANDBOX_ACTORS, Description(load_bundle()), seed=1)


def test_a_story_ends_where_a_valid_request_is_refused(session: Session) -> None:
    with pytest.raises(StoryEnds):
        session.succeed("GET", "/v2/teams/{teamId}", SANDBOX_ACTORS.personal, ids={"teamId": 1})
    [finding] = session.report.findings
    assert (finding.check, finding.operation) == ("valid_requests_succeed", "get_team")


def test_a_server_error_is_one_finding(session: Session, cal_mock: str) -> None:
    fault = {"operation": "get_me", "status": 500}
    httpx.post(f"{cal_mock}/_sandbox/faults", json=fault).raise_for_status()
    with pytest.raises(StoryEnds):
        session.succeed("GET", "/v2/me", SANDBOX_ACTORS.personal)
    assert session.report.checks() == {"server_errors"}
    assert len(session.report.findings) == 1


def test_the_command_that_shows_a_finding_names_no_credentials(session: Session) -> None:
    reply = session.call("GET", "/v2/me", SANDBOX_ACTORS.personal)
    session.check("never", False, reply, "only to see the command")
    [finding] = session.report.findings
    assert "cal_sandbox" not in finding.curl
    assert finding.curl == """curl -isS -X GET -H 'Authorization: Bearer '"$CAL_API_KEY" "$BASE_URL"/v2/me"""


def test_a_story_ends_when_patience_does(session: Session) -> None:
    session.patience = 1
    reply = session.call("GET", "/v2/me", SANDBOX_ACTORS.personal)
    with pytest.raises(StoryEnds):
        session.check("never", False, reply, "enough")


def test_a_server_that_does_not_answer_is_told_of() -> None:
    session = Session(DirectChannel("http://127.0.0.1:9"), SANDBOX_ACTORS, Description(load_bundle()), seed=1)
    with pytest.raises(StoryEnds):
        session.call("GET", "/v2/me", SANDBOX_ACTORS.personal)
    assert session.report.checks() == {"answers"}


def test_only_fields_that_both_have_can_differ() -> None:
    assert differing({"a": 1, "b": 2}, {"b": 3, "c": 4}) == {"b": (2, 3)}


def test_a_required_field_that_is_missing_is_left_to_the_description(session: Session) -> None:
    reply = session.call("GET", "/v2/schedules/default", SANDBOX_ACTORS.personal, version=SCHEDULES)
    without = {name: value for name, value in reply.data.items() if name != "availability"}
    assert session.missing_fields(reply.data, reply, without) == {}

    body = {"name": session.unique("team"), "metadata": {"crm": "7"}}
    reply = session.call("POST", "/v2/teams", SANDBOX_ACTORS.personal, body=body)
    optional = {name: value for name, value in reply.data.items() if name != "metadata"}
    assert session.missing_fields(reply.data, reply, optional) == {"metadata": ({"crm": "7"}, "is missing")}


def test_same_seed_same_names(session: Session, cal_mock: str) -> None:
    other = Session(DirectChannel(cal_mock), SANDBOX_ACTORS, session.description, seed=1)
    assert [session.unique("x") for _ in range(3)] == [other.unique("x") for _ in range(3)]


def test_what_a_story_stumbles_over_is_a_defect_of_the_suite_and_no_finding(session: Session) -> None:
    session.call("GET", "/v2/me", SANDBOX_ACTORS.personal)
    with session.ending_quietly():
        raise KeyError("missing")
    assert session.report.findings == []
    [defect] = session.report.defects
    assert "KeyError 'missing'" in defect
    assert "get_me" in defect


def test_a_story_may_stumble_over_what_a_check_complains_of(session: Session) -> None:
    reply = session.call("GET", "/v2/me", SANDBOX_ACTORS.personal)
    with session.ending_quietly():
        session.check("never", False, reply, "something is wrong")
        raise KeyError("missing")
    assert session.report.defects == []
    assert session.report.checks() == {"never"}


def test_requests_at_the_same_time_are_all_judged(session: Session) -> None:
    operation = session.description_of("GET", "/v2/me")
    replies = session.together([request_to("GET", "/v2/me", SANDBOX_ACTORS.personal)] * 3, operation)
    assert [reply.status for reply in replies] == [200] * 3
    assert session.report.replies["get_me", 200] == 3


def test_findings_hold_no_tokens(session: Session) -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"
    reply = session.call("GET", "/v2/me", {"Authorization": f"Bearer {token}"})
    session.check("never", False, reply, f"has {token}")
    assert token not in str(session.report.findings)


def test_stories_choose_names_of_their_own(session: Session) -> None:
    session.begin("one")
    first = session.unique("x")
    session.begin("two")
    assert first.rpartition("-")[0] != session.unique("x").rpartition("-")[0]
