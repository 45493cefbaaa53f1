"""The JUnit report: operations, stories and journeys, with the texts and totals of the summary."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree as Xml

from contract_tests.reports.results import Case, Failure, Results
from contract_tests.reports.summary import why_unreached

OPERATIONS = "operations"
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(path: Path, results: Results) -> None:
    """Writes a suite of all operations, and one each for stories and journeys."""
    root = Xml.Element("testsuites", {"name": "contract tests"})
    _suite(root, OPERATIONS, _operations(results))
    for part in results.parts:
        _suite(root, part.name, part.cases)
    for name in ("tests", "failures", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    Xml.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _operations(results: Results) -> Iterable[Case]:
    """A case for each operation, and for failures of anything else; only new failures count."""
    failures: dict[str, list[Failure]] = {name: [] for name in results.tallies}
    for each in results.new_failures():
        failures.setdefault(each.operation, []).append(each)
    for name, found in failures.items():
        tally = results.tallies.get(name)
        failed = "\n\n".join(map(_text_of, found)) or None
        left_out = None if tally is None or tally.tested else why_unreached(tally)
        yield Case(name, f"operations/{tally.family}" if tally else OPERATIONS, 0.0, failed, left_out)


def _text_of(failure: Failure) -> str:
    return f"{failure.title}\n{failure.text}\nrule: {failure.rule}\nreplay: {failure.curl}"


def _suite(root: Xml.Element, name: str, cases: Iterable[Case]) -> None:
    suite, seconds = Xml.SubElement(root, "testsuite", {"name": name}), 0.0
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for case in cases:
        seconds += case.seconds
        counts["tests"] += 1
        element = Xml.SubElement(
            suite, "testcase", {"name": case.name, "classname": case.group, "time": f"{case.seconds:.3f}"}
        )
        if case.failed is not None:
            counts["failures"] += 1
            failure = Xml.SubElement(element, "failure", {"message": _clean(case.failed.partition("\n")[0])})
            failure.text = _clean(case.failed)
        elif case.left_out is not None:
            counts["skipped"] += 1
            Xml.SubElement(element, "skipped", {"message": _clean(case.left_out)})
    suite.attrib.update({each: str(count) for each, count in counts.items()} | {"time": f"{seconds:.3f}"})


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
