"""Finds the browser that the tests of pages drive."""

from __future__ import annotations

import shutil

import pytest

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str:
    """The path of Chromium. Without one the test fails."""
    path = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if path is None:
        pytest.fail("Pages are tested in Chromium, which is not installed: apt-get install chromium")
    return path
