"""The results of a run by operation: statuses, checks and failures. Filled from schemathesis' events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import click
from schemathesis.cli import EventHandler, handler
from schemathesis.engine import Status, events
from schemathesis.generation.meta import TestPhase

from contract_tests.curl import curl_command
from contract_tests.fuzzing.exchanges import exchange_of
from contract_tests.http import NOT_SENT, SERVER_ERROR, Exchange
from contract_tests.known_secrets import KnownSecrets
from contract_tests.reports.har import HarFile
from contract_tests.reports.replays import Replay, operation_of
from contract_tests.reports.titles import HINT, cause_of, is_valid, message_of, title_of
from mock_server.runtime.progress import Progress
from mock_server.runtime.versions import url_path

PHASES = frozenset({"examples", "coverage", "fuzzing", "stateful"})


@dataclass(frozen=True)
class Failure:
    """A breach of the contract, by an operation or by `the server`.

    `title` is the cause in one line, `status` that of the reply, and `rule` the place in the description or the check
    that was broken. `known` failures are in the baseline. It occurred `count` times. `replay` has the request and its
    set-up.
    """

    operation: str
    check: str
    title: str
    text: str
    rule: str
    curl: str
    known: bool
    status: int | None = None
    count: int = 1
    replay: Replay | None = field(default=None, repr=False, compare=False)

    @property
    def cause(self) -> tuple[int | None, str]:
        """The same for all failures with one cause, whichever check reported them."""
        return cause_of(self.status, self.title)


@dataclass
class Tally:
    """The results of one operation. `family` is its area, such as ``bookings``; `passed` and `failed` count checks.

    `refusals` counts the errors that valid requests got, such as ``404 No team found``.
    """

    id: str
    method: str
    path: str
    family: str = ""
    documented: tuple[str, ...] = ()
    statuses: Counter[str] = field(default_factory=Counter[str])
    passed: Counter[str] = field(default_factory=Counter[str])
    failed: Counter[str] = field(default_factory=Counter[str])
    refusals: Counter[str] = field(default_factory=Counter[str])
    held_back: int = 0
    held_back_because: str = ""
    left_out: str | None = None

    def hold_back(self, why: str) -> None:
        """Counts a request that the gate did not send."""
        self.held_back += 1
        self.held_back_because = why

    @property
    def tested(self) -> bool:
        """Whether any request was answered."""
        return bool(self.statuses)

    @property
    def reached(self) -> bool:
        """Whether any request succeeded."""
        return any(status < "400" for status in self.statuses)


@dataclass(frozen=True)
class Case:
    """A story or a journey: how it failed, or why it was skipped, wholly or in part."""

    name: str
    group: str
    seconds: float
    failed: str | None
    left_out: str | None


@dataclass
class Part:
    """The stories or the journeys of a run."""

    name: str
    cases: list[Case] = field(default_factory=list[Case])
    requests: int = 0

    def failed(self) -> list[Case]:
        """The failed cases."""
        return [case for case in self.cases if case.failed is not None]

    def left_out(self) -> list[Case]:
        """The skipped cases."""
        return [case for case in self.cases if case.failed is None and case.left_out is not None]


@dataclass
class Results:
    """The results of all operations.

    `client_failures` are the failures of stories and journeys; `is_known` says whether the baseline has one of these.
    `made` are the exchanges that created what the requests work on. No text contains any of the `known` secrets.
    """

    tallies: dict[str, Tally] = field(default_factory=dict[str, Tally])
    failures: list[Failure] = field(default_factory=list[Failure])
    client_failures: list[Failure] = field(default_factory=list[Failure])
    errors: list[str] = field(default_factory=list[str])
    left_behind: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])
    parts: list[Part] = field(default_factory=list[Part])
    made: list[Exchange] = field(default_factory=list[Exchange])
    seed: int | None = None
    is_known: Callable[[Failure], bool] = lambda _: False
    known: KnownSecrets = field(default_factory=KnownSecrets)
    _places: dict[tuple[str, bool, tuple[int | None, str]], int] = field(
        default_factory=dict[tuple[str, bool, tuple[int | None, str]], int]
    )

    @classmethod
    def of(cls, bundle: dict[str, Any]) -> Results:
        """Empty results for a bundle."""
        found = cls()
        for path, item in bundle["paths"].items():
            for method, operation in item.items():
                name = operation["operationId"]
                documented = tuple(sorted(status for status in operation["responses"] if status.isdecimal()))
                found.tallies[name] = Tally(name, method.upper(), url_path(path), operation["x-area"], documented)
        return found

    def new_failures(self) -> list[Failure]:
        """The failures that are not in the baseline."""
        return [failure for failure in self.failures if not failure.known]

    def known_failures(self) -> list[Failure]:
        """The failures that are in the baseline."""
        return [failure for failure in self.failures if failure.known]

    def add(self, failure: Failure) -> None:
        """Adds a failure. Those with one cause in one operation are counted, and the shortest replay is kept."""
        failure = self._masked(failure)
        key = (failure.operation, failure.known, failure.cause)
        if key not in self._places:
            self._places[key] = len(self.failures)
            self.failures.append(failure)
            return
        seen = self.failures[self._places[key]]
        kept = failure if 0 < len(failure.curl) < len(seen.curl) else seen
        self.failures[self._places[key]] = replace(kept, count=seen.count + failure.count)

    def add_story_failure(self, failure: Failure) -> Failure:
        """Adds a failure of a story or a journey; returns it without secrets."""
        masked = self._masked(replace(failure, known=self.is_known(failure)))
        self.client_failures.append(masked)
        self.add(masked)
        return masked

    def _masked(self, failure: Failure) -> Failure:
        """Masks title and text; the curl command has variables instead of secrets already."""
        mask = self.known.masker.text
        return replace(failure, title=mask(failure.title), text=mask(failure.text))

    def counts(self) -> str:
        """The numbers of answered requests and of failures, as text."""
        return f"{self.requests():,} requests, {len(self.failures):,} failures"

    def requests(self) -> int:
        """The number of answered requests."""
        return sum(tally.statuses.total() for tally in self.tallies.values())

    def add_scenario(self, recorder: Any, base_url: str, is_known: Callable[[Any, str], bool]) -> None:
        """Adds the results of a finished scenario on the server at `base_url`."""
        sent: dict[str, Exchange] = {}
        for case_id, interaction in recorder.interactions.items():
            exchange = exchange_of(recorder.label, interaction, base_url)
            if case_id not in recorder.cases or exchange is None:
                continue
            tally, headers = self._tally(recorder, case_id), interaction.response.headers
            if NOT_SENT in headers:
                tally.hold_back(headers[NOT_SENT][0])
                continue
            sent[case_id] = exchange
            status = exchange.reply.status
            tally.statuses[str(status)] += 1
            if status >= 400 and is_valid(recorder.cases[case_id].value):
                self.add_refusal(tally, status, exchange.reply.text)
        for case_id, checks in recorder.checks.items():
            for check in checks if case_id in sent else ():
                tally = self._tally(recorder, case_id)
                if check.status == Status.SUCCESS:
                    tally.passed[check.name] += 1
                elif check.failure_info is not None:
                    tally.failed[check.name] += 1
                    replay = Replay(sent[case_id], self._made_for(sent[case_id]) + _earlier(recorder, case_id, sent))
                    self.add(self._failure(tally, check, recorder, case_id, replay, is_known))

    def add_refusal(self, tally: Tally, status: int, body: str) -> None:
        """Counts an error that a valid request got."""
        if not tally.reached:
            tally.refusals[self.known.masker.text(f"{status} {message_of(body)}")] += 1

    def _made_for(self, request: Exchange) -> list[Exchange]:
        """The exchanges that created what a generated request needs, without those of its own operation."""
        operation = operation_of(request.request)
        return [
            each
            for each in self.made
            if operation is None
            or request.request.method == "GET"
            or (operation_of(each.request) or (None,))[0] != operation[0]
        ]

    def _tally(self, recorder: Any, case_id: str) -> Tally:
        return self.tallies[recorder.cases[case_id].value.operation.definition.raw["operationId"]]

    def _failure(
        self,
        tally: Tally,
        check: Any,
        recorder: Any,
        case_id: str,
        replay: Replay,
        is_known: Callable[[Any, str], bool],
    ) -> Failure:
        failure, response = check.failure_info.failure, recorder.interactions[case_id].response
        body = response.text
        if response.status_code >= SERVER_ERROR:
            body = response.headers.get(HINT, [body or ""])[0]
        title = title_of(failure, recorder.cases[case_id].value, response.status_code, body or "")
        curl = curl_command(replay.failing.request, self.known.variables, self.known.learned)
        return Failure(
            tally.id, check.name, title, str(failure), _rule(tally, check.name, failure), curl,
            is_known(failure, check.name), response.status_code, replay=replay,
        )  # fmt: skip


def _earlier(recorder: Any, case_id: str, sent: dict[str, Exchange]) -> list[Exchange]:
    """The earlier requests of a stateful sequence; none for other phases."""
    meta = recorder.cases[case_id].value.meta
    if meta is None or meta.phase.name != TestPhase.STATEFUL:
        return []
    return [exchange for other, exchange in sent.items() if exchange.ended < sent[case_id].ended and other != case_id]


def _rule(tally: Tally, check: str, failure: Any) -> str:
    """The place in the description, or the check, that was broken."""
    place = f"{tally.method} {tally.path} > responses"
    schema_path = getattr(failure, "schema_path", None)
    if schema_path is not None:
        return f"{place} > schema > {' > '.join(map(str, schema_path))}"
    return place if check.endswith("_conformance") else f"check {check}"


@dataclass
class _Listening:
    results: Results
    base_url: str
    har: HarFile | None
    stopped: Callable[[], str | None]
    progress: Progress


_listening: _Listening | None = None


def start_listening(
    results: Results,
    base_url: str,
    har: HarFile | None,
    stopped: Callable[[], str | None],
    progress: Progress,
) -> None:
    """Makes every run on the server at `base_url` fill `results`, and write all exchanges to `har`.

    `stopped` says why the run should end; None if it should not.
    """
    global _listening  # Schemathesis instantiates the handler itself.
    _listening = _Listening(results, base_url, har, stopped, progress)


@handler()
class ResultsHandler(EventHandler[Any]):
    """See schemathesis.cli.EventHandler."""

    def handle_event(self, ctx: Any, event: events.EngineEvent) -> None:
        """Records every finished scenario, and aborts a run that cannot go on."""
        if _listening is None:
            return
        results, progress = _listening.results, _listening.progress
        if isinstance(event, events.NonFatalError | events.FatalError):
            results.errors.append(results.known.masker.text(_text_of(event)))
        if isinstance(event, events.PhaseEvent) and event.phase.is_enabled and event.phase.name.value in PHASES:
            if isinstance(event, events.PhaseStarted):
                selected = ctx.api_statistic.operations.selected
                progress.begin(event.phase.name.value, selected, "operations", results.counts)
            elif isinstance(event, events.PhaseFinished):
                progress.end()
        if isinstance(event, events.ScenarioFinished):
            self._record(ctx, event, _listening)

    def _record(self, ctx: Any, event: events.ScenarioFinished, listening: _Listening) -> None:
        baseline, results = ctx.statistic.baseline, listening.results
        _write_down(event.recorder, listening)
        results.add_scenario(
            event.recorder,
            listening.base_url,
            lambda failure, check: baseline is not None and baseline.match(failure, check) is not None,
        )
        listening.progress.step()
        if listening.stopped() is not None:
            raise click.Abort


def _write_down(recorder: Any, listening: _Listening) -> None:
    for interaction in recorder.interactions.values():
        exchange = exchange_of(recorder.label, interaction, listening.base_url)
        if exchange is None or NOT_SENT in interaction.response.headers:
            continue
        if listening.har is None:
            listening.results.known.learn(exchange.reply.body)
        else:
            listening.har.add(exchange)


def _text_of(event: events.NonFatalError | events.FatalError) -> str:
    if isinstance(event, events.NonFatalError):
        return f"{event.label}: {event.value}"
    return str(event.exception)
