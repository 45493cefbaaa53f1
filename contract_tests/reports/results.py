"""What a run found, by operation: statuses, checks and failures. Filled from schemathesis' events as they come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import click
from schemathesis.cli import EventHandler, handler
from schemathesis.engine import Status, events

from contract_tests.fuzzing.target import NOT_SENT
from contract_tests.known_secrets import KnownSecrets
from contract_tests.reports.exchanges import HarFile, exchange_of
from contract_tests.reports.titles import cause_of, title_of

PHASES = frozenset({"examples", "coverage", "fuzzing", "stateful"})


@dataclass(frozen=True)
class Failure:
    """One breach, of an operation or of `the server`.

    `title` is the cause in one line, `status` that of the reply. `rule` says where the description or our checks demand
    otherwise; `known` is one of the baseline. It was seen `count` times.
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

    @property
    def cause(self) -> tuple[int | None, str]:
        """What failures of one cause share, whichever check saw them."""
        return cause_of(self.status, self.title)


@dataclass
class Tally:
    """One operation, of a family such as ``bookings``. `passed` and `failed` count checks."""

    id: str
    method: str
    path: str
    family: str = ""
    documented: tuple[str, ...] = ()
    statuses: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    held_back: int = 0
    left_out: str | None = None

    @property
    def tested(self) -> bool:
        """Whether anything was sent."""
        return bool(self.statuses)

    @property
    def reached(self) -> bool:
        """Whether it answered with a success."""
        return any(status < "400" for status in self.statuses)


@dataclass(frozen=True)
class Case:
    """A story or a journey: how it failed, or why it was left out, wholly or in part."""

    name: str
    group: str
    seconds: float
    failed: str | None
    left_out: str | None


@dataclass
class Part:
    """The stories or the journeys of a run."""

    name: str
    cases: list[Case] = field(default_factory=list)
    requests: int = 0

    def failed(self) -> list[Case]:
        """Those that failed."""
        return [case for case in self.cases if case.failed is not None]

    def left_out(self) -> list[Case]:
        """Those that were left out."""
        return [case for case in self.cases if case.failed is None and case.left_out is not None]


@dataclass
class Results:
    """All operations of the description, and what failed.

    `told` are the failures of stories and journeys; `is_known` says whether the baseline has one of these. No text in
    here holds one of the `known` secrets.
    """

    tallies: dict[str, Tally] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    told: list[Failure] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    left_behind: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    seed: int | None = None
    is_known: Callable[[Failure], bool] = lambda _: False
    known: KnownSecrets = field(default_factory=KnownSecrets)
    _places: dict[tuple[str, bool, tuple[int | None, str]], int] = field(default_factory=dict)

    @classmethod
    def of(cls, bundle: dict[str, Any]) -> Results:
        """Empty ones."""
        found = cls()
        for path, item in bundle["paths"].items():
            for method, operation in item.items():
                name = operation["operationId"]
                documented = tuple(sorted(status for status in operation["responses"] if status.isdecimal()))
                found.tallies[name] = Tally(name, method.upper(), path, operation["x-area"], documented)
        return found

    def new_failures(self) -> list[Failure]:
        """Those that the baseline does not have."""
        return [failure for failure in self.failures if not failure.known]

    def add(self, failure: Failure) -> None:
        """Takes in a breach. Those of one cause in one operation are counted, and the shortest replay stays."""
        failure = self._masked(failure)
        key = (failure.operation, failure.known, failure.cause)
        if key not in self._places:
            self._places[key] = len(self.failures)
            self.failures.append(failure)
            return
        seen = self.failures[self._places[key]]
        kept = failure if 0 < len(failure.curl) < len(seen.curl) else seen
        self.failures[self._places[key]] = replace(kept, count=seen.count + failure.count)

    def add_told(self, failure: Failure) -> None:
        """Takes in a breach that a story or a journey found."""
        judged = self._masked(replace(failure, known=self.is_known(failure)))
        self.told.append(judged)
        self.add(judged)

    def _masked(self, failure: Failure) -> Failure:
        """The command that replays it has variables in place of secrets."""
        mask = self.known.masker.text
        return replace(failure, title=mask(failure.title), text=mask(failure.text))

    def take_in(self, recorder: Any, curl: Callable[[Any], str], is_known: Callable[[Any, str], bool]) -> None:
        """One finished scenario."""
        sent: set[str] = set()
        for case_id, interaction in recorder.interactions.items():
            response = interaction.response
            if case_id not in recorder.cases or response is None:
                continue
            tally = self._tally(recorder, case_id)
            if NOT_SENT in response.headers:
                tally.held_back += 1
                continue
            sent.add(case_id)
            tally.statuses[str(response.status_code)] += 1
        for case_id, checks in recorder.checks.items():
            for check in checks if case_id in sent else ():
                tally = self._tally(recorder, case_id)
                if check.status == Status.SUCCESS:
                    tally.passed[check.name] += 1
                elif check.failure_info is not None:
                    tally.failed[check.name] += 1
                    self.add(_failure(tally, check, recorder, case_id, curl, is_known))

    def _tally(self, recorder: Any, case_id: str) -> Tally:
        return self.tallies[recorder.cases[case_id].value.operation.definition.raw["operationId"]]


