"""A pytest plugin for the tests of this repository.

They are about the oldest edition of the API, unless they name another or CAL_MOCK_EDITION does: what newer editions
changed is asserted beside it.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from mock_server.runtime.editions import EDITION_VARIABLE, EDITIONS

os.environ.setdefault(EDITION_VARIABLE, EDITIONS[0])


@pytest.fixture(autouse=True)
def same_edition_for_all_tests() -> Generator[None]:
    """Undoes that a command which a test runs in this process has chosen another edition."""
    before = os.environ[EDITION_VARIABLE]
    yield
    os.environ[EDITION_VARIABLE] = before
