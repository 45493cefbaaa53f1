"""Sandboxes in processes of their own on one shared store, for the runs that check what they keep."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import httpx

from mock_server.state.tests.served import served

TIME_LIMIT = 60.0


class Process:
    """A sandbox in a process of its own, which can be killed and started again."""

    def __init__(self, store: str) -> None:
        self._store = store
        self._running = ExitStack()
        self.url = ""
        self.start()

    def start(self) -> None:
        """Starts it, and waits until it listens."""
        _, self.url = self._running.enter_context(served(self._store))

    def kill(self) -> None:
        """Kills it with signal 9."""
        self._running.close()


def kept_collections(process: Process) -> dict[str, list[dict[str, Any]]]:
    """The rows of the default world by collection."""
    return _read(f"{process.url}/_sandbox/snapshot")["collections"]


def inconsistencies(processes: Sequence[Process]) -> list[str]:
    """How the states of the processes differ, and what the doctor says about each."""
    states = [_read(f"{each.url}/_sandbox/snapshot") for each in processes]
    complaints = [str(text) for each in processes for text in _read(f"{each.url}/_sandbox/doctor")["complaints"]]
    differing = sum(state != states[0] for state in states)
    return [*([f"{differing} processes have another state"] if differing else []), *complaints]


def _read(url: str) -> Any:
    return httpx.get(url, timeout=TIME_LIMIT).raise_for_status().json()