def _failure(
    tally: Tally,
    check: Any,
    recorder: Any,
    case_id: str,
    curl: Callable[[Any], str],
    is_known: Callable[[Any, str], bool],
) -> Failure:
    failure, interaction = check.failure_info.failure, recorder.interactions[case_id]
    response = interaction.response
    title = title_of(failure, recorder.cases[case_id].value, response.status_code, response.text or "")
    return Failure(
        tally.id, check.name, title, str(failure), _rule(tally, check.name, failure), curl(interaction.request),
        is_known(failure, check.name), response.status_code,
    )  # fmt: skip


def _rule(tally: Tally, check: str, failure: Any) -> str:
    """Where the demand stands: in the description, or in our checks."""
    place = f"{tally.method} {tally.path} > responses"
    schema_path = getattr(failure, "schema_path", None)
    if schema_path is not None:
        return f"{place} > schema > {' > '.join(map(str, schema_path))}"
    return place if check.endswith("_conformance") else f"check {check}"


@dataclass
class _Listening:
    results: Results
    har: HarFile
    curl: Callable[[Any], str]
    stopped: Callable[[], str | None]
    progress: Callable[[str], None]


_listening: _Listening | None = None


def listen(
    results: Results,
    har: HarFile,
    curl: Callable[[Any], str],
    stopped: Callable[[], str | None],
    progress: Callable[[str], None],
) -> None:
    """From now on every run fills `results` and `har`. `stopped` is asked whether there is any point in going on."""
    global _listening  # Schemathesis makes the handler itself.
    _listening = _Listening(results, har, curl, stopped, progress)


@handler()
class ResultsHandler(EventHandler):
    """See schemathesis.cli.EventHandler."""

    def handle_event(self, ctx: Any, event: events.EngineEvent) -> None:
        """Takes in every finished scenario, and ends a run that cannot go on."""
        if _listening is None:
            return
        if isinstance(event, events.NonFatalError | events.FatalError):
            _listening.results.errors.append(_listening.results.known.masker.text(_told(event)))
        if isinstance(event, events.PhaseFinished) and event.phase.is_enabled and event.phase.name.value in PHASES:
            _listening.progress(f"  phase {event.phase.name.value.lower()} done")
        if isinstance(event, events.ScenarioFinished):
            baseline = ctx.statistic.baseline
            _write_down(event.recorder, _listening.har)
            _listening.results.take_in(
                event.recorder,
                _listening.curl,
                lambda failure, check: baseline is not None and baseline.match(failure, check) is not None,
            )
            if _listening.stopped() is not None:
                raise click.Abort


def _write_down(recorder: Any, har: HarFile) -> None:
    for interaction in recorder.interactions.values():
        exchange = exchange_of(recorder.label, interaction)
        if exchange is not None and NOT_SENT not in interaction.response.headers:
            har.add(exchange)


def _told(event: events.NonFatalError | events.FatalError) -> str:
    if isinstance(event, events.NonFatalError):
        return f"{event.label}: {event.value}"
    return str(event.exception)
