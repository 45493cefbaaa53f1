"""One HTML page with everything: operations by statuses and checks. Needs nothing from outside."""

from __future__ import annotations

from collections import Counter
from html import escape
from string import Template

from contract_tests.reports import summary
from contract_tests.reports.results import Case, Failure, Part, Results, Tally
from contract_tests.reports.summary import Outcome

_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>$verdict: contract tests</title>
<meta name="viewport" content="width=device-width">
<style>
body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem; color: #1c2430; background: #fff }
h1 { font-size: 1.5rem; margin: 0 } h1.c0 { color: #14713d } h1.c1 { color: #b3261e } h1.c2 { color: #8a5a00 }
table { border-collapse: collapse } th, td { text-align: left; padding: .2rem .5rem; vertical-align: top }
thead th { position: sticky; top: 0; background: #fff; border-bottom: 2px solid #ccd3dc; vertical-align: bottom }
tr[id] > td:first-child { position: sticky; left: 0; background: #fff }
tbody tr { border-bottom: 1px solid #e7ebf0 } tbody tr:target { background: #fff6d6 }
thead th.turned { writing-mode: vertical-rl; transform: rotate(180deg); font-weight: normal; padding: .5rem .1rem }
code, pre { font: 12px/1.4 ui-monospace, monospace } pre { background: #f4f6f9; padding: .6rem; white-space: pre-wrap }
.number { text-align: right } .none { color: #b8c0cb } .good { color: #14713d }
.bad { color: #fff; background: #b3261e; border-radius: 3px; padding: 0 .3rem } .known { background: #8a5a00 }
.strange { color: #b3261e; font-weight: bold } .out { color: #7a8594 } details { margin: .4rem 0 }
dl { display: grid; grid-template-columns: max-content auto; gap: .1rem 1rem } dt { color: #5d6978 } dd { margin: 0 }
input { font: inherit; padding: .3rem .5rem; width: 22rem; margin: 1rem 0 .5rem }
</style></head><body>
<h1 class="c$code">$verdict</h1><p>$reason</p>
<dl>$facts</dl>
$failures
$parts
<h2>Operations, statuses and checks</h2>
<p>A status that the description has and that never came is pale; one that it does not have is red.
A check shows how often it passed, or how often it failed.</p>
<input id="filter" placeholder="Show only ..." aria-label="Show only rows with this text">
<table><thead><tr><th>Operation</th>$status_heads$check_heads</tr></thead><tbody>$rows</tbody></table>
<script>
document.getElementById("filter").addEventListener("input", function (event) {
  var text = event.target.value.toLowerCase();
  document.querySelectorAll("tbody tr").forEach(function (row) {
    row.hidden = !row.textContent.toLowerCase().includes(text);
  });
});
</script></body></html>
""")


def page(outcome: Outcome) -> str:
    """The page as text."""
    results = outcome.results
    tallies = list(results.tallies.values())
    statuses = sorted({status for each in tallies for status in (*each.documented, *each.statuses)})
    checks = sorted({check for each in tallies for check in (*each.passed, *each.failed)})
    return _PAGE.substitute(
        verdict=escape(outcome.verdict),
        code=outcome.code if outcome.code in (0, 1) else 2,
        reason=escape(outcome.reason),
        facts=_facts(outcome),
        failures=_failures(results),
        parts="".join(map(_part, results.parts)),
        status_heads="".join(f"<th class=number>{status}</th>" for status in statuses),
        check_heads="".join(f"<th class=turned>{escape(check)}</th>" for check in checks),
        rows="".join(_row(tally, statuses, checks, results) for tally in tallies),
    )


def _facts(outcome: Outcome) -> str:
    results = outcome.results
    tested = sum(tally.tested for tally in results.tallies.values())
    reached = sum(tally.reached for tally in results.tallies.values())
    came = ", ".join(f"{count:,} x {status}" for status, count in sorted(summary.statuses(results).items()))
    facts = {
        "Server": outcome.url,
        "Profile": outcome.profile,
        "Took": summary.duration(outcome.seconds),
        "Seed": "" if results.seed is None else str(results.seed),
        "Operations": f"{tested} of {len(results.tallies)} tested, {reached} reached with valid credentials",
        "Replies": came,
        **{part.name.capitalize(): summary.told(part) for part in results.parts},
        "Never reached": ", ".join(summary.unreached(results)),
        "Left behind": ", ".join(results.left_behind),
        "Errors of the run": "; ".join(results.errors),
        "Notes": "; ".join(results.notes),
    }
    return "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts.items() if text)


def _failures(results: Results) -> str:
    if not results.failures:
        return ""
    told = "".join(map(_failure, sorted(results.failures, key=lambda each: each.known)))
    return f"<h2>What is broken</h2>{told}"


def _failure(failure: Failure) -> str:
    mark = "<span class='bad known'>known</span>" if failure.known else "<span class=bad>new</span>"
    return (
        f"<details><summary>{mark} <a href='#{failure.operation}'><code>{failure.operation}</code></a> "
        f"{escape(failure.check)}: {escape(failure.title)}</summary>"
        f"<p>Rule: <code>{escape(failure.rule)}</code></p><pre>{escape(failure.text)}</pre>"
        f"<p>Replay:</p><pre>{escape(failure.curl)}</pre></details>"
    )


def _part(part: Part) -> str:
    rows = "".join(map(_case, part.cases))
    heading = f"{part.name.capitalize()}: {summary.told(part)}"
    return f"<details><summary>{escape(heading)}</summary><table>{rows}</table></details>"


def _case(case: Case) -> str:
    outcome = "<span class=good>held</span>"
    if case.failed is not None:
        outcome = "<span class=bad>failed</span>"
    elif case.left_out is not None:
        outcome = f"<span class=out>left out: {escape(case.left_out)}</span>"
    return f"<tr><td>{escape(case.group)}</td><td>{escape(case.name)}</td><td>{outcome}</td></tr>"


def _row(tally: Tally, statuses: list[str], checks: list[str], results: Results) -> str:
    known = Counter(each.check for each in results.failures if each.operation == tally.id and each.known)
    name = f"<code>{tally.method} {escape(tally.path)}</code><br>{tally.id}"
    if tally.left_out is not None:
        width = len(statuses) + len(checks)
        return f"<tr id='{tally.id}' class=out><td>{name}</td><td colspan={width}>{escape(tally.left_out)}</td></tr>"
    cells = "".join(f"<td class=number>{_status(tally, status)}</td>" for status in statuses)
    cells += "".join(f"<td class=number>{_check(tally, check, known)}</td>" for check in checks)
    return f"<tr id='{tally.id}'><td>{name}</td>{cells}</tr>"


def _status(tally: Tally, status: str) -> str:
    count, documented = tally.statuses[status], status in tally.documented
    if count:
        return f"<span class={'good' if documented else 'strange'}>{count}</span>"
    return "<span class=none>0</span>" if documented else ""


def _check(tally: Tally, check: str, known: Counter[str]) -> str:
    if tally.failed[check]:
        return f"<span class='bad{' known' if known[check] else ''}'>{tally.failed[check]}</span>"
    return f"<span class=good>{tally.passed[check]}</span>" if tally.passed[check] else ""
