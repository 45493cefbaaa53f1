"""Journeys: what clients do with the API, as tests that read as documentation."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from contract_tests.clients import Deployment

pytestmark = pytest.mark.slow("journeys call a server")

OPENED = pytest.StashKey[Callable[[], AbstractContextManager[Deployment]]]()
"""Opens the deployment for one journey. Without it, in pytest's stash, journeys run on a sandbox started for them."""
