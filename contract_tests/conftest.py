"""The server under test and its clients: a sandbox of the test run, or the server that a profile's run opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import pytest

from contract_tests.browser import Browser
from contract_tests.clients import MAY_BE_BUSY, Client, Deployment, Unavailable, sandbox_deployment
from contract_tests.editions import in_force
from contract_tests.journeys import OPENED
from contract_tests.managed_users import ManagedUser, ManagedUsers
from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime.editions import EDITIONS, chosen_edition
from mock_server.runtime.settings import Settings
from mock_server.server import Sandbox

pytest_plugins = ["mock_server.pytest_plugin"]


def pytest_configure(config: pytest.Config) -> None:
    """Declares the markers."""
    config.addinivalue_line("markers", "sandbox_only(why): needs the sandbox's control plane or its default world")
    config.addinivalue_line("markers", "since(edition): asks for behaviour that older editions of the API do not have")
    config.addinivalue_line("markers", "until(edition, change): asserts behaviour that an edition replaced")


def sandboxes_by_edition(
    wrap: Callable[[Sandbox], Any] | None = None,
) -> Iterator[Callable[[str], RunningSandbox]]:
    """A function that starts a sandbox of an edition when it is first needed. `wrap` as in running_sandbox."""
    with ExitStack() as running:

        @cache
        def start(edition: str) -> RunningSandbox:
            return running.enter_context(running_sandbox(Settings(edition=edition, strict=True), wrap=wrap))

        yield start


@pytest.fixture(scope="session")
def sandbox_of() -> Iterator[Callable[[str], RunningSandbox]]:
    """Starts a sandbox of an edition when a test first needs it, for the whole session."""
    yield from sandboxes_by_edition()


@pytest.fixture
def cal_mock(request: pytest.FixtureRequest, sandbox_of: Callable[[str], RunningSandbox]) -> Iterator[str]:
    """The URL of a fresh world in a sandbox of the run's edition, or of a later one that the marker `since` names."""
    since = request.node.get_closest_marker("since")
    editions = (chosen_edition(), *(() if since is None else since.args))
    with sandbox_of(max(editions, key=EDITIONS.index)).world() as url:
        yield url


@pytest.fixture
def deployment(request: pytest.FixtureRequest) -> Iterator[Deployment]:
    """The server under test. On the sandbox, every test has a world of its own."""
    skip_if_replaced(request.node)
    opened = request.config.stash.get(OPENED, None)
    if opened is None:
        yield from _checked(sandbox_deployment(request.getfixturevalue("cal_mock")))
        return
    since = request.node.get_closest_marker("since")
    if since is not None and EDITIONS.index(since.args[0]) > EDITIONS.index(chosen_edition()):
        pytest.skip(f"needs edition {since.args[0]}")
    with opened() as found:
        marker = request.node.get_closest_marker("sandbox_only")
        if marker is not None and not found.is_sandbox:
            pytest.skip(f"needs a sandbox: {marker.args[0]}")
        yield from _checked(found)


def skip_if_replaced(journey: pytest.Item) -> None:
    """Skips a journey whose marker `until` names the edition in use or an older one."""
    for marker in journey.iter_markers("until"):
        edition, why = marker.args
        if EDITIONS.index(edition) <= EDITIONS.index(chosen_edition()):
            pytest.skip(f"edition {edition} replaced what this asserts: {why}")


def _checked(found: Deployment) -> Iterator[Deployment]:
    yield found
    found.close()
    if found.is_sandbox:
        assert found.complaints() == [], "the test has left an inconsistent state"


def _user(deployment: Deployment, name: str) -> Client:
    if not deployment.has_user(name):
        pytest.skip(f"there are no credentials for {name}")
    try:
        return deployment.user(name)
    except Unavailable as reason:
        pytest.skip(f"there is no {name}: {reason}")


@pytest.fixture
def anonymous(deployment: Deployment) -> Client:
    """A client without credentials."""
    return deployment.anonymous()


@pytest.fixture
def owner(deployment: Deployment) -> Client:
    """A client with the credentials of the organization's owner."""
    return _user(deployment, "owner")


@pytest.fixture
def admin(deployment: Deployment) -> Client:
    """A client with the credentials of an administrator of the organization."""
    return _user(deployment, "admin")


@pytest.fixture
def member(deployment: Deployment) -> Client:
    """A client with the credentials of a member of the organization."""
    return _user(deployment, "member")


@pytest.fixture
def solo(deployment: Deployment) -> Client:
    """A client of a user with connected calendars; on a deployment, of the user of the credentials."""
    return _user(deployment, "solo")


@pytest.fixture
def organization(deployment: Deployment) -> str:
    """The path of the organization that `owner` owns."""
    if deployment.organization_id is None:
        pytest.skip("there is no key of an organization's owner or admin")
    return f"/v2/organizations/{deployment.organization_id}"


@pytest.fixture
def founder(deployment: Deployment, owner: Client) -> Client:
    """The client that creates teams of the organization which `member` can join, and is in them as `owner`.

    A managed user, as `member` is on a deployment, joins only teams that the OAuth client created.
    """
    if deployment.newcomer is None or not in_force("managed-users-kept-apart"):
        return owner
    platform = deployment.platform()
    if platform.get("/v2/me").json().get("data") != owner.get("/v2/me").json().get("data"):
        pytest.skip("needs the key of the user as whom the OAuth client acts: managed users join teams of theirs only")
    return platform


@pytest.fixture
def share_a_team(deployment: Deployment) -> None:
    """Skips the test if `solo` and `member` cannot be in one standalone team."""
    if deployment.newcomer is not None and in_force("managed-users-kept-apart"):
        pytest.skip("needs keys of two ordinary users: managed users join teams of their OAuth client only")


@pytest.fixture
def two_users(deployment: Deployment) -> None:
    """Skips the test if `solo` and `owner` may be the same user."""
    if not deployment.solo_is_alone:
        pytest.skip("needs two users: with a key alone there is only the key's")


@pytest.fixture
def undisturbed(deployment: Deployment) -> None:
    """Skips the test if the calendar of `solo` may be busy."""
    if not deployment.solo_is_alone:
        pytest.skip(MAY_BE_BUSY)


@pytest.fixture
def platform(deployment: Deployment) -> Client:
    """A client with the credentials of an OAuth client."""
    if deployment.client_id is None or deployment.client_secret is None:
        pytest.skip("there are no OAuth client credentials")
    return deployment.platform()


@pytest.fixture
def managed_users(deployment: Deployment, platform: Client) -> Iterator[ManagedUsers]:
    """A factory of managed users, which are deleted at the end."""
    made = ManagedUsers(deployment, platform)
    yield made
    made.remove_all()


@pytest.fixture
def managed_user(managed_users: ManagedUsers) -> ManagedUser:
    """A managed user without connected accounts."""
    return managed_users.new()


@pytest.fixture
def browser(deployment: Deployment) -> Iterator[Browser]:
    """A browser that arrives from another site."""
    opened = Browser(deployment.url)
    yield opened
    opened.close()
