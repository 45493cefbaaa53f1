"""Every operation, fuzzed in this process: the description's examples, and cases at and beyond its schemas' bounds.

A trimmed form of `make fuzz` with a fixed seed. Each request meets the same world: what the examples of the
description create, made once before the run.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis.engine import events, from_schema

import contract_tests.checks  # noqa: F401 # pyright: ignore[reportUnusedImport] (registers our checks)
from contract_tests.fuzzing import hooks
from contract_tests.fuzzing.minimal import minimal_form
from contract_tests.fuzzing.provision import operation_id
from contract_tests.fuzzing.target import SANDBOX_CREDENTIALS, SANDBOX_IDS, Target, first_then_every
from contract_tests.profiles.in_process import WORLD, reset_world_before_each_request
from mock_server.runtime.bundle import HTTP_METHODS, load_bundle
from mock_server.runtime.settings import Settings
from mock_server.server import Sandbox

pytestmark = pytest.mark.slow("sends generated requests to every operation")

SEED = 20250401
OPERATIONS = [
    item[method]["operationId"] for item in load_bundle()["paths"].values() for method in HTTP_METHODS if method in item
]

# Operations that no single request can reach, with what they need. Journeys call them.
NEEDS_A_STORY = {
    "reassign_booking": "a round-robin booking",
    "reassign_booking_to_user": "a round-robin booking",
    "confirm_booking": "a booking that awaits confirmation",
    "decline_booking": "a booking that awaits confirmation",
    "list_organization_team_booking_references": "a booking of the team's",
    "get_booking_by_seat": "a seat",
    "report_organization_booking": "a booking of the organization",
    "block_organization_booker": "a booking of the organization",
    "verify_booking_code": "a code that was sent",
    "get_calendar_event": "a booking in a Google calendar",
    "update_calendar_event": "a booking in a Google calendar",
    "create_instant_meeting": "an event type of a team",
    "connect_team_conferencing_app": "a calendar of the team's",
    "disconnect_team_conferencing_app": "a sign-in at the app",
    "check_stripe": "a sign-in at Stripe",
    "check_team_stripe": "a sign-in at Stripe",
    "check_organization_team_stripe": "a sign-in at Stripe",
    "create_oauth2_tokens": "a code from the consent page",
    "verify_email": "a code that was sent",
    "verify_phone": "a code that was sent",
    "verify_team_email": "a code that was sent",
    "verify_team_phone": "a code that was sent",
    "verify_organization_team_email": "a code that was sent",
    "verify_organization_team_phone": "a code that was sent",
    "list_allowlists": "a world that publishes allow-lists",
    "get_allowlist": "a world that publishes allow-lists",
    "create_team_routing_form_response": "a form of a team outside of organizations",
    "reset_delegation_credential_rotation": "a delegation credential of Microsoft",
    "delete_team_booking_limits": "limits of the caller's own in a team",
    "get_event_type_scheduling_config": "an event type of a team that the caller runs",
    "create_team_event_type_phone_call": "nothing: in this edition it only refuses",
    "create_team_event_type_phone_call_2026_06_12": "nothing: in this edition it only refuses",
}


class Findings:
    """What the run found, by operationId."""

    def __init__(self) -> None:
        self.failures: dict[str, dict[str, str]] = defaultdict(dict)
        self.statuses: dict[str, set[int]] = defaultdict(set)

    def add(self, finished: events.ScenarioFinished) -> None:
        """Adds the results of one operation's phase."""
        cases: dict[str, Any] = finished.recorder.cases
        for case_id, interaction in finished.recorder.interactions.items():
            if interaction.response is not None:
                operation = cases[case_id].value.operation
                self.statuses[operation_id(operation)].add(interaction.response.status_code)
        for case_id, checks in finished.recorder.checks.items():
            operation = cases[case_id].value.operation
            for check in checks:
                if check.failure_info is not None:
                    text = f"{check.failure_info.failure}\n{check.failure_info.code_sample}"
                    self.failures[operation_id(operation)].setdefault(check.name, text)


@pytest.fixture(scope="module")
def findings(request: pytest.FixtureRequest) -> Iterator[Findings]:
    """One run over the operations whose tests were selected."""
    selected = {
        str(item.callspec.params["operation_id"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == request.path and hasattr(item, "callspec")
    }
    sandbox = Sandbox(Settings(strict=True))
    target = Target(SANDBOX_CREDENTIALS, keep=first_then_every(8, 10, offset=SEED))
    target.anywhere = dict(SANDBOX_IDS)
    hooks.aim(target)
    schema: Any = schemathesis.openapi.from_dict(sandbox.description.bundle, config=_configuration())
    schema.app = sandbox.app
    target.before = reset_world_before_each_request(sandbox, schema, target)
    found = Findings()
    for event in from_schema(schema.include(operation_id=sorted(selected))).execute():
        if isinstance(event, events.ScenarioFinished):
            found.add(event)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            pytest.fail(f"The run could not go on: {event}")
    yield found
    hooks.aim(Target(SANDBOX_CREDENTIALS))


def _configuration() -> schemathesis.Config:
    """That of the long run, without the phases that take long."""
    options = tomllib.loads(Path(__file__).with_name("schemathesis.toml").read_text(encoding="utf-8"))
    options |= {"seed": SEED, "base-url": WORLD}
    options["phases"]["fuzzing"] = {"enabled": False}
    options["phases"]["stateful"] = {"enabled": False}
    configuration: Any = schemathesis.Config
    return configuration.from_dict(options)


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_keeps_to_the_description(operation_id: str, findings: Findings) -> None:
    """No reply breaks the description or one of our checks."""
    found = findings.failures[operation_id]
    assert not found, "\n\n".join(f"{check}: {text}" for check, text in found.items())


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_is_reached(operation_id: str, findings: Findings) -> None:
    """At least one request succeeds; otherwise the run shows nothing about the operation."""
    statuses = sorted(findings.statuses[operation_id])
    is_reached = any(status < 400 for status in statuses)
    if operation_id in NEEDS_A_STORY:
        assert not is_reached, f"{operation_id} is reached after all: remove it from NEEDS_A_STORY."
        return
    assert is_reached, (
        f"{operation_id} was answered with {statuses or 'nothing'} only. Link it from an operation that gives out its "
        "ids, or name in its examples what the default world has; where no single request can succeed, add it to "
        "NEEDS_A_STORY."
    )


def test_the_minimal_form_of_an_example_has_only_its_required_parts() -> None:
    schema: Any = schemathesis.openapi.from_dict(load_bundle())
    operation = schema["/v2/schedules"]["POST"]
    body = {
        "name": "Hours", "timeZone": "Europe/Rome", "isDefault": False,
        "availability": [{"days": ["Monday"], "startTime": "09:00", "endTime": "17:00"}],
    }  # fmt: skip
    plainest = minimal_form(operation.Case(body=body, media_type="application/json"))
    assert plainest is not None
    assert plainest.body == {"name": "Hours", "timeZone": "Europe/Rome", "isDefault": False}
    assert minimal_form(plainest) is None
    listed = schema["/v2/bookings"]["GET"]
    plainest = minimal_form(listed.Case(query={"take": 5, "status": ["upcoming"]}))
    assert plainest is not None
    assert plainest.query == {}
