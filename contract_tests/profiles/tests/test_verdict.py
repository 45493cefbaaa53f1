from __future__ import annotations

import pytest

from contract_tests.profiles.profile import PROFILES
from contract_tests.profiles.verdict import BROKEN, CLEAN, COULD_NOT_RUN, INTERRUPTED, verdict_of
from contract_tests.reports.results import Failure, Results
from mock_server.runtime.bundle import load_bundle


@pytest.fixture
def results() -> Results:
    found = Results.of(load_bundle())
    found.tallies["get_me"].statuses["200"] = 1
    return found


def verdict(results: Results, code: int = 0) -> int:
    return verdict_of(code, results, PROFILES["pr"])[0]


def fail(results: Results, operation: str, *, known: bool = False) -> None:
    results.tallies[operation].failed["not_a_server_error"] += 1
    results.add(Failure(operation, "not_a_server_error", "Server error", "500", "a rule", "curl", known=known))


def test_nothing_found_is_clean_and_nothing_sent_is_not(results: Results) -> None:
    assert verdict(results) == CLEAN
    assert verdict(Results.of(load_bundle())) == COULD_NOT_RUN


def test_a_new_failure_breaks_the_contract_and_a_known_one_does_not(results: Results) -> None:
    fail(results, "get_me", known=True)
    assert verdict(results, code=1) == CLEAN
    fail(results, "list_schedules")
    assert verdict(results, code=1) == BROKEN


def test_refusals_alone_show_nothing(results: Results) -> None:
    for operation in ("list_schedules", "get_schedule"):
        results.tallies[operation].statuses["401"] = 3
    assert verdict(results) == COULD_NOT_RUN


def test_an_operation_that_fails_is_not_one_that_was_never_reached(results: Results) -> None:
    del results.tallies["get_me"].statuses["200"]
    results.tallies["get_me"].statuses["500"] = 1
    fail(results, "get_me")
    assert verdict(results, code=1) == BROKEN


def test_errors_of_the_run_itself_and_interruptions_are_no_verdict_on_the_server(results: Results) -> None:
    assert verdict(results, code=INTERRUPTED) == INTERRUPTED
    results.errors.append("schemathesis could not go on")
    assert verdict(results) == COULD_NOT_RUN
