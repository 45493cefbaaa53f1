"""A real Valkey or Redis server on a free port, for tests."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from random import SystemRandom

import redis

PROGRAMS = ("valkey-server", "redis-server")
START_TIME = 20.0


class StoreServer:
    """A server process with its data in `folder`.

    `appendonly` makes it keep its data when it is killed; with the `fsync` `everysec`, perhaps without the last second.
    """

    def __init__(self, folder: Path, *, appendonly: bool = False, fsync: str = "always") -> None:
        program = next(filter(None, map(shutil.which, PROGRAMS)), None)
        assert program is not None, f"the tests need one of {', '.join(PROGRAMS)}; .ci/run installs one"
        self.folder = folder.absolute()  # The server works in it, and reads other paths from there.
        self.port = _free_port()
        durability = ["--appendonly", "yes", "--appendfsync", fsync] if appendonly else ["--appendonly", "no"]
        place = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        self._command = [program, *place, "--save", "", *durability]
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, prefix: str, options: str = "") -> str:
        """The URL of a store in this server."""
        return f"valkey://127.0.0.1:{self.port}/0?prefix={prefix}{options}"

    def client(self) -> redis.Redis:
        """A client for the test itself."""
        return redis.Redis(port=self.port)

    def start(self, *options: str) -> None:
        """Starts the server and waits until it answers."""
        self._start(options, redis.Redis(port=self.port, retry=_patient_retry()))

    def start_with_tls(self, certificate: str, key: str, ca: str, password: str) -> None:
        """Starts the server, with the files of its certificate, so that it takes nothing but TLS and the password."""
        files = ("--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", ca)
        options = ("--port", "0", "--tls-port", str(self.port), "--tls-auth-clients", "no", "--requirepass", password)
        client = redis.Redis(port=self.port, password=password, ssl=True, ssl_ca_certs=ca, retry=_patient_retry())
        self._start((*options, *files), client)

    def _start(self, options: Sequence[str], client: redis.Redis) -> None:
        log = self.folder / "server.log"
        self._process = subprocess.Popen([*self._command, "--logfile", str(log), *options])
        with client:
            client.ping()

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Sends the signal, by default kill -9, and waits until the process has ended."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(START_TIME)
            self._process = None

    def pause(self) -> None:
        """Stops the process without ending it, as a machine that hangs."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Lets a paused process go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


@contextmanager
def store_server(folder: Path, *, appendonly: bool = False, fsync: str = "always") -> Iterator[StoreServer]:
    """A running server, which is killed at the end."""
    server = StoreServer(folder, appendonly=appendonly, fsync=fsync)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _patient_retry() -> redis.retry.Retry:
    from redis.backoff import ConstantBackoff

    return redis.retry.Retry(ConstantBackoff(0.02), int(START_TIME / 0.02))


def _free_port() -> int:
    """A free port that the system gives to no outgoing connection, so that it is still free for a restart."""
    while True:
        port = SystemRandom().randrange(20_000, 32_000)  # Other processes of the suite may have the same seed.
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
