"""People who connect things, and the browser in which they give their consent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contract_tests.browser import Browser
from contract_tests.clients import Client, Deployment
from contract_tests.people import ManagedUser, ManagedUsers


@pytest.fixture
def people(deployment: Deployment, platform: Client) -> Iterator[ManagedUsers]:
    """Makes managed users."""
    made = ManagedUsers(deployment, platform)
    yield made
    made.remove_all()


@pytest.fixture
def person(people: ManagedUsers) -> ManagedUser:
    """A managed user without any connection."""
    return people.new()


@pytest.fixture
def browser(deployment: Deployment) -> Iterator[Browser]:
    """A browser that was on another site before."""
    opened = Browser(deployment.url)
    yield opened
    opened.close()
