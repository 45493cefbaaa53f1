"""Every code block of the documentation runs against a sandbox, and prints or answers what the page says.

A block with `not run: REASON` behind its language is left out; the page and the end of this run show the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.tests.blocks import Block, blocks_of
from docs.tests.pages import PAGES, ROOT
from docs.tests.runner import Differs, PageRunner, fits
from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime.settings import Settings
from mock_server.state.edition import DEFAULT_EDITION


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(Settings(edition=DEFAULT_EDITION, strict=True)) as running:
        yield running


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_blocks_of_a_page_do_what_it_says(page: Path, sandbox: RunningSandbox, tmp_path: Path) -> None:
    blocks = list(blocks_of(page))
    with sandbox.world() as url:
        runner = PageRunner(tmp_path, url)
        try:
            for block in blocks:
                runner.run(block)
            runner.run_tests()
        finally:
            runner.stop()


def test_only_what_differs_from_run_to_run_may_differ() -> None:
    assert fits("09:30:12 GET /v2/me 200 0.4 ms", "11:00:00 GET    /v2/me  200     12.5 ms")
    assert fits("first\n...\nlast", "first\nsecond\nthird\nlast")
    assert fits("a ... c", "a b c")
    assert not fits("200 OK", "201 OK")
    assert not fits("first\nlast", "first\nsecond\nlast")


@pytest.mark.parametrize("expected", ["", "...\n"])
@pytest.mark.parametrize("command", ["cal-mock clock set never", "test -e nothing"])
def test_a_command_whose_output_is_not_shown_has_to_succeed(tmp_path: Path, command: str, expected: str) -> None:
    runner = PageRunner(tmp_path, "http://127.0.0.1:9")
    with pytest.raises(Differs, match="exit status"):
        runner.run(Block(Path("page.md"), 1, "console", f"$ {command}\n{expected}"))
