"""The real service's recorded replies pass every check of the suite: the proof that the checks raise no false alarm.

A description or a check that would call the real service wrong fails here. The recordings are those of the edition in
use, without the operations whose description has known gaps and the exchanges from which it differs on purpose.
`test_other_editions.py` does the same with those of the other editions.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import pytest
import schemathesis
from schemathesis.core import NOT_SET
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.generation.meta import (
    CaseMetadata,
    ComponentInfo,
    GenerationInfo,
    PhaseInfo,
    TestPhase,
    build_phase_data,
)

import contract_tests.checks  # noqa: F401 (registers our checks)
from contract_tests.catalogue import catalogue
from contract_tests.consistency.actors import Actors
from contract_tests.consistency.findings import Finding
from contract_tests.consistency.session import Session
from contract_tests.fuzzing import hooks
from contract_tests.fuzzing.target import Credentials, Target
from contract_tests.http import Reply, Request
from contract_tests.profiles.schemathesis_run import CONFIGURATION
from contract_tests.proxy.check import Checker
from contract_tests.proxy.exchange import ProxiedExchange
from contract_tests.replay.gaps import known_gaps, refusal
from contract_tests.replay.recordings import Recording, recorded_api
from contract_tests.replay.reply_shape import undescribed
from contract_tests.replay.server import ReplayServer
from mock_server.runtime.description import Description, Operation
from mock_server.runtime.editions import chosen_edition
from mock_server.runtime.masking import Masker

pytestmark = pytest.mark.slow("validates all recordings")

API = recorded_api(chosen_edition())
KNOWN = known_gaps()[API.edition]
NOT_VALID = frozenset({401, 415, 498})
"""Statuses of requests that fit the description and are wrong all the same: credentials or content encoding."""

LEAKING = frozenset({"list_conferencing_apps", "connect_conferencing_app", "list_team_conferencing_apps"})
"""The recorded service hands out the tokens of third parties there, in `key`: a true finding."""

ADDED_PROPERTY = re.compile(r"\d+ [\w.\[\]]+ is not described")

SERVER = ReplayServer(refusal(API))


@cache
def description() -> Description:
    """The description that the replies are held to."""
    return catalogue().description


@cache
def checker() -> Checker:
    """What judges the proxy's traffic."""
    return Checker()


@cache
def schema() -> Any:
    """The description as schemathesis reads it, configured as in a run."""
    loaded = schemathesis.openapi.from_dict(description().bundle, config=schemathesis.Config.from_path(CONFIGURATION))
    loaded.app = SERVER
    loaded.config.update(base_url="http://127.0.0.1")
    return loaded


def operation_of(recording: Recording) -> Operation:
    """The operation of a recording."""
    operation = API.operation(recording)
    assert operation is not None
    return operation


def request_of(recording: Recording) -> Request:
    """The recorded request."""
    return recording.request(operation_of(recording))


def exchange_of(recording: Recording) -> ProxiedExchange:
    """A recording as the proxy sees it."""
    SERVER.play(recording)
    request = request_of(recording)
    return ProxiedExchange(request, SERVER.answer(request))


def case_of(recording: Recording) -> schemathesis.Case:
    """A recorded request as a generated case: positive where it fits the description, negative where it does not."""
    operation = operation_of(recording)
    exchange, request = exchange_of(recording), request_of(recording)
    found = catalogue().match(operation.method, request.path)
    assert found is not None
    values = found[1]
    complaints = {"version"} if recording.status in NOT_VALID else set[str]()
    complaints |= {kind for kind, _ in checker().request_complaints(operation, values, exchange, Masker())}
    locations = {
        ParameterLocation.PATH: "path", ParameterLocation.QUERY: "query", ParameterLocation.BODY: "body",
        ParameterLocation.HEADER: "version",
    }  # fmt: skip
    modes = {
        location: ComponentInfo(GenerationMode.NEGATIVE if kind in complaints else GenerationMode.POSITIVE)
        for location, kind in locations.items()
    }
    mode = GenerationMode.NEGATIVE if any(each.mode.is_negative for each in modes.values()) else GenerationMode.POSITIVE
    phase = PhaseInfo(TestPhase.STATEFUL, build_phase_data(TestPhase.STATEFUL, None))
    case = schema()[operation.key][operation.method].Case(
        path_parameters=values,
        query=dict(parse_qsl(request.query, keep_blank_values=True)),
        headers={name: value for name, value in recording.request_headers.items() if name != "content-type"},
        body=recording.body if request.body else NOT_SET,
        media_type="application/json" if request.body else None,
        _meta=CaseMetadata(GenerationInfo(0.0, mode), modes, phase),
    )
    # As the run's own credentials are marked; otherwise they would count as generated.
    case._has_explicit_auth = bool(recording.credential_headers)
    return case


class RecordedReplies:
    """A story's channel to the replaying server."""

    def send(self, request: Request) -> Reply:
        """See Channel."""
        return SERVER.answer(request)

    def close(self) -> None:
        """See Channel."""


def findings_of(recording: Recording) -> list[Finding]:
    """What the checks that every story applies to every reply find."""
    operation = operation_of(recording)
    session = Session(RecordedReplies(), Actors(), description(), seed=0, strict=False)
    SERVER.play(recording)
    session.ask(operation, request_of(recording))
    return session.report.findings


def name_of(recording: Recording) -> str:
    """The id of a recording's tests."""
    return f"{operation_of(recording).id}-{recording.status}-{RECORDINGS.index(recording)}"


def differs_on_purpose(recording: Recording) -> bool:
    """Whether the description does not allow the exchange, for a reason: then checks have to complain about it.

    A deployment's replies may have properties that are not described.
    """
    corrected = set(KNOWN.corrected.get(recording.operation, ()))
    if not corrected:
        return False
    exchange = exchange_of(recording)
    assert exchange.reply is not None
    found = set(undescribed(checker(), operation_of(recording), exchange.reply)) & corrected
    return any(ADDED_PROPERTY.fullmatch(each) is None for each in found)


RECORDINGS = [
    recording
    for recording, _ in API.described
    if recording.operation not in KNOWN.description and not differs_on_purpose(recording)
]
replayed = pytest.mark.parametrize("recording", [each for each in RECORDINGS if each.status < 500], ids=name_of)
failed = pytest.mark.parametrize("recording", [each for each in RECORDINGS if each.status >= 500], ids=name_of)


@replayed
def test_the_proxy_finds_no_breach(recording: Recording) -> None:
    """Neither in the reply nor in what the service accepted."""
    verdict = checker().check(exchange_of(recording))
    assert verdict.operation == operation_of(recording).id
    assert verdict.complaints == []


@replayed
@pytest.mark.filterwarnings("ignore")
def test_generated_requests_find_no_breach(recording: Recording) -> None:
    """All checks of schemathesis and our own, as a run applies them."""
    hooks.aim(Target(Credentials()))
    SERVER.play(recording)
    case_of(recording).call_and_validate()


@replayed
def test_stories_find_no_breach(recording: Recording) -> None:
    """What stories check of every reply."""
    leaks = operation_of(recording).id in LEAKING and b'"key":' in recording.reply_body
    assert [each.check for each in findings_of(recording)] == (["replies_leak_nothing"] if leaks else [])


@failed
def test_a_server_error_is_one_finding(recording: Recording) -> None:
    """The recorded defects of the service are reported once each, as a server error."""
    assert [each.check for each in findings_of(recording)] == ["server_errors"]
    assert [each.kind for each in checker().check(exchange_of(recording)).complaints] == ["server-error"]
