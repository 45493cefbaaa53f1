"""The end of a run in the terminal: what is broken, how to replay it, and what the run has shown at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from platform import python_version

from contract_tests.reports.causes import Cause, causes
from contract_tests.reports.results import Part, Results, Tally
from mock_server import __version__
from mock_server.runtime.progress import duration

SHOWN_CAUSES = 25
SHOWN_LINES = 4
SHOWN_OPERATIONS = 6
WIDTH = 110
SHOWN_REASON = 240


@dataclass
class Outcome:
    """A finished run. `reason` explains the exit code in one line; `command` is the command line."""

    code: int
    reason: str
    profile: str
    url: str
    seconds: float
    results: Results
    reports: Path
    files: list[str] = field(default_factory=list[str])
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    edition: str = ""
    command: str = ""

    @property
    def verdict(self) -> str:
        """The verdict in a few words."""
        return {0: "CLEAN", 1: "CONTRACT BROKEN", 130: "INTERRUPTED"}.get(self.code, "COULD NOT RUN")


def lines(outcome: Outcome) -> Iterator[str]:
    """The lines of the summary."""
    results = outcome.results
    yield ""
    yield f"== {outcome.verdict} " + "=" * (WIDTH - len(outcome.verdict) - 4)
    yield outcome.reason
    yield ""
    requests = sum(sum(tally.statuses.values()) for tally in results.tallies.values())
    seed = "" if results.seed is None else f", seed {results.seed}"
    yield f"  Run         profile {outcome.profile} on {outcome.url}, {duration(outcome.seconds)}{seed}"
    yield f"  Requests    {requests:,}: {_counted(statuses(results))}"
    yield f"  Operations  {_operations(results)}"
    yield f"  Checks      {_checks(results)}"
    for part in results.parts:
        yield f"  {part.name.capitalize():10}  {part_summary(part)}"
    for note in results.notes:
        yield f"  Note        {note}"
    found = causes(results.new_failures(), results)
    for number, cause in enumerate(found[:SHOWN_CAUSES], 1):
        yield from _cause(number, cause)
    if len(found) > SHOWN_CAUSES:
        yield f"\n  ... and {len(found) - SHOWN_CAUSES} more in {outcome.reports / 'report.html'}"
    yield from _paragraph("Errors of the run itself", results.errors)
    yield from _never_reached(results)
    yield from _paragraph("Left behind", results.left_behind)
    for part in results.parts:
        yield from _left_out_cases(part)
    yield from left_out(results)
    yield f"\n  Reports in {outcome.reports}: {', '.join(outcome.files)}"


def part_summary(part: Part) -> str:
    """The outcome of stories or journeys in one line."""
    failed, left_out = len(part.failed()), len(part.left_out())
    text = f"{len(part.cases) - failed - left_out} held, {failed} failed"
    return f"{text}{f', {left_out} left out' if left_out else ''}; {part.requests:,} requests"


def statuses(results: Results) -> Counter[str]:
    """The number of replies by status."""
    total: Counter[str] = Counter()
    for tally in results.tallies.values():
        total += tally.statuses
    return total


def unreached(results: Results) -> list[str]:
    """The operations that never succeeded although the run may call them, or all of whose requests were held back."""
    return [
        tally.id for tally in results.tallies.values()
        if tally.left_out is None and not tally.reached and (tally.tested or tally.held_back)
    ]  # fmt: skip


def why_unreached(tally: Tally) -> str:
    """Why an operation never succeeded: the errors that valid requests got, or why none was sent."""
    if tally.refusals:
        [(answer, _)] = tally.refusals.most_common(1)
        return f"valid requests were answered {answer}"
    if tally.statuses:
        return f"answered {_counted(tally.statuses)}"
    if tally.held_back:
        return f"its requests were held back: {tally.held_back_because}"
    return tally.left_out or "no request was sent: the options of the run exclude it"


def _never_reached(results: Results) -> Iterator[str]:
    names = unreached(results)
    if names:
        yield f"\n  Never reached with valid credentials ({len(names)}):"
    for name in names:
        yield f"    {name}: {why_unreached(results.tallies[name])}"[:SHOWN_REASON]


def facts(outcome: Outcome) -> dict[str, str]:
    """The facts of a run by name: its settings, versions and totals. Empty ones are left out."""
    results = outcome.results
    versions = {"contract_tests": __version__, "schemathesis": version("schemathesis"), "Python": python_version()}
    found = {
        "Server": outcome.url,
        "Profile": outcome.profile,
        "Edition": outcome.edition,
        "Date": f"{outcome.began:%Y-%m-%d %H:%M} UTC",
        "Took": duration(outcome.seconds),
        "Seed": "" if results.seed is None else str(results.seed),
        "Command": outcome.command,
        "Versions": ", ".join(f"{name} {number}" for name, number in versions.items()),
        "Requests": f"{results.requests():,}: {_counted(statuses(results))}",
        "Operations": _operations(results),
        "Checks": _checks(results),
        **{part.name.capitalize(): part_summary(part) for part in results.parts},
        "Left behind": ", ".join(results.left_behind),
        "Errors of the run": "; ".join(results.errors),
        "Notes": "; ".join(results.notes),
    }
    return {name: text for name, text in found.items() if text}


def left_out(results: Results) -> Iterator[str]:
    """The operations that were not called, by reason."""
    reasons: dict[str, list[str]] = {}
    for tally in results.tallies.values():
        if tally.left_out is not None:
            reasons.setdefault(tally.left_out, []).append(tally.id)
    for reason, names in reasons.items():
        yield from _paragraph(f"Left out: {reason}", names)


def counted(number: int, noun: str) -> str:
    """Such as ``1 operation`` and ``2 operations``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _operations(results: Results) -> str:
    tested = [tally for tally in results.tallies.values() if tally.tested]
    reached = sum(tally.reached for tally in tested)
    out = sum(tally.left_out is not None for tally in results.tallies.values())
    held = sum(tally.held_back for tally in results.tallies.values())
    text = f"{len(tested)} of {len(results.tallies)} tested, {reached} reached with valid credentials"
    return text + (f", {out} left out" if out else "") + (f"; {held} requests held back as unsafe" if held else "")


