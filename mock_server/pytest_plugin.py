"""A pytest plugin for the tests of integrators, described in pytest.md. The entry point of the package enables it.

It is loaded in every test run of an environment with this package, so everything that takes time is imported when a
fixture needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mock_server.running import RunningSandbox
    from mock_server.testing import Clock, Faults, Inbox, Outbox, World

MARKER = (
    "cal_mock(edition, world, strict, rate_limit): options of the sandbox that `cal_mock` uses: an edition of the API, "
    "the path of a world file, whether replies that break the description become errors, whether rate limits apply"
)
OPTIONS = ("edition", "world", "strict", "rate_limit")
SECTION = "Requests to cal-mock"
URL = pytest.StashKey[str]()

Start = Callable[..., "RunningSandbox"]
"""Returns the sandbox with some of OPTIONS; it is started when they are first asked for."""


def pytest_configure(config: pytest.Config) -> None:
    """Declares the marker."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture(scope="session")
def cal_mock_edition() -> str:
    """The edition of the API: that of CAL_MOCK_EDITION, else the newest complete one. Override it for another."""
    from mock_server.runtime.editions import chosen_edition

    return chosen_edition()


@pytest.fixture(scope="session")
def cal_mock_sandboxes(cal_mock_edition: str) -> Iterator[Start]:
    """Starts one sandbox for each distinct set of options, for the whole session. Strict by default."""
    from contextlib import ExitStack

    from mock_server.running import running_sandbox
    from mock_server.runtime.settings import Settings

    started: dict[Settings, RunningSandbox] = {}
    with ExitStack() as running:

        def start(**options: Any) -> RunningSandbox:
            defaults: dict[str, Any] = {"edition": cal_mock_edition, "strict": True}
            settings = Settings(**defaults | options)
            if settings not in started:
                started[settings] = running.enter_context(running_sandbox(settings))
            return started[settings]

        yield start


@pytest.fixture(scope="session")
def cal_mock_server(cal_mock_sandboxes: Start) -> RunningSandbox:
    """The sandbox of the tests without options of their own."""
    return cal_mock_sandboxes()


@pytest.fixture
def cal_mock(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a fresh world, in a sandbox with the options of the marker `cal_mock`."""
    options = _options(request.node)
    server: RunningSandbox = (
        request.getfixturevalue("cal_mock_sandboxes")(**options)
        if options
        else request.getfixturevalue("cal_mock_server")
    )
    with server.world() as url:
        request.node.stash[URL] = url
        yield url


@pytest.fixture
def cal_mock_world(cal_mock: str) -> World:
    """The world at ``cal_mock``: its requests and its state."""
    from mock_server.testing import World

    return World(cal_mock)


@pytest.fixture
def cal_mock_clock(cal_mock: str) -> Clock:
    """The clock of the world at ``cal_mock``."""
    from mock_server.testing import Clock

    return Clock(cal_mock)


@pytest.fixture
def cal_mock_faults(cal_mock: str) -> Faults:
    """Makes requests to ``cal_mock`` fail on purpose."""
    from mock_server.testing import Faults

    return Faults(cal_mock)


@pytest.fixture
def cal_mock_outbox(cal_mock: str) -> Outbox:
    """The mails and texts of the world at ``cal_mock``."""
    from mock_server.testing import Outbox

    return Outbox(cal_mock)


@pytest.fixture
def cal_mock_inbox(cal_mock: str) -> Inbox:
    """A subscriber for webhooks of the world at ``cal_mock``."""
    from mock_server.testing import Inbox

    return Inbox(cal_mock)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds the last requests of a failed test's world to its report."""
    report = yield
    url = item.stash.get(URL, None) or getattr(item, "funcargs", {}).get("cal_mock")
    if report.failed and call.when == "call" and isinstance(url, str):
        report.sections.append((SECTION, _last_requests(url)))
    return report


def _last_requests(url: str) -> str:
    from mock_server.control_client import NoSandbox
    from mock_server.testing import recent_requests

    try:
        return recent_requests(url) or "There were none."
    except (NoSandbox, ValueError) as error:
        return f"They could not be read: {error}"


def _options(item: pytest.Item) -> dict[str, Any]:
    """The options of a test's markers; those of the test itself take precedence over those of its class and module."""
    options: dict[str, Any] = {}
    for marker in reversed(list(item.iter_markers("cal_mock"))):
        unknown = sorted(marker.kwargs.keys() - {*OPTIONS})
        if marker.args or unknown:
            wrong = ", ".join([*unknown, *map(repr, marker.args)])
            raise pytest.UsageError(
                f"The marker cal_mock takes {', '.join(f'{name}=' for name in OPTIONS)}, not {wrong}."
            )
        options |= marker.kwargs
    if "world" in options:
        options["world"] = item.path.parent / options["world"]
    return options
