"""The stories as a part of a run."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contract_tests.consistency.channel import Answer, Channel, Sent
from contract_tests.consistency.findings import Report
from contract_tests.consistency.run import STORIES, run
from contract_tests.known_secrets import KnownSecrets
from contract_tests.profiles.errors import CouldNotRun
from contract_tests.profiles.places import Place
from contract_tests.reports.exchanges import Exchange
from contract_tests.reports.results import Case, Failure, Part, Results
from mock_server.runtime.description import Description

SHOWN_TEXT = 160


def check_names(names: Iterable[str]) -> None:
    """Raises CouldNotRun where there is no story of a name."""
    for name in names:
        if name not in STORIES:
            raise CouldNotRun(f"there is no story {name!r}; there are {', '.join(STORIES)}")


def tell(
    place: Place,
    description: Description,
    results: Results,
    exchanges: list[Exchange],
    *,
    seed: int,
    only: Iterable[str] | None = None,
) -> None:
    """Tells all stories, or `only` some, and takes in what they find."""
    part = Part("stories")
    results.parts.append(part)
    for name in STORIES if only is None else only:
        before, started = len(exchanges), time.monotonic()
        with place.story(name) as (channel, actors):
            report = run(
                _Recorded(channel, f"story: {name}", exchanges, results.known), actors, description, seed=seed,
                only=[name], strict=place.strict, unavailable=place.unavailable,
            )  # fmt: skip
        part.requests += len(exchanges) - before
        _take_in(report, name, results)
        mask = results.known.masker.text
        told = [f"{each.operation}: {each.check}: {mask(str(each))}\n{each.curl}" for each in report.findings]
        part.cases.append(
            Case(name, "stories", time.monotonic() - started, "\n\n".join(told) or None, report.left_out.get(name))
        )


def _take_in(report: Report, name: str, results: Results) -> None:
    for (operation, status), count in report.replies.items():
        results.tallies[operation].statuses[str(status)] += count
    for (operation, check), count in report.passed.items():
        results.tallies[operation].passed[check] += count
    for each in report.findings:
        results.tallies[each.operation].failed[each.check] += 1
        title = each.text if len(each.text) <= SHOWN_TEXT else f"{each.text[:SHOWN_TEXT]} ..."
        rule = f"check {each.check}, told in the story of {name}"
        text = f"{title}\n{each}"
        results.add_told(
            Failure(each.operation, each.check, title, text, rule, each.curl, known=False, status=each.status)
        )


@dataclass
class _Recorded:
    """A channel of which everything is written down."""

    channel: Channel
    told_in: str
    exchanges: list[Exchange]
    known: KnownSecrets

    def send(self, request: Sent) -> Answer:
        """See Channel."""
        started = time.monotonic()
        answer = self.channel.send(request)
        took = timedelta(seconds=time.monotonic() - started)
        self.known.learn(answer.text.encode())
        self.exchanges.append(
            Exchange(
                self.told_in, request.method, request.target, _raw(request.headers), request.body or b"",
                answer.status, _raw(answer.headers), answer.text.encode(), datetime.now(UTC), took,
            )
        )  # fmt: skip
        return answer

    def close(self) -> None:
        """See Channel."""
        self.channel.close()


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