def _checks(results: Results) -> str:
    passed = sum(sum(tally.passed.values()) for tally in results.tallies.values())
    new, known = results.new_failures(), len(results.failures) - len(results.new_failures())
    operations = len({failure.operation for failure in new})
    text = f"{passed:,} passed"
    if new:
        text += f"; {counted(len(causes(new, results)), 'cause')} of failures in {counted(operations, 'operation')}"
    return text + (f"; {known} known failures of the baseline" if known else "")


def _cause(number: int, cause: Cause) -> Iterator[str]:
    """A cause: how often and in which operations it occurred, and the shortest replay."""
    failure, operations = cause.shown, cause.operations
    yield f"\n  {number}. {failure.title}"
    times = "once" if cause.count == 1 else f"{cause.count:,} times"
    shown = ", ".join(operations[:SHOWN_OPERATIONS])
    more = f" and {len(operations) - SHOWN_OPERATIONS} more" if len(operations) > SHOWN_OPERATIONS else ""
    status = "" if failure.status is None else f", status {failure.status}"
    yield f"     {times}{status}: {shown}{more}"
    rest = [line.strip() for line in failure.text.splitlines()[1:] if line.strip() and line.strip() != failure.title]
    for line in rest[:SHOWN_LINES]:
        yield f"     {line[: WIDTH - 5]}"
    yield f"     rule    {failure.rule}"
    if failure.curl:
        yield f"     replay  {failure.curl}"
    if failure.replay is not None:
        yield f"             with its set-up and clean-up: replay.sh {number}"


def _left_out_cases(part: Part) -> Iterator[str]:
    """The cases that were skipped, wholly or in part, by reason."""
    reasons = Counter(str(case.left_out) for case in part.left_out())
    named = {str(case.left_out): case.name for case in part.left_out()}
    for reason, count in reasons.most_common(SHOWN_CAUSES):
        what = named[reason] if count == 1 else f"{count} {part.name}"
        yield f"\n  Left out: {what}: {reason}"[:SHOWN_REASON]


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{count:,} x {status}" for status, count in sorted(counter.items())) or "none"


def _paragraph(title: str, names: list[str]) -> Iterator[str]:
    """A heading, and names in lines of equal width."""
    if not names:
        return
    yield f"\n  {title} ({len(names)}):"
    line = "   "
    for name in names:
        if len(line) + len(name) > WIDTH and line.strip():
            yield line
            line = "   "
        line += f" {name},"
    yield line.rstrip(",")
