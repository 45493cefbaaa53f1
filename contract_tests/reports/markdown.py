"""The summary of a run as Markdown, for the pages of CI services."""

from __future__ import annotations

import re
from collections.abc import Iterator

from contract_tests.reports.causes import Cause, causes
from contract_tests.reports.summary import SHOWN_CAUSES, Outcome, counted, facts, unreached, why_unreached

_SPECIAL = re.compile(r"([\\*_{}\[\]<>|#])")
SHOWN_OPERATIONS = 12


def summary(outcome: Outcome) -> str:
    """The verdict, the causes of failures with their replays, and the facts of the run."""
    return "\n".join(_lines(outcome)) + "\n"


def _lines(outcome: Outcome) -> Iterator[str]:
    results = outcome.results
    yield f"## Contract tests: {outcome.verdict}"
    yield ""
    yield _text(outcome.reason)
    found = causes(results.new_failures(), results)
    for number, cause in enumerate(found[:SHOWN_CAUSES], 1):
        yield from _cause(number, cause)
    if len(found) > SHOWN_CAUSES:
        yield f"\n{len(found) - SHOWN_CAUSES} more causes are in `report.html`."
    yield "\n| | |\n|---|---|"
    for name, text in facts(outcome).items():
        yield f"| {name} | {_text(text)} |"
    names = unreached(results)
    if names:
        yield f"\n<details><summary>Never reached: {counted(len(names), 'operation')}</summary>\n"
        yield from (f"- `{name}`: {_text(why_unreached(results.tallies[name]))}" for name in names)
        yield "\n</details>"


def _cause(number: int, cause: Cause) -> Iterator[str]:
    failure, operations = cause.shown, cause.operations
    more = len(operations) - SHOWN_OPERATIONS
    shown = ", ".join(f"`{name}`" for name in operations[:SHOWN_OPERATIONS])
    yield f"\n### {number}. {_text(failure.title)}"
    yield ""
    times = "once" if cause.count == 1 else f"{cause.count:,} times"
    yield f"{times.capitalize()} in {shown}{f' and {more} more' if more > 0 else ''}. Rule: {_text(failure.rule)}"
    if failure.curl:
        fence = "```" if "```" not in failure.curl else "~~~"
        yield f"\n<details><summary>Replay</summary>\n\n{fence}sh\n{failure.curl}\n{fence}\n"
        yield f"With its set-up and clean-up: `replay.sh {number}`\n\n</details>"


def _text(text: str) -> str:
    """On one line, without markup of its own except code."""
    words = " ".join(text.split())
    return "".join(
        part if place % 2 and words.count("`") % 2 == 0 else _SPECIAL.sub(r"\\\1", part)
        for place, part in enumerate(re.split(r"(`[^`|]*`)", words))
    )
