"""Where journeys and contract tests run: a sandbox started for them, or the server that `--base-url` names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contract_tests.clients import Client, Deployment, given_deployment, sandbox_deployment

pytest_plugins = ["mock_server.pytest_plugin"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--base-url`: run against this server instead of a sandbox, with the credentials of the environment."""
    parser.addoption("--base-url", default=None, help="server to run against [a sandbox started for the run]")


def pytest_configure(config: pytest.Config) -> None:
    """Declares the markers."""
    config.addinivalue_line("markers", "sandbox_only(why): needs the sandbox's control plane or its default world")


@pytest.fixture
def deployment(request: pytest.FixtureRequest) -> Iterator[Deployment]:
    """The server under test. On the sandbox, every test has a world of its own."""
    base_url = request.config.getoption("--base-url")
    if base_url is None:
        found = sandbox_deployment(request.getfixturevalue("cal_mock"))
    else:
        if request.node.get_closest_marker("sandbox_only"):
            pytest.skip("needs a sandbox")
        found = given_deployment(base_url)
    yield found
    found.close()
    if found.is_sandbox:
        assert found.complaints() == [], "the test has left a world that contradicts itself"


def _user(deployment: Deployment, name: str) -> Client:
    if name not in deployment.keys:
        pytest.skip(f"there is no API key for {name}")
    return deployment.user(name)


@pytest.fixture
def anonymous(deployment: Deployment) -> Client:
    """Without credentials."""
    return deployment.anonymous()


@pytest.fixture
def owner(deployment: Deployment) -> Client:
    """The owner of organization 1."""
    return _user(deployment, "owner")


@pytest.fixture
def admin(deployment: Deployment) -> Client:
    """An administrator of organization 1."""
    return _user(deployment, "admin")


@pytest.fixture
def member(deployment: Deployment) -> Client:
    """A member of organization 1."""
    return _user(deployment, "member")


@pytest.fixture
def solo(deployment: Deployment) -> Client:
    """A user with connected calendars; on a deployment, the user of CAL_API_KEY."""
    return _user(deployment, "solo")


@pytest.fixture
def platform(deployment: Deployment) -> Client:
    """The credentials of an OAuth client."""
    if deployment.client_id is None or deployment.client_secret is None:
        pytest.skip("there are no OAuth client credentials")
    return deployment.platform()
