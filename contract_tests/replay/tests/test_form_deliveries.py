"""Repeats the recorded submissions of routing forms: webhooks receive what the live service sent them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from contract_tests.replay.deliveries import (
    ORGANIZATION,
    OWNER_KEY,
    TEAM,
    Delivery,
    SubscribedWorld,
    delivery_differences,
    recorded_deliveries,
)
from mock_server.running import running_sandbox
from mock_server.runtime.settings import Settings

EDITION = "2026-03"
RECORDED = {name: each for name, each in recorded_deliveries(EDITION).items() if "form" in name}
OF_TEAM = f"teams/{TEAM}/routing-forms/cm8yw3nt0007kc9f6teamroute"
OF_ORGANIZATION = "routing-forms/cm8yw3nt0005kc9f6orgroute"
SUBMITTED = {
    "team form submitted: Sales": (OF_TEAM, "Ada", "Sales"),
    "team form submitted: Support": (OF_TEAM, "Ada", "Support"),
    "team form submitted: Web": (OF_TEAM, "Ada", "Web"),
    "organization form submitted: Sales": (OF_ORGANIZATION, "Bea", "Sales"),
}
"""Form and answers of each scenario, in the order in which they were recorded."""

WITHOUT_A_BOOKING = "form submitted without a booking (scheduled tasks, run now)"
OF_A_WORKFLOW = "workflow formSubmitted"


@pytest.fixture
def world() -> Iterator[SubscribedWorld]:
    with running_sandbox(Settings(strict=True, edition=EDITION)) as running:
        world = SubscribedWorld(running.url, EDITION)
        yield world
        world.close()


def submit(world: SubscribedWorld, form: str, participant: str, topic: str) -> None:
    path = f"/v2/organizations/{ORGANIZATION}/{form}/responses?start=2026-12-21&end=2026-12-22"
    world.send("POST", path, {"participant": participant, "topic": topic}, OWNER_KEY)


def by_response(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """In the order of the submissions. The live service's tasks ran at once."""
    return sorted(deliveries, key=lambda each: each.body["payload"]["responseId"])


def test_submissions_are_announced_at_once_and_again_without_a_booking(world: SubscribedWorld) -> None:
    for scenario, (form, participant, topic) in SUBMITTED.items():
        submit(world, form, participant, topic)
        assert delivery_differences(RECORDED[scenario], world.received(scenario)) == []
    world.send("POST", "/_sandbox/clock/advance", {"minutes": 15})
    received = by_response(world.received(WITHOUT_A_BOOKING))
    assert delivery_differences(by_response(RECORDED[WITHOUT_A_BOOKING]), received, ("responseId",)) == []


def test_a_submission_that_starts_a_workflow_is_announced(world: SubscribedWorld) -> None:
    submit(world, OF_TEAM, "Flo", "Support")
    assert delivery_differences(RECORDED[OF_A_WORKFLOW], world.received(OF_A_WORKFLOW)) == []


def test_all_recordings_about_forms_are_replayed() -> None:
    assert set(RECORDED) == {*SUBMITTED, WITHOUT_A_BOOKING, OF_A_WORKFLOW}
