"""Serves a sandbox from several processes that accept connections from one listening socket.

The parent listens and starts the workers, each of which is a sandbox of its own on the same store. It restarts
workers that die, and stops all of them on Ctrl-C and SIGTERM.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

import click
import msgspec

from mock_server.runtime.garbage import collection_paused
from mock_server.runtime.lean_imports import lean_imports
from mock_server.runtime.listening import listen
from mock_server.runtime.request_log import LogFormat
from mock_server.runtime.settings import Settings
from mock_server.state.errors import Unusable
from mock_server.state.shared.options import is_store_url

_logger = logging.getLogger(__name__)
_spawning = multiprocessing.get_context("spawn")

PATIENCE = 7.0
"""Seconds that workers may take to stop; a worker gives its last requests five."""
FIRST_BACKOFF = 0.5
LAST_BACKOFF = 30.0
STEADY = 10.0
"""Seconds after which a worker that dies is restarted at once."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class CannotServe(Unusable):
    """Several processes cannot serve with these options. The message says what to do."""


class Ready(msgspec.Struct, frozen=True):
    """A worker accepts connections. `announcement` is what a server prints at its start."""

    announcement: str


class Failed(msgspec.Struct, frozen=True):
    """A worker cannot start; `message` says why, for the user."""

    message: str


def check_workers(settings: Settings, workers: int) -> None:
    """Raises CannotServe if several processes cannot serve these settings."""
    if workers == 1:
        return
    if os.name == "nt":
        raise CannotServe(
            "--workers needs a system on which processes share a socket, and Windows is none. Start several servers "
            "with a --port each and the same --store valkey://..., and put a load balancer in front of them."
        )
    if not is_store_url(settings.log):
        kind = "a file, which one process writes" if settings.log.startswith("file:") else "the memory of one process"
        raise CannotServe(
            f"--workers {workers} needs a store that processes share, and this one is {kind}: each would serve other "
            "worlds. Start a Valkey server, for example with `valkey-server --port 6379 --appendonly yes`, and add "
            "--store valkey://127.0.0.1:6379; or leave --workers at 1."
        )


def supervise(settings: Settings, log_format: LogFormat | None, workers: int) -> None:
    """Serves from several processes until Ctrl-C or SIGTERM. Raises Unusable if they cannot start."""
    with listen(settings.host, settings.port) as listener, tempfile.NamedTemporaryFile(prefix="cal-mock-") as lock:
        port: int = listener.getsockname()[1]
        options = (msgspec.structs.replace(settings, port=port), listener, log_format, lock.name)
        with _stop_signals() as stopped:
            supervisor = Supervisor(options, workers, lambda text: click.echo(text, err=log_format == "json"))
            try:
                supervisor.run(stopped)
            finally:
                supervisor.stop()
    if stopped.by is not None:
        signal.raise_signal(stopped.by)


class _Stopped:
    """Which signal stopped the server, if any. `socket` becomes readable then."""

    def __init__(self) -> None:
        self.by: signal.Signals | None = None
        self.socket, self._wakes = socket.socketpair()
        for each in (self.socket, self._wakes):
            each.setblocking(False)

    def stop(self, number: int, _frame: object) -> None:
        self.by = self.by or signal.Signals(number)
        with contextlib.suppress(BlockingIOError):
            self._wakes.send(b"\0")

    def close(self) -> None:
        self.socket.close()
        self._wakes.close()


@contextmanager
def _stop_signals() -> Generator[_Stopped]:
    stopped = _Stopped()
    before = {each: signal.signal(each, stopped.stop) for each in SIGNALS}
    try:
        yield stopped
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        stopped.close()


class _Worker:
    """A worker process. `reports` is where its report comes from, None once it has come."""

    def __init__(self, process: SpawnProcess, reports: Connection) -> None:
        self.process = process
        self.reports: Connection | None = reports
        self.started = time.monotonic()
        self.is_ready = False


