"""The stories as a part of a run."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO

from contract_tests.consistency.findings import Finding, Report
from contract_tests.consistency.run import STORIES, run
from contract_tests.curl import curl_command
from contract_tests.http import Channel, Exchange, Reply, Request
from contract_tests.known_secrets import KnownSecrets
from contract_tests.profiles.environments import Environment
from contract_tests.profiles.errors import CouldNotRun
from contract_tests.reports.replays import Replay
from contract_tests.reports.results import Case, Failure, Part, Results
from mock_server.runtime.description import Description
from mock_server.runtime.progress import Progress
from mock_server.runtime.suggestions import did_you_mean

SHOWN_TEXT = 160


def check_names(names: Iterable[str]) -> None:
    """Raises CouldNotRun if there is no story with one of the names."""
    for name in names:
        if name not in STORIES:
            raise CouldNotRun(
                f"there is no story {name!r}; there are {', '.join(STORIES)}{did_you_mean(name, STORIES)}"
            )


def run_stories(
    environment: Environment,
    description: Description,
    results: Results,
    exchanges: list[Exchange],
    *,
    seed: int,
    only: Iterable[str] | None = None,
    progress: Progress | None = None,
) -> None:
    """Runs all stories, or `only` some, and records their results."""
    part, progress = Part("stories"), progress or Progress(StringIO())
    results.parts.append(part)
    names = list(STORIES if only is None else only)
    progress.begin(part.name, len(names), "stories", results.counts)
    for name in names:
        before, started = len(exchanges), time.monotonic()
        with environment.story(name) as (channel, actors):
            report = run(
                _RecordingChannel(channel, f"story: {name}", exchanges, results.known), actors, description, seed=seed,
                only=[name], strict=environment.strict, unavailable=environment.unavailable,
            )  # fmt: skip
        part.requests += len(exchanges) - before
        results.errors += [f"the story {defect}" for defect in report.defects]
        failures = _record(report, name, results, exchanges[before:], actors.secrets())
        texts = [f"{each.title}\n{each.operation}: {each.check}\n{each.text}\n{each.curl}" for each in failures]
        part.cases.append(
            Case(name, "stories", time.monotonic() - started, "\n\n".join(texts) or None, report.left_out.get(name))
        )
        progress.step()
    progress.end()


def _record(report: Report, name: str, results: Results, exchanges: list[Exchange], secrets: set[str]) -> list[Failure]:
    for (operation, status), count in report.replies.items():
        results.tallies[operation].statuses[str(status)] += count
    for (operation, check), count in report.passed.items():
        results.tallies[operation].passed[check] += count
    failures: list[Failure] = []
    for each in report.findings:
        results.tallies[each.operation].failed[each.check] += 1
        title = each.text if len(each.text) <= SHOWN_TEXT else f"{each.text[:SHOWN_TEXT]} ..."
        rule = f"check {each.check}, in the story {name}"
        text = f"{title}\n{each}"
        failures.append(
            results.add_story_failure(
                Failure(
                    each.operation, each.check, title, text, rule, each.curl, known=False, status=each.status,
                    replay=_replay(each, exchanges, results.made, secrets),
                )
            )
        )  # fmt: skip
    return failures


def _replay(finding: Finding, exchanges: list[Exchange], made: list[Exchange], secrets: set[str]) -> Replay | None:
    """The request of a finding, the last of those that look the same, with the exchanges before it."""
    for index in reversed(range(len(exchanges))):
        each = exchanges[index]
        if finding.status not in (None, each.reply.status):
            continue
        if curl_command(each.request, secrets) == finding.curl:
            return Replay(each, [*made, *exchanges[:index]])
    return None


@dataclass
class _RecordingChannel:
    """A channel that records all exchanges."""

    channel: Channel
    source: str
    exchanges: list[Exchange]
    known: KnownSecrets

    def send(self, request: Request) -> Reply:
        """See Channel."""
        started = time.monotonic()
        reply = self.channel.send(request)
        took = timedelta(seconds=time.monotonic() - started)
        self.known.learn(reply.body)
        self.exchanges.append(Exchange(self.source, reply, datetime.now(UTC), took))
        return reply

    def close(self) -> None:
        """See Channel."""
        self.channel.close()
