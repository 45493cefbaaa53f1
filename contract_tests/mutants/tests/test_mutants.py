"""Some mutants with the check that has to kill each, and how mutants are chosen and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx import Headers

from contract_tests.mutants import observation, table
from contract_tests.mutants.benches import Bench, bench
from contract_tests.mutants.kinds import KINDS
from contract_tests.mutants.kinds.kind import operation_of
from contract_tests.mutants.observation import Calls, node_id, observe_stories
from contract_tests.mutants.proxy import Exchange, Reply, Request
from contract_tests.mutants.trial import Killers, Trial, by_stories, by_the_rest, chosen
from contract_tests.mutants.trial_log import TrialLog
from contract_tests.profiles.journeys import FOLDER
from contract_tests.profiles.profile import PARTS
from mock_server.runtime import bundle_cache
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.description import Description

SEED = 1


@pytest.fixture(scope="module")
def here() -> Iterator[Bench]:
    with bench() as made:
        yield made


@pytest.mark.parametrize(
    ("kind", "target", "story", "check"),
    [
        ("drops_field", "get_webhook", "webhooks", "replies_fit_the_description"),
        ("lost_update", "update_schedule", "schedules", "reads_return_what_was_written"),
        ("delete_is_lost", "delete_team", "teams", "deleted_things_are_gone"),
        ("needs_no_credentials", "get_webhook", "webhooks", "credentials_are_needed"),
        ("serves_other_users", "get_schedule", "schedules", "other_users_are_refused"),
        ("double_create", "create_webhook", "webhooks", "nothing_else_appears"),
        ("ignores_skip", "list_webhooks", "webhooks", "pages_fit_together"),
        ("accepts_any_version", "create_schedule", "schedules", "versions_are_required"),
        ("stale_until_later", "list_webhooks", "webhooks", "lists_are_complete"),
        ("intermittent_connection_drop", "get_me", "own profile", "answers"),
        ("afterEventBuffer_has_no_effect_on_slots", "get_available_slots", "buffers", "settings_take_effect"),
        ("ignores_parameter", "list_bookings?sortEnd", "queries of bookings", "filters_and_pages_are_applied"),
        ("accepts_bookings_in_the_past", "create_booking", "unavailable times", "unavailable_times_are_refused"),
        ("reason_is_lost_on_the_second_move", "reschedule_booking", "full bookings", "reads_return_what_was_written"),
        ("texts_end_at_255", "update_event_type", "texts", "texts_are_kept"),
        ("errors_lack_cors_headers", "get_me", "HEAD requests", "cors_allows_browsers"),
        ("preflight_without_patch", "get_me", "browsers", "cors_allows_browsers"),
        ("tokens_outlive_their_user", "delete_managed_user", "deleted users", "deleted_things_are_gone"),
        ("updated_at_is_stale_after_confirm", "confirm_booking", "timestamps of changes", "timestamps_are_correct"),
        ("booking_cancelled_is_never_sent", "create_webhook", "webhooks of bookings", "webhooks_report_events"),
        ("concurrent_writes_are_lost", "update_event_type", "concurrent writes", "writes_are_not_lost"),
        ("summer_time_is_forgotten", "get_available_slots", "summer time", "time_zones_are_applied"),
    ],
)
def test_the_check_kills_the_mutant(here: Bench, kind: str, target: str, story: str, check: str) -> None:
    found = here.story(KINDS[kind], target, story, SEED)
    assert (found.fired, found.defects) == (True, 0)
    assert check in found.checks


def test_the_sandbox_is_intact_after_a_mutant(here: Bench) -> None:
    here.story(KINDS["needs_no_credentials"], "get_webhook", "webhooks", SEED)
    assert here.run_story("webhooks", SEED).findings == []


def test_a_mutant_without_effect_is_not_killed(here: Bench) -> None:
    found = here.story(KINDS["ignores_skip"], "get_me", "own profile", SEED)
    assert (found.fired, found.checks) == (False, set())


def test_there_are_enough_kinds_and_each_is_described(here: Bench) -> None:
    assert len([kind for kind in KINDS.values() if kind.narrow]) >= 100
    assert all(kind.means for kind in KINDS.values())
    areas = {
        here.operation(target).area
        for kind in KINDS.values() if kind.narrow for target in kind.targets(here.description)
    }  # fmt: skip
    assert areas == {operation.area for operation in here.description}


def test_an_edition_has_only_the_faults_that_can_take_effect() -> None:
    april, march = (Description(load_bundle(edition=edition)) for edition in ("2025-04", "2026-03"))
    for name in ("added_guests_are_not_read", "changed_locations_are_not_read"):
        assert list(KINDS[name].targets(april)) == []
        assert "get_booking" in KINDS[name].targets(march)
    # The older operation answers requests without the version.
    assert "create_schedule" in march.operations
    assert not {"create_schedule", "create_schedule_2024_04_15"} & set(KINDS["needs_no_version"].targets(march))


def test_mutants_are_chosen_by_the_description_from_all_areas(here: Bench) -> None:
    description: Description = here.description
    for name in ("drops_field", "intermittent_server_error", "ignores_parameter"):
        targets = set(KINDS[name].targets(description))
        found = chosen(KINDS[name], description, 10, SEED)
        assert set(found) <= targets
        there_are = {description.operations[operation_of(each)].area for each in targets}
        areas = {description.operations[operation_of(each)].area for each in found}
        assert len(areas) == min(10, len(there_are)), name


def test_a_mutant_without_effect_survives_unless_a_reason_is_recorded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    idle = Trial("drops_field", "get_me")
    noticed = Trial("drops_field", "get_webhook", fired=True, checks=("replies_fit_the_description",))
    made = table.Table("pr", [idle, noticed], {})
    assert (made.survivors, made.equivalent) == ([idle], [])
    assert made.print(1.0) == 1
    assert "NO REASON IS RECORDED" in capsys.readouterr().out

    reason = table.reasons.Reason("drops_.*", "get_me", "there is no field to drop")
    monkeypatch.setattr(table.reasons, "EQUIVALENT", (reason,))
    excused = table.Table("pr", [idle, noticed], {})
    assert (excused.survivors, excused.equivalent) == ([], [idle])
    assert excused.print(1.0) == 0
    assert "there is no field to drop" in capsys.readouterr().out


def test_a_reason_does_not_excuse_a_mutant_with_an_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    reason = table.reasons.Reason("drops_field", ".*", "there is no field to drop")
    monkeypatch.setattr(table.reasons, "EQUIVALENT", (reason,))
    fired = Trial("drops_field", "get_me", fired=True)
    assert table.Table("pr", [fired], {}).survivors == [fired]


def test_what_a_deployment_does_not_let_reach_is_listed_and_not_counted(capsys: pytest.CaptureFixture[str]) -> None:
    unreachable = Trial("drops_field", "create_oauth_client")
    noticed = Trial("drops_field", "get_webhook", fired=True, checks=("replies_fit_the_description",))
    made = table.Table("staging", [unreachable, noticed], {"create_oauth_client": "it affects a whole organization"})
    assert (made.survivors, made.out_of_reach) == ([], [unreachable])
    assert made.print(1.0) == 0
    shown = capsys.readouterr().out
    assert "it affects a whole organization" in shown and "50.0% of all are killed" in shown

    missed = Trial("drops_field", "create_oauth_client", fired=True)
    assert table.Table("staging", [missed], {"create_oauth_client": "it affects"}).survivors == [missed]


def test_some_reasons_hold_on_a_deployment_only() -> None:
    mutant = ("concurrent_writes_are_lost", "update_event_type")
    assert table.reasons.why_survives("pr", *mutant) is None
    assert "one request after the other" in str(table.reasons.why_survives("staging", *mutant))


@pytest.mark.filterwarnings("ignore")  # Schemathesis leaves files to be closed by themselves.
def test_generated_requests_kill_what_stories_miss(here: Bench) -> None:
    kind = KINDS["intermittent_server_error"]
    survivor = Trial(kind.name, "save_stripe_connection")
    assert "not_a_server_error" in by_the_rest(here, kind, survivor, [], SEED).checks


def test_journeys_kill_what_stories_and_generated_requests_miss(here: Bench) -> None:
    tests = [str(FOLDER / "schedules/test_schedules.py")]
    killed = here.journeys(KINDS["redirects"], "get_schedule", tests, SEED)
    assert killed.checks == {"journeys_reach_their_end"}
    assert here.journeys(KINDS["ignores_skip"], "get_schedule", tests, SEED).checks == set()
    assert not here.journeys(KINDS["redirects"], "get_schedule", [], SEED).fired


def test_a_mutant_loses_writes_of_every_journey(here: Bench) -> None:
    first = "identity/test_access_by_state.py::test_every_operation_refuses_bad_credentials[schedules]"
    tests = [node_id(f"journeys/{first}"), str(FOLDER / "schedules/test_schedules.py")]
    found = here.journeys(KINDS["delete_is_lost"], "delete_schedule", tests, SEED)
    assert found.checks == {"journeys_reach_their_end"}


@pytest.mark.parametrize("kind", ["undeclared_field", "wrong_content_type"])
def test_journeys_notice_replies_that_do_not_fit_the_description(here: Bench, kind: str) -> None:
    tests = [str(FOLDER / "schedules/test_schedules.py")]
    assert here.journeys(KINDS[kind], "create_schedule", tests, SEED).checks == {"journeys_reach_their_end"}


def test_journeys_that_cannot_run_count_for_nothing(here: Bench) -> None:
    with pytest.raises(RuntimeError, match="could not be run"):
        here.journeys(KINDS["redirects"], "get_schedule", [str(FOLDER / "schedules/test_nothing.py")], SEED)
    feed = "calendars/test_busy_times.py::test_the_address_of_a_feed_is_checked[https://feeds.example.com/team.txt]"
    found = here.journeys(KINDS["error_as_server_error"], "create_ics_feed", [node_id(f"journeys/{feed}")], SEED)
    assert found.checks == {"journeys_reach_their_end"}


def _calls(here: Bench) -> Calls:
    """What two stories call: both list webhooks, one of them by pages; the other one updates a webhook."""
    calls = Calls()
    operation = here.description.operations["list_webhooks"]
    for test, target in (("plain", "/v2/webhooks"), ("plain", "/v2/webhooks"), ("pages", "/v2/webhooks?take=1")):
        request = Request("GET", target, Headers(), b"", operation)
        calls.note(Exchange(test, "list_webhooks", request, Reply(request, 200, Headers(), b"")))
    update = Request("PATCH", "/v2/webhooks/1", Headers(), b'{"active": false}', None)
    calls.note(Exchange("plain", "update_webhook", update, Reply(update, 200, Headers(), b"")))
    return calls


def test_only_tests_that_call_the_broken_operation_are_run_and_the_nearest_first(here: Bench) -> None:
    calls = _calls(here)
    assert calls.of(KINDS["drops_field"], "list_webhooks") == ["plain", "pages"]
    assert calls.of(KINDS["drops_field"], "get_webhook") == []
    assert calls.of(KINDS["list_empties_field"], "list_webhooks#active") == ["plain", "pages"]
    assert calls.of(KINDS["pages_have_at_most_two_entries"], "list_webhooks?take") == ["pages"]
    assert calls.of(KINDS["ignores_parameter"], "list_webhooks?skip") == []
    calls.forget(["plain"])
    assert calls.of(KINDS["drops_field"], "list_webhooks") == ["pages"]


def test_tests_that_killed_a_mutant_of_the_kind_come_first() -> None:
    killers, kind, other = Killers(), KINDS["drops_field"], KINDS["ignores_skip"]
    killers.note(kind, "b")
    killers.note(kind, "c")
    assert killers.first(kind, ["a", "b", "c"]) == ["c", "b", "a"]
    assert killers.first(kind, ["a", "b"]) == ["b", "a"]
    assert killers.first(other, ["a", "b", "c"]) == ["a", "b", "c"]
    killers.note(kind, "b")
    assert killers.first(kind, ["a", "b", "c"]) == ["b", "c", "a"]


def test_a_story_ends_with_the_first_failed_check(here: Bench) -> None:
    whole = here.run_story("webhooks", SEED).replies.total()
    found = here.story(KINDS["intermittent_server_error"], "list_webhooks", "webhooks", SEED)
    assert found.checks == {"server_errors"}
    assert found.requests < whole / 2


def test_a_survivor_has_been_through_all_parts(here: Bench) -> None:
    kind, webhooks = KINDS["ignores_skip"], [str(FOLDER / "webhooks/test_subscriptions.py")]
    trial = by_stories(here, kind, "get_me", ["own profile"], SEED)
    assert (trial.parts, trial.is_complete) == (("stories",), False)
    trial = by_the_rest(here, kind, trial, webhooks, SEED)
    assert (trial.killed, sorted(trial.parts), trial.is_complete) == (False, sorted(PARTS), True)


def test_what_was_observed_is_kept_for_the_same_code(
    here: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observation, "STORIES", ["webhooks"])
    monkeypatch.setattr(observation, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(bundle_cache, "cache_folder", lambda: tmp_path)
    first = observe_stories(here, SEED)
    assert first.counts["create_webhook"]["webhooks"] > 0
    monkeypatch.setattr(here, "run_story", lambda *_: pytest.fail("the stories run again"))
    assert observe_stories(here, SEED).counts == first.counts
    with pytest.raises(pytest.fail.Exception):
        observe_stories(here, SEED + 1)


def test_stories_about_all_operations_keep_to_the_broken_one(here: Bench) -> None:
    operations = Counter[str]()
    here.proxy.observer = lambda exchange: operations.update([exchange.operation])
    found = here.run_story("credentials and versions", SEED, only_paths={"/v2/webhooks"})
    here.proxy.observer = None
    assert found.findings == []
    assert operations.keys() == {"list_webhooks", "create_webhook"}


def test_a_run_continues_from_its_results(tmp_path: Path) -> None:
    tried = Trial("drops_field", "get_me", fired=True, checks=("answers",), requests=3, parts=("stories", "journeys"))
    path = tmp_path / "mutants.jsonl"
    with TrialLog(path, "pr", SEED) as log:
        assert log.trial("drops_field", "get_me") is None
        log.add(Trial("drops_field", "get_me", parts=("stories",)))
        log.add(tried)
    with TrialLog(path, "pr", SEED) as log:
        assert log.trial("drops_field", "get_me") == tried
        assert log.trial("drops_field", "get_webhook") is None
    for profile, seed in (("staging", SEED), ("pr", SEED + 1)):
        with TrialLog(path, profile, seed) as log:
            assert log.trial("drops_field", "get_me") is None
