"""The commands of the pages about other languages succeed in their sample projects. Each needs its tools installed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from docs.tests.blocks import blocks_of
from docs.tests.pages import PAGES
from docs.tests.runner import PageRunner

LANGUAGES = Path(__file__).parents[1] / "languages"
GENERATED = shutil.ignore_patterns("node_modules", "*.d.ts")


@pytest.mark.parametrize("language", ["typescript", "go"])
def test_the_commands_of_a_page_succeed(language: str, tmp_path: Path) -> None:
    sample = tmp_path / language
    shutil.copytree(LANGUAGES / language, sample, ignore=GENERATED)
    [block] = [each for each in blocks_of(LANGUAGES / f"{language}.md") if each.tested_by == Path(__file__).name]
    runner = PageRunner(sample, "http://127.0.0.1:9")
    try:
        runner.run(replace(block, tested_by=""))
        worlds = httpx.get(f"{runner.url}/_sandbox/worlds").raise_for_status().json()
        assert len(worlds) == 1, "a test did not drop its world"
    finally:
        runner.stop()


def test_blocks_name_tests_that_run_them() -> None:
    named = {each.tested_by for page in PAGES for each in blocks_of(page)} - {""}
    assert named == {Path(__file__).name}
