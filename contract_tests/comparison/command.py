"""`cal-mock compare`: from options to an exit status."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from types import FrameType

from contract_tests.comparison.errors import CannotCompare
from contract_tests.comparison.operation_graph import operation_graph
from contract_tests.comparison.report import Report
from contract_tests.comparison.runner import Runner
from contract_tests.comparison.sides import SANDBOX_CLIENT, Side, find
from contract_tests.environment import API_KEY
from contract_tests.http import NoReply, Reply, request_to
from mock_server.running import running_sandbox
from mock_server.runtime.editions import chosen_edition
from mock_server.runtime.exit_status import ExitStatus
from mock_server.runtime.json_values import is_object
from mock_server.runtime.progress import Progress
from mock_server.runtime.settings import Settings

SAME, DIFFERENT, COULD_NOT_RUN = ExitStatus.CLEAN, ExitStatus.FOUND, ExitStatus.NOT_DONE


@dataclass(frozen=True)
class Choices:
    """The options of the command. `requests` is the number of requests to each server; None is one round.

    A side is the address of a server, or the edition of a sandbox that is started for the comparison.
    `reports` is the folder for the ledgers of what is created on servers that are not sandboxes.
    """

    left: str | None = None
    right: str | None = None
    seed: int = 1
    requests: int | None = None
    left_key: str | None = None
    right_key: str | None = None
    rate: float = 60
    json: Path | None = None
    reports: Path = Path("reports")
    left_edition: str | None = None
    right_edition: str | None = None


def run(choices: Choices) -> int:
    """Compares and prints. Returns 0 without differences, 1 with differences, 2 if it could not run."""
    try:
        report = compare(choices)
        if choices.json is not None:
            report.write(choices.json)
    except (CannotCompare, KeyboardInterrupt) as error:
        print(f"cal-mock: cannot compare: {str(error) or 'stopped'}", file=sys.stderr)
        return COULD_NOT_RUN
    print("\n".join(report.lines()))
    return DIFFERENT if report.differences.found else SAME


def compare(choices: Choices) -> Report:
    """Sends the sequence to both servers. Raises CannotCompare.

    The requests are those of the left edition: what its clients send.
    """
    if choices.rate < 0:
        raise CannotCompare("--rate must be 0 or more")
    edition = chosen_edition()
    environment_key = os.environ.get(API_KEY) or None
    with ExitStack() as stack:
        sides: list[Side] = []
        for name, url, own_edition, key in (
            ("left", choices.left, choices.left_edition, choices.left_key),
            ("right", choices.right, choices.right_edition, choices.right_key),
        ):
            address = _address(name, url, own_edition, stack)
            sides.append(find(name, address, key, environment_key, edition, choices.rate, choices.reports))
            edition = sides[0].edition
            stack.callback(sides[-1].close)
        left, right = sides
        return _run_both(choices, (left, right))


def _address(name: str, url: str | None, edition: str | None, stack: ExitStack) -> str:
    """The address of a side, after starting the sandbox that it asks for. Raises CannotCompare."""
    if (url is None) == (edition is None):
        raise CannotCompare(f"give either --{name} with an address, or --{name}-edition")
    if url is not None:
        return url
    return stack.enter_context(running_sandbox(Settings(edition=edition or "", port=0))).url


def _run_both(choices: Choices, sides: tuple[Side, Side]) -> Report:
    same_start = all(each.is_sandbox for each in sides)
    # Compared with a server in real time, a sandbox has to use real time, too.
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if same_start else None
    for side in sides:
        if side.is_sandbox:
            side.branch(now)
    graph = operation_graph(sides[0].edition)
    runner = Runner(graph, sides, Random(choices.seed), choices.requests, same_start=same_start, progress=Progress())
    callers = [_introduce(side) for side in sides]
    if not same_start:
        _alias(runner, callers)
    try:
        with _stoppable(runner):
            runner.run()
    except BaseException:
        for each in runner.clean_up():
            print(f"left behind on {each}", file=sys.stderr)
        raise
    left_behind = runner.clean_up()
    if runner.is_stopped:
        for each in left_behind:
            print(f"left behind on {each}", file=sys.stderr)
        raise CannotCompare(f"stopped after {runner.tally.requests} requests")
    if not runner.tally.succeeded:
        raise CannotCompare("no request succeeded on both servers: check the addresses and the keys")
    return Report(choices.seed, len(graph.operations), runner.tally, runner.differences, left_behind)


@contextmanager
def _stoppable(runner: Runner) -> Generator[None]:
    """Makes Ctrl-C end the run after the current request, so that everything created is recorded."""

    def stop(number: int, frame: FrameType | None) -> None:
        if runner.is_stopped:
            signal.default_int_handler(number, frame)
        runner.is_stopped = True

    before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _introduce(side: Side) -> list[object]:
    """Looks up the callers and their organization. Raises CannotCompare."""
    callers: list[object] = []
    for headers in (side.credentials.personal, side.credentials.organization):
        try:
            reply = side.send(request_to("GET", "/v2/me", headers))
        except NoReply as error:
            raise CannotCompare(f"the {side.name} server ({side.url}) does not answer GET /v2/me: {error}") from None
        callers.append(_caller(side, reply))
    organization = callers[-1].get("organizationId") if is_object(callers[-1]) else None
    if organization is not None:
        side.work_within(organization)
    if side.is_sandbox and any(key.startswith("cal_sandbox_") for key in side.credentials.secrets()):
        side.facts["clientId"] = SANDBOX_CLIENT
    return callers


def _caller(side: Side, reply: Reply) -> object:
    if reply.status == 401:
        raise CannotCompare(
            f"the {side.name} server ({side.url}) refuses the key with 401: give another --{side.name}-key"
        )
    data = reply.data
    if reply.status != 200 or not is_object(data):
        raise CannotCompare(
            f"the {side.name} server ({side.url}) answers GET /v2/me with {reply.status}: is it a server of this API?"
        )
    return data


def _alias(runner: Runner, callers: list[list[object]]) -> None:
    """Makes the names and addresses of two accounts equivalent."""
    for left, right in zip(*callers, strict=True):
        if is_object(left) and is_object(right):
            runner.comparer.introduce(left, right)
