"""Adds stories and journeys to the JUnit report of schemathesis."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as Xml

from contract_tests.reports.results import Part
from mock_server.runtime.masking import Masker

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def add_to_junit(path: Path, parts: list[Part]) -> None:
    """Appends a suite for each part; the file is made if there is none."""
    root = Xml.parse(path).getroot() if path.exists() else Xml.Element("testsuites")
    for part in parts:
        failed, left_out = part.failed(), part.left_out()
        counts = {"tests": len(part.cases), "failures": len(failed), "errors": 0, "skipped": len(left_out)}
        seconds = sum(case.seconds for case in part.cases)
        suite = Xml.SubElement(
            root, "testsuite", {"name": part.name, "time": f"{seconds:.3f}"} | _texts(counts)
        )  # fmt: skip
        for case in part.cases:
            told = Xml.SubElement(
                suite, "testcase", {"name": case.name, "classname": case.group, "time": f"{case.seconds:.3f}"}
            )
            if case.failed is not None:
                failure = Xml.SubElement(told, "failure", {"message": _clean(case.failed.partition("\n")[0])})
                failure.text = _clean(case.failed)
            elif case.left_out is not None:
                Xml.SubElement(told, "skipped", {"message": _clean(case.left_out)})
    Xml.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def mask_junit(path: Path, masker: Masker) -> None:
    """Takes the secrets out of a report that schemathesis has written."""
    if not path.exists():
        return
    tree = Xml.parse(path)
    for node in tree.iter():
        node.text = node.text and masker.text(node.text)
        node.attrib.update({name: masker.text(value) for name, value in node.attrib.items()})
    tree.write(path, encoding="utf-8", xml_declaration=True)


def _texts(counts: dict[str, int]) -> dict[str, str]:
    return {name: str(count) for name, count in counts.items()}


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
