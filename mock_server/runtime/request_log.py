"""Prints a line for each request. A thread does the work, so that a slow terminal delays no request."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Literal

import msgspec

from mock_server.runtime.delivery_mark import is_delivery
from mock_server.runtime.exchange import Exchange
from mock_server.runtime.journal import Entry
from mock_server.runtime.masking import Secrets
from mock_server.runtime.request_summary import summary_of, text_line

LogFormat = Literal["text", "json"]
Write = Callable[[bytes], object]
"""Writes some bytes. Raises OSError when the output is closed."""

MOST_WAITING = 2_000
MOST_BYTES = 16 * 1024 * 1024
"""The memory that waiting requests may use."""
AT_ONCE = 20
"""Lines that are made in one go. Fewer would interrupt the server more often, more for longer."""
GATHERING = 0.02
"""Seconds that the first of some requests waits for others: one at a time, each would interrupt the server."""
PATIENCE = 1.0
"""Seconds that the remaining lines may take when the server stops."""


class RequestLog:
    """Prints requests of the API, and others that change something or fail. Health checks, for one, are left out.

    Requests that come faster than they can be printed are counted, and the number is printed.
    """

    def __init__(self, write: Write, secrets: Secrets, *, form: LogFormat = "text", colours: bool = False) -> None:
        self._write = write
        self._secrets = secrets
        self._form = form
        self._colours = colours
        self._queue: queue.SimpleQueue[tuple[Entry, str, bool] | None] = queue.SimpleQueue()
        self._is_closed = False
        # Each number is written by one thread only, so there is no lock: the first two by the server's, one by ours.
        self._bytes_added = 0
        self._missed = 0
        self._bytes_taken = 0
        self._missed_shown = 0
        self._thread = threading.Thread(target=self._work, name="request log", daemon=True)
        self._thread.start()

    def add(self, exchange: Exchange, entry: Entry | None) -> None:
        """Queues a finished request. Never waits."""
        if self._is_closed or (entry is None and not _is_worth_a_line(exchange)):
            return
        is_full = self._bytes_added - self._bytes_taken > MOST_BYTES or self._queue.qsize() >= MOST_WAITING
        if is_full:
            self._missed += 1
            return
        shown = entry or Entry.of(0, exchange)
        self._bytes_added += shown.size
        self._queue.put((shown, exchange.base_path, entry is not None))

    def close(self) -> None:
        """Waits up to PATIENCE for the remaining lines."""
        self._queue.put(None)
        self._thread.join(PATIENCE)
        self._is_closed = True

    def _work(self) -> None:
        _ = self._secrets.fields  # Found once, which takes a while: not during the first request.
        try:
            while lines := self._next_lines():
                self._write(b"".join(lines))
        except OSError:
            self._is_closed = True  # Nothing reads the output any more.

    def _next_lines(self) -> list[bytes]:
        """The lines of the requests that wait, of some when there are many; none when the log is closed."""
        lines: list[bytes] = []
        item = self._queue.get()
        if item is not None and self._queue.empty():
            time.sleep(GATHERING)
        while item is not None:
            lines.append(self._line(*item))
            self._bytes_taken += item[0].size
            if len(lines) >= AT_ONCE or self._queue.empty():
                break
            item = self._queue.get()
        else:
            self._queue.put(None)  # For the next call, after the lines before it are written.
        missed = self._missed - self._missed_shown
        if missed and lines:
            self._missed_shown += missed
            lines.append(self._note_of(missed))
        return lines

    def _line(self, entry: Entry, base_path: str, is_api: bool) -> bytes:
        try:
            summary = summary_of(entry, self._secrets, base_path=base_path, is_api=is_api)
            if self._form == "json":
                return msgspec.json.encode(summary) + b"\n"
            return f"{text_line(summary, colours=self._colours)}\n".encode()
        except Exception as error:  # A defect here ends neither the log nor the server.
            return f"cal-mock: a {entry.method} request cannot be shown: {type(error).__name__}\n".encode()

    def _note_of(self, missed: int) -> bytes:
        if self._form == "json":
            return msgspec.json.encode({"requestsNotShown": missed}) + b"\n"
        return f"({missed} requests are not shown: they came faster than they could be printed)\n".encode()


def _is_worth_a_line(exchange: Exchange) -> bool:
    """Whether a request outside of the API changed something or failed. Deliveries to inboxes are listed elsewhere."""
    if exchange.reply is not None and exchange.reply.status >= 400:
        return True
    return exchange.method not in ("GET", "HEAD", "OPTIONS") and not is_delivery(exchange.headers)
