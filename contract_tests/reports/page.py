"""A self-contained HTML page with all results, by operation, status and check."""

from __future__ import annotations

from html import escape
from string import Template

from contract_tests.reports import summary
from contract_tests.reports.causes import Cause, causes
from contract_tests.reports.results import Case, Part, Results, Tally
from contract_tests.reports.summary import Outcome

_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>$verdict: contract tests</title>
<meta name="viewport" content="width=device-width">
<style>
body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem; color: #1c2430; background: #fff }
h1 { font-size: 1.5rem; margin: 0 } h1.c0 { color: #14713d } h1.c1 { color: #b3261e } h1.c2 { color: #8a5a00 }
main { max-width: 1216px } table { border-collapse: collapse; width: 100%; table-layout: fixed }
th, td { text-align: left; padding: .25rem .5rem; vertical-align: top; overflow-wrap: anywhere }
thead th { position: sticky; top: 0; background: #fff; border-bottom: 2px solid #ccd3dc }
tbody tr { border-bottom: 1px solid #e7ebf0 } tbody tr:target { background: #fff6d6 }
col.operation { width: 38% } col.statuses { width: 27% } col.checks { width: 35% }
code, pre { font: 12px/1.4 ui-monospace, monospace; overflow-wrap: anywhere }
pre { background: #f4f6f9; padding: .6rem; white-space: pre-wrap }
td span { display: inline-block; margin: 0 .3rem .1rem 0 } .none { color: #76818f } .good { color: #14713d }
.bad { color: #fff; background: #b3261e; border-radius: 3px; padding: 0 .3rem } .known { background: #8a5a00 }
.strange { color: #b3261e; font-weight: bold } .out { color: #5d6978 } details { margin: .4rem 0 }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .1rem 1rem; overflow-wrap: anywhere }
dt { color: #5d6978 } dd { margin: 0 }
input { font: inherit; padding: .3rem .5rem; width: 22rem; margin: 1rem 0 .5rem }
</style></head><body><main>
<h1 class="c$code">$verdict</h1><p>$reason</p>
<dl>$facts</dl>
$failures
$unreached
$parts
<h2>Operations, statuses and checks</h2>
<p>A status that the description has and that never came is pale; one that it does not have is red.
Checks that failed stand with how often they did.</p>
<input id="filter" placeholder="Show only ..." aria-label="Show only rows with this text">
<table id="operations"><colgroup><col class="operation"><col class="statuses"><col class="checks"></colgroup>
<thead><tr><th>Operation</th><th>Statuses</th><th>Checks</th></tr></thead><tbody>$rows</tbody></table>
<script>
document.getElementById("filter").addEventListener("input", function (event) {
  var text = event.target.value.toLowerCase();
  document.querySelectorAll("#operations tbody tr").forEach(function (row) {
    row.hidden = !row.textContent.toLowerCase().includes(text);
  });
});
</script></main></body></html>
""")


def page(outcome: Outcome) -> str:
    """The page as text."""
    results = outcome.results
    return _PAGE.substitute(
        verdict=escape(outcome.verdict),
        code=outcome.code if outcome.code in (0, 1) else 2,
        reason=escape(outcome.reason),
        facts="".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in summary.facts(outcome).items()),
        failures=_failures(results),
        unreached=_unreached(results),
        parts="".join(map(_part, results.parts)),
        rows="".join(_row(tally, results) for tally in results.tallies.values()),
    )


def _failures(results: Results) -> str:
    if not results.failures:
        return ""
    found = [*causes(results.new_failures(), results), *causes(results.known_failures(), results)]
    entries = "".join(_cause(number, cause) for number, cause in enumerate(found, 1))
    return f"<h2>What is broken: {summary.counted(len(found), 'cause')}</h2>{entries}"


def _cause(number: int, cause: Cause) -> str:
    failure = cause.shown
    mark = "<span class='bad known'>known</span>" if failure.known else "<span class=bad>new</span>"
    operations = ", ".join(f"<a href='#{escape(name)}'><code>{escape(name)}</code></a>" for name in cause.operations)
    checks = ", ".join(sorted({each.check for each in cause.failures}))
    replay = f"<p>With its set-up and clean-up: <code>replay.sh {number}</code></p>" if failure.replay else ""
    return (
        f"<details><summary>{mark} {number}. {escape(failure.title)} "
        f"({cause.count:,} times, {summary.counted(len(cause.operations), 'operation')})</summary>"
        f"<p>{operations}</p><p>Check: {escape(checks)}. Rule: <code>{escape(failure.rule)}</code></p>"
        f"<pre>{escape(failure.text)}</pre><p>Replay:</p><pre>{escape(failure.curl)}</pre>{replay}</details>"
    )


def _unreached(results: Results) -> str:
    """The operations that were never reached, with the reason."""
    rows = "".join(
        f"<tr><td><a href='#{name}'><code>{name}</code></a></td>"
        f"<td>{escape(summary.why_unreached(results.tallies[name]))}</td></tr>"
        for name in summary.unreached(results)
    )
    heading = f"Never reached with valid credentials: {len(summary.unreached(results))}"
    return f"<details><summary>{heading}</summary><table>{rows}</table></details>" if rows else ""


def _part(part: Part) -> str:
    rows = "".join(map(_case, part.cases))
    heading = f"{part.name.capitalize()}: {summary.part_summary(part)}"
    return f"<details><summary>{escape(heading)}</summary><table>{rows}</table></details>"


def _case(case: Case) -> str:
    outcome = "<span class=good>held</span>"
    if case.failed is not None:
        outcome = "<span class=bad>failed</span>"
    elif case.left_out is not None:
        outcome = f"<span class=out>left out: {escape(case.left_out)}</span>"
    return f"<tr><td>{escape(case.group)}</td><td>{escape(case.name)}</td><td>{outcome}</td></tr>"


def _row(tally: Tally, results: Results) -> str:
    name = f"<code>{tally.method} {escape(tally.path)}</code><br>{tally.id}"
    if not tally.tested:
        why = escape(summary.why_unreached(tally))
        return f"<tr id='{tally.id}' class=out><td>{name}</td><td colspan=2>{why}</td></tr>"
    statuses = "".join(_status(tally, status) for status in sorted({*tally.documented, *tally.statuses}))
    return f"<tr id='{tally.id}'><td>{name}</td><td>{statuses}</td><td>{_checks(tally, results)}</td></tr>"


def _status(tally: Tally, status: str) -> str:
    if not tally.statuses[status]:
        return f"<span class=none>{status}</span> "
    kind = "good" if status in tally.documented else "strange"
    return f"<span class={kind}>{status} &times; {tally.statuses[status]:,}</span> "


def _checks(tally: Tally, results: Results) -> str:
    known = {each.check for each in results.known_failures() if each.operation == tally.id}
    failed = "".join(
        f"<span class='bad{' known' if check in known else ''}'>{escape(check)} &times; {count:,}</span> "
        for check, count in tally.failed.items()
    )
    passed = f"{tally.passed.total():,} passed, of {summary.counted(len(tally.passed), 'kind')}"
    return f"{failed}<span class=good>{passed}</span>"
