"""Reports at the end of a run which code blocks of the documentation are not run, and why."""

from __future__ import annotations

from collections import Counter
from typing import Any

from docs.tests.blocks import blocks_of
from docs.tests.pages import PAGES


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """See pytest."""
    blocks = [block for page in PAGES for block in blocks_of(page) if block.language != "text"]
    reasons = Counter(block.not_run for block in blocks if block.not_run)
    terminalreporter.write_line(f"{len(blocks) - reasons.total()} code blocks run, {reasons.total()} are not run:")
    for reason, number in reasons.most_common():
        terminalreporter.write_line(f"  {number:3} {reason}")