class Supervisor:
    """Keeps `count` workers running. `announce` prints what the first one says, once all are ready."""

    def __init__(self, options: tuple[Any, ...], count: int, announce: Callable[[str], object]) -> None:
        self._options = options
        self._count = count
        self._announce = announce
        self._is_announced = False
        self._workers: dict[int, _Worker] = {}
        self._due: dict[int, float] = {}
        self._backoff: dict[int, float] = {}

    def run(self, stopped: _Stopped) -> None:
        """Returns when a signal arrives. Raises Unusable if a worker cannot start before all have been ready once."""
        for number in range(self._count):
            self._start(number)
        while stopped.by is None:
            for source in wait([stopped.socket, *self._sources()], self._until_next_start()):
                self._notice(source)
            for number in [number for number, due in self._due.items() if due <= time.monotonic()]:
                del self._due[number]
                self._start(number)

    def stop(self) -> None:
        """Stops all workers, and kills those that take longer than PATIENCE."""
        deadline = time.monotonic() + PATIENCE
        for worker in self._workers.values():
            worker.process.terminate()
        for worker in self._workers.values():
            worker.process.join(max(deadline - time.monotonic(), 0))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
        self._workers.clear()

    def _start(self, number: int) -> None:
        reports, report = _spawning.Pipe(duplex=False)
        process = _spawning.Process(target=_work, args=(*self._options, report), name=f"worker {number + 1}")
        with _interrupts_blocked():  # A worker that Ctrl-C meets while it loads would print a traceback.
            process.start()
        report.close()
        self._workers[number] = _Worker(process, reports)

    def _sources(self) -> Generator[Any]:
        for worker in self._workers.values():
            yield worker.process.sentinel
            if worker.reports is not None:
                yield worker.reports

    def _until_next_start(self) -> float | None:
        return max(min(self._due.values()) - time.monotonic(), 0) if self._due else None

    def _notice(self, source: Any) -> None:
        for number, worker in list(self._workers.items()):
            if source is worker.reports:
                self._read(worker)
            elif source == worker.process.sentinel:
                self._plan_restart(number, worker)

    def _read(self, worker: _Worker) -> None:
        assert worker.reports is not None
        try:
            report: Ready | Failed = worker.reports.recv()
        except (EOFError, OSError):
            report = Failed("")
        worker.reports.close()
        worker.reports = None
        if isinstance(report, Ready):
            worker.is_ready = True
            if not self._is_announced and self._all_ready():
                self._is_announced = True
                self._announce(f"{report.announcement}\n\n{self._count} processes")
        elif report.message and not self._is_announced:
            raise CannotServe(report.message)
        elif report.message:
            _logger.error("A worker cannot start: %s", report.message)

    def _all_ready(self) -> bool:
        return sum(each.is_ready for each in self._workers.values()) == self._count

    def _plan_restart(self, number: int, worker: _Worker) -> None:
        """Plans the next start of a worker that has died: at once after a steady run, else later each time."""
        worker.process.join()
        if worker.reports is not None:
            self._read(worker)
        code = worker.process.exitcode
        del self._workers[number]
        if not self._is_announced:
            raise CannotServe(f"A worker ended with status {code} before it could serve. Its messages above say why.")
        is_steady = worker.is_ready and time.monotonic() - worker.started >= STEADY
        backoff = 0.0 if is_steady else self._backoff.get(number, 0.0)
        self._backoff[number] = min(max(backoff * 2, FIRST_BACKOFF), LAST_BACKOFF)
        self._due[number] = time.monotonic() + backoff
        _logger.warning("Worker %d ended with status %s and is restarted%s.", worker.process.pid, code, _in(backoff))


def _in(seconds: float) -> str:
    return f" in {seconds:g} seconds" if seconds else ""


@contextmanager
def _interrupts_blocked() -> Generator[None]:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _work(
    settings: Settings, listener: socket.socket, log_format: LogFormat | None, lock: str, report: Connection
) -> None:
    """The main function of a worker. Reports whether it can serve; stops when the parent does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The parent stops its workers.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_stop_with_parent, name="parent", daemon=True).start()
    with collection_paused(), lean_imports():
        from mock_server.serving import serve_as_worker  # Only workers need all of the sandbox.

    try:
        serve_as_worker(settings, listener, log_format, lock, lambda text: report.send(Ready(text)))
    except Unusable as error:
        report.send(Failed(str(error)))
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _stop_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
