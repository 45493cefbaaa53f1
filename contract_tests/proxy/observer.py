"""Checks exchanges in the background, and reports those that break the description."""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import msgspec

from contract_tests.known_secrets import open_private
from contract_tests.proxy.check import Checker, Complaint, Verdict
from contract_tests.proxy.errors import CannotProxy
from contract_tests.proxy.exchange import ProxiedExchange
from mock_server.runtime.masking import Masker, credentials_of

WAITING = 2000
"""Exchanges that may wait for their check; further ones are counted as unchecked."""

PATIENCE = 10.0
"""Seconds that the remaining checks may take when the proxy ends."""


class Observer:
    """Accepts finished exchanges without delay; a thread checks them, prints breaches and writes JSON lines."""

    def __init__(self, checker: Checker, write: Callable[[str], None], path: Path | None = None) -> None:
        self.requests = 0
        self.failures = 0
        self.unchecked = 0
        self.outside = 0
        self.operations: set[str] = set()
        self.breaches: Counter[str] = Counter()
        self._checker = checker
        self._write = write
        self._file = _opened(path)
        self._queue: queue.Queue[ProxiedExchange | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._work, name="checks", daemon=True)
        self._thread.start()

    def finished(self, exchange: ProxiedExchange) -> None:
        """Queues an exchange for its check."""
        self.requests += 1
        try:
            self._queue.put_nowait(exchange)
        except queue.Full:
            self.unchecked += 1

    def close(self) -> None:
        """Waits up to PATIENCE for the remaining checks."""
        try:
            self._queue.put(None, timeout=PATIENCE)
            self._thread.join(PATIENCE)
        except queue.Full:
            pass  # The rest is counted below.
        self.unchecked += self._queue.qsize()
        if self._file is not None:
            self._file.close()

    def summary(self) -> str:
        """One line."""
        count = self.breaches.total()
        kinds = ", ".join(f"{times} {kind}" for kind, times in sorted(self.breaches.items()))
        parts = [f"{self.requests} requests, {len(self.operations)} operations"]
        parts += [f"{self.outside} outside of the API"] if self.outside else []
        parts += [f"{self.failures} without a reply from the upstream"] if self.failures else []
        parts += [f"{self.unchecked} not checked"] if self.unchecked else []
        return f"{', '.join(parts)}: {f'{count} breaches of the description ({kinds})' if count else 'no breaches'}"

    def _work(self) -> None:
        while (exchange := self._queue.get()) is not None:
            try:
                self._check(exchange)
            except Exception as error:
                self.unchecked += 1
                path = Masker().text(exchange.request.path)
                self._write(f"cal-mock: could not check {exchange.request.method} {path}: {type(error).__name__}")

    def _check(self, exchange: ProxiedExchange) -> None:
        verdict = self._checker.check(exchange)
        request = exchange.request
        masker = Masker(credentials_of(request.headers.raw))
        if exchange.failure is not None:
            self.failures += 1
            target, failure = masker.text(request.target), masker.text(exchange.failure)
            self._write(f"{_clock(exchange)} {request.method} {target}: {failure}")
        if not verdict.in_api:
            self.outside += 1
        if verdict.operation is not None and exchange.reply is not None:
            self.operations.add(verdict.operation)
        if not exchange.has_whole_reply or not exchange.has_whole_request:
            self.unchecked += 1
        for complaint in verdict.complaints:
            self.breaches[complaint.kind] += 1
            self._write(_line(exchange, verdict, complaint, masker))
        if verdict.complaints and self._file is not None:
            self._file.write(msgspec.json.encode(_entry(exchange, verdict, masker)).decode() + "\n")
            self._file.flush()


def _opened(path: Path | None) -> IO[str] | None:
    try:
        return None if path is None else open_private(path, "a")
    except OSError as error:
        raise CannotProxy(f"cannot write {path}: {error.strerror}") from None


def _clock(exchange: ProxiedExchange) -> str:
    return datetime.fromtimestamp(exchange.at).astimezone().strftime("%H:%M:%S")


def _line(exchange: ProxiedExchange, verdict: Verdict, complaint: Complaint, masker: Masker) -> str:
    named = f" {verdict.operation}" if verdict.operation else ""
    request, status = exchange.request, None if exchange.reply is None else exchange.reply.status
    return (
        f"{_clock(exchange)} {request.method} {masker.text(request.target)} -> {status}{named} "
        f"[{complaint.about}, {complaint.kind}] {complaint.text}"
    )


def _entry(exchange: ProxiedExchange, verdict: Verdict, masker: Masker) -> dict[str, Any]:
    request, reply = exchange.request, exchange.reply
    return {
        "at": datetime.fromtimestamp(exchange.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "operation": verdict.operation,
        "durationMs": round(exchange.seconds * 1000, 3),
        "breaches": [{"about": each.about, "kind": each.kind, "text": each.text} for each in verdict.complaints],
        "request": {
            "method": request.method,
            "url": masker.text(request.target),
            "headers": masker.headers(request.headers.raw),
            "body": masker.body(request.body),
        },
        "reply": None
        if reply is None
        else {
            "status": reply.status,
            "headers": masker.headers(reply.headers.raw),
            "body": masker.body(reply.body),
        },
    }
