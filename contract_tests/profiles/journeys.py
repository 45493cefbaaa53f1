"""The journeys as a part of a run: pytest runs them in this process, against the run's server."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from contract_tests.catalogue import Catalogue
from contract_tests.clients import Deployment
from contract_tests.curl import curl_command
from contract_tests.http import NOT_SENT, SERVER_ERROR, Exchange, Reply, Request
from contract_tests.journeys import OPENED
from contract_tests.known_secrets import open_private
from contract_tests.profiles.environments import Environment
from contract_tests.reports.replays import Replay
from contract_tests.reports.results import Case, Failure, Part, Results
from contract_tests.reports.titles import HINT, message_of, server_error, why_unreadable
from mock_server.runtime.conformance import reply_breach
from mock_server.runtime.description import Operation
from mock_server.runtime.progress import Progress
from mock_server.runtime.versions import VERSION_HEADER

FOLDER = Path(__file__).parents[1] / "journeys"
CHECK = "journeys_reach_their_end"
SERVER = "the server"
REFUSED = 400
OPTIONS = (
    "-q", "--capture=sys", "--tb=short", "--import-mode=importlib", "-W", "ignore", "-p", "no:cacheprovider",
    # Where this package is installed in the environment of a project, that project's settings, conftest.py files and
    # plugins are not for the journeys.
    "-c", os.devnull, f"--rootdir={FOLDER.parent}", f"--confcutdir={FOLDER.parent}", "--disable-plugin-autoload",
)  # fmt: skip


def run_journeys(
    environment: Environment,
    catalogue: Catalogue,
    results: Results,
    exchanges: list[Exchange],
    log: Path,
    *,
    tests: Sequence[str] = (str(FOLDER),),
    options: Sequence[str] = (),
    plugins: Sequence[object] = (),
    progress: Progress | None = None,
) -> None:
    """Runs the journeys (or `tests`, by pytest's node ids) and records their results.

    `options` and `plugins` are passed to pytest, whose output is written to `log`. Raises KeyboardInterrupt if it is
    interrupted.
    """
    part = Part("journeys")
    results.parts.append(part)
    journeys = Journeys(environment, catalogue, results, exchanges, part, progress or Progress(StringIO()))
    with redirect_stdout(StringIO()) as output:
        code = run_pytest([*options, *tests], [journeys, *plugins])
    with open_private(log, "w") as file:
        file.write(results.known.masker.text(output.getvalue()))
    if code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        results.errors.append(f"the journeys could not be run: pytest ended with {int(code)} ({log.name})")


def run_pytest(arguments: Sequence[str], plugins: Sequence[object] = ()) -> int:
    """Runs pytest with OPTIONS and returns its exit code. Those that the environment has for other runs are hidden."""
    hidden = {name: os.environ.pop(name) for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS") if name in os.environ}
    try:
        return pytest.main([*OPTIONS, *arguments], plugins=[*plugins])
    finally:
        os.environ.update(hidden)


class Journeys:
    """The pytest plugin that opens deployments for journeys, and records their exchanges and outcomes."""

    def __init__(
        self,
        environment: Environment,
        catalogue: Catalogue,
        results: Results,
        exchanges: list[Exchange],
        part: Part,
        progress: Progress,
    ) -> None:
        self._progress = progress
        self._environment = environment
        self._catalogue = catalogue
        self._results = results
        self._exchanges = exchanges
        self._part = part
        self._begin("")

    def _begin(self, name: str) -> None:
        self._name = name
        self._prefix = ""
        self._called: list[str] = []
        self._own: list[tuple[httpx.Response, Exchange]] = []
        self._last: httpx.Response | None = None
        self._failing: httpx.Response | None = None
        self._expected = ""
        self._is_breach = False
        self._held_back: str | None = None
        self._is_over = False
        self._failed: str | None = None
        self._left_out: str | None = None
        self._seconds = 0.0

    def pytest_configure(self, config: pytest.Config) -> None:
        """Offers deployments to the journeys."""
        config.stash[OPENED] = self._opened

    @contextmanager
    def _opened(self) -> Generator[Deployment]:
        """Opens a deployment for one journey."""
        with self._environment.journey() as found:
            self._prefix = urlsplit(found.url).path.rstrip("/")
            found.witness = self._witness
            yield found

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A journey begins."""
        self._begin(nodeid.rpartition("journeys/")[2])

    def pytest_runtest_teardown(self) -> None:
        """A journey has ended; what follows is its clean-up."""
        self._is_over = True

    def pytest_exception_interact(self, call: pytest.CallInfo[object]) -> None:
        """Records the call that a failure is about, and what was expected of it."""
        if call.excinfo is None or self._expected or self._is_excused(call.when):
            return
        self._failing = failing_call(call.excinfo) or self._last
        self._expected = expectation(call.excinfo)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Records the outcome of set-up, call or teardown."""
        self._seconds += report.duration
        if report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            self._left_out = self._results.known.masker.text(reason.removeprefix("Skipped: "))
        elif report.failed and not self._is_excused(report.when):
            self._failed = self._failed or self._results.known.masker.text(report.longreprtext)

    def _is_excused(self, when: str | None) -> bool:
        """Whether a failure only shows that the journey was left out before it had created what it cleans up."""
        return when == "teardown" and self._held_back is not None

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Records the outcome of a journey."""
        del nodeid
        module, _, name = self._name.partition("::")
        failed = None if self._failed is None else self._record(self._failed)
        text = None if failed is None else failed.text
        self._part.cases.append(
            Case(name, f"journeys/{module.removesuffix('.py')}", self._seconds, text, self._left_out)
        )
        if failed is None and self._left_out is None:
            for operation in set(self._called):
                self._results.tallies[operation].passed[CHECK] += 1
        self._progress.step()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Starts the progress display."""
        self._progress.begin(self._part.name, len(session.items), "journeys", self._results.counts)

    def pytest_sessionfinish(self) -> None:
        """Ends the progress display."""
        self._progress.end()

    def _record(self, failed: str) -> Failure:
        reply = self._failing
        operation, curl, status = SERVER, "", None
        title = self._expected or failed.strip().splitlines()[-1]
        if reply is not None:
            request, status = self._request_of(reply), reply.status_code
            path = request.path
            found = self._catalogue.match(request.method, path, request.headers.get(VERSION_HEADER))
            if found is not None:
                operation, path = found[0].id, found[0].path
            said = reply.headers.get(HINT, reply.text)
            if status >= SERVER_ERROR:
                title = server_error(status, f"{request.method} {path}", said)
            elif not self._is_breach:
                refusal = f": {message_of(said)}" if status >= REFUSED else ""
                title = f"{title}: {request.method} {path} answered {status}{refusal}"
            known = self._results.known
            curl = curl_command(request, known.variables, known.learned)
        if operation in self._results.tallies:
            self._results.tallies[operation].failed[CHECK] += 1
        rule = f"journey {self._name}"
        text = f"{title}\n{failed}"
        return self._results.add_story_failure(
            Failure(
                operation, CHECK, title, text, rule, curl, known=False, status=status,
                replay=None if reply is None else self._replay(reply),
            )
        )  # fmt: skip

    def _replay(self, reply: httpx.Response) -> Replay | None:
        """The call, with the journey's earlier calls."""
        exchanges = [exchange for _, exchange in self._own]
        index = next((index for index, (each, _) in enumerate(self._own) if each is reply), None)
        return None if index is None else Replay(exchanges[index], [*self._results.made, *exchanges[:index]])

    def _witness(self, response: httpx.Response) -> None:
        request = self._request_of(response)
        found = self._catalogue.match(request.method, request.path, request.headers.get(VERSION_HEADER))
        if NOT_SENT in response.headers:
            self._held_back = response.headers[NOT_SENT]
            if found is not None:
                self._results.tallies[found[0].id].hold_back(self._held_back)
            if not self._is_over:
                pytest.skip(f"{found[0].id if found else request.target} is held back: {self._held_back}")
            return
        response.read()
        if not self._is_over:
            self._last = response
        self._results.known.learn(response.content)
        self._part.requests += 1
        reply = Reply(request, response.status_code, response.headers, response.content)
        server = str(response.request.url).removesuffix(request.target)
        exchange = Exchange(f"journey: {self._name}", reply, datetime.now(UTC), response.elapsed, server)
        self._exchanges.append(exchange)
        self._own.append((response, exchange))
        if found is not None:
            if not self._is_over:
                self._called.append(found[0].id)
            self._results.tallies[found[0].id].statuses[str(response.status_code)] += 1
            self._judge(found[0], request, response)

    def _judge(self, operation: Operation, request: Request, response: httpx.Response) -> None:
        """Ends the journey if a success is not JSON as the description has it, whatever the journey looks at."""
        is_judged = response.is_success and request.method != "HEAD" and not self._is_over
        version = request.headers.get(VERSION_HEADER)
        if not is_judged or not self._catalogue.description.serves(operation, version):
            return
        status, closed = response.status_code, self._environment.strict
        if status in operation.responses and operation.reply_validator(status, closed=closed) is None:
            return
        kind = response.headers.get("content-type", "")
        if status in operation.responses and not kind.startswith("application/json"):
            raise AssertionError(f"{operation.id} answers JSON with the content type {kind!r}")
        breach = reply_breach(operation, status, response.content, closed=closed)
        if breach is not None:
            self._is_breach = True
            raise AssertionError(breach)

    def _request_of(self, response: httpx.Response) -> Request:
        sent = response.request
        target = sent.url.raw_path.decode("ascii").removeprefix(self._prefix)
        return Request(sent.method, target, sent.headers, sent.content)


def failing_call(failed: pytest.ExceptionInfo[BaseException]) -> httpx.Response | None:
    """The response that the failed statement, or the helper that it called, refers to."""
    for entry in reversed(failed.traceback):
        statement = str(entry.statement)
        for name, value in entry.frame.f_locals.items():
            if isinstance(value, httpx.Response) and re.search(rf"\b{name}\b", statement):
                return value
    return None


def expectation(failed: pytest.ExceptionInfo[BaseException]) -> str:
    """The failed expectation, in one line."""
    statement = f"`{' '.join(str(_own_statement(failed)).split())}`"
    if not isinstance(failed.value, AssertionError):
        return f"{statement} could not read the reply: {why_unreadable(failed.value)}"
    said = str(failed.value).partition("\n")[0]
    return f"{statement} does not hold" if said.startswith("assert ") or not said else said


def _own_statement(failed: pytest.ExceptionInfo[BaseException]) -> object:
    """The failed statement in the journey itself, not in a helper or a library."""
    own = [entry for entry in failed.traceback if "journeys" in Path(str(entry.path)).parts]
    return (own or list(failed.traceback))[-1].statement
