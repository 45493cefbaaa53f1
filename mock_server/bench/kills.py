"""Kills processes and their store under load, and checks that no acknowledged write is lost or done twice.

Run it with `python -m mock_server.bench.kills --rounds 100 --processes 3`. It starts Valkey or Redis by itself.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import httpx

from mock_server.bench.processes import TIME_LIMIT, Process, inconsistencies, kept_collections
from mock_server.state.tests.store_server import StoreServer

HEADERS = {"Authorization": "Bearer cal_sandbox_solo", "cal-api-version": "2024-06-14"}
WRITERS_PER_PROCESS = 2
WRITES_PER_ROUND = 20


class Load:
    """Writers that create event types with names of their own, and what was acknowledged to them."""

    def __init__(self, processes: list[Process]) -> None:
        self.acknowledged: list[str] = []
        self.unanswered = 0
        self.refused: Counter[int] = Counter()
        self._processes = processes
        self._is_over = threading.Event()
        self._serial = 0
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._write, args=(process,), daemon=True)
            for process in processes
            for _ in range(WRITERS_PER_PROCESS)
        ]

    def start(self) -> None:
        """Starts the writers."""
        for thread in self._threads:
            thread.start()

    def wait_for(self, more: int) -> None:
        """Waits until so many further writes have been acknowledged."""
        end = len(self.acknowledged) + more
        while len(self.acknowledged) < end:
            time.sleep(0.01)

    def stop(self) -> None:
        """Stops the writers."""
        self._is_over.set()
        for thread in self._threads:
            thread.join(2 * TIME_LIMIT)

    def _write(self, process: Process) -> None:
        with httpx.Client(headers=HEADERS, timeout=TIME_LIMIT) as client:
            while not self._is_over.is_set():
                name = self._next_name()
                body = {"lengthInMinutes": 30, "title": name, "slug": name}
                try:
                    reply = client.post(f"{process.url}/v2/event-types", json=body)
                except httpx.TransportError:  # It was killed.
                    self.unanswered += 1
                    time.sleep(0.05)
                    continue
                if reply.status_code == 201:
                    self.acknowledged.append(name)
                else:
                    self.refused[reply.status_code] += 1

    def _next_name(self) -> str:
        with self._lock:
            self._serial += 1
            return f"kill-{self._serial}"


def run(rounds: int, count: int, seed: int) -> bool:
    """Runs the rounds. Returns whether nothing was lost or done twice, and all processes have one consistent state."""
    choice = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        server = StoreServer(Path(folder), appendonly=True)
        server.start()
        processes = [Process(server.url("kills", "&patience=10")) for _ in range(count)]
        load = Load(processes)
        try:
            load.start()
            for number in range(rounds):
                load.wait_for(WRITES_PER_ROUND)
                victim = choice.randrange(count + 1)
                _kill_and_restart(server if victim == count else processes[victim])
                print(f"round {number + 1}: {len(load.acknowledged)} acknowledged, {load.unanswered} unanswered")
            load.wait_for(WRITES_PER_ROUND)
            load.stop()
            return _check(processes, load)
        finally:
            for process in processes:
                process.kill()
            server.kill()


def _kill_and_restart(victim: StoreServer | Process) -> None:
    victim.kill()
    victim.start()


def _check(processes: list[Process], load: Load) -> bool:
    kept = Counter(row["slug"] for row in kept_collections(processes[0])["event_types"])
    lost = [name for name in load.acknowledged if kept[name] == 0]
    twice = [name for name, times in kept.items() if times > 1]
    found = inconsistencies(processes)
    print(
        f"{len(load.acknowledged)} acknowledged, {load.unanswered} unanswered, refused {dict(load.refused)}; "
        f"{len(lost)} lost, {len(twice)} done twice, inconsistencies {found}"
    )
    return not (lost or twice or found)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(0 if run(given.rounds, given.processes, given.seed) else 1)


if __name__ == "__main__":
    main()
