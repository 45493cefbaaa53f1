"""A few mutants, and the check that has to notice each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contract_tests.mutants.kinds import KINDS
from contract_tests.mutants.trial import Bench, Trial, bench

SEED = 1


@pytest.fixture(scope="module")
def here() -> Iterator[Bench]:
    with bench() as made:
        yield made


@pytest.mark.parametrize(
    ("kind", "operation", "story", "check"),
    [
        ("drops_field", "get_webhook", "webhooks", "replies_fit_the_description"),
        ("lost_update", "update_schedule", "schedules", "reads_repeat_what_was_written"),
        ("forgets_to_delete", "delete_team", "teams", "deleted_things_are_gone"),
        ("needs_no_credentials", "get_webhook", "webhooks", "credentials_are_needed"),
        ("serves_strangers", "get_schedule", "schedules", "strangers_are_kept_out"),
        ("double_create", "create_webhook", "webhooks", "nothing_else_appears"),
        ("ignores_skip", "list_webhooks", "webhooks", "pages_fit_together"),
        ("takes_any_version", "create_schedule", "schedules", "versions_are_honoured"),
        ("stale_until_later", "list_webhooks", "webhooks", "lists_are_complete"),
        ("connection_dropped_now_and_then", "get_me", "own profile", "answers"),
    ],
)
def test_is_noticed(here: Bench, kind: str, operation: str, story: str, check: str) -> None:
    trial = here.one(KINDS[kind], here.operation(operation), [story], SEED)
    assert trial.fired
    assert check in trial.checks


def test_what_does_nothing_is_no_mutant(here: Bench) -> None:
    trial = here.one(KINDS["ignores_skip"], here.operation("get_me"), ["own profile"], SEED)
    assert (trial.fired, trial.killed) == (False, False)


def test_there_are_enough_kinds_and_each_says_what_it_means() -> None:
    assert len(KINDS) >= 40
    assert all(kind.means for kind in KINDS.values())


@pytest.mark.filterwarnings("ignore")  # Schemathesis leaves files to be closed by themselves.
def test_generated_requests_notice_what_stories_do_not_tell(here: Bench) -> None:
    kind = KINDS["server_error_now_and_then"]
    survivor = Trial(kind.name, "save_stripe_connection", fired=True, checks=(), requests=0)
    assert "not_a_server_error" in here.again(survivor, kind, SEED).checks


def test_journeys_notice_what_neither_does(here: Bench) -> None:
    schedule = here.operation("get_schedule")
    assert here.journeys(KINDS["redirects"], schedule, SEED) == {"journeys_reach_their_end"}
    assert here.journeys(KINDS["ignores_skip"], schedule, SEED) == set()
