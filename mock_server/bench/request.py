"""The request used by the benchmarks: the central operation, as an integrator sends it."""

from __future__ import annotations

import http.client
import subprocess
import time

PATH = "/v2/destination-calendars"
BODIES = tuple(
    f'{{"integration":"google_calendar","externalId":"{calendar}"}}'
    for calendar in ("side-projects@group.calendar.google.com", "solo@example.com")
)
"""Sent in turn, so that each request changes the destination calendar and is committed."""
HEADERS = {"Authorization": "Bearer cal_sandbox_solo", "Content-Type": "application/json"}

PATIENCE = 60.0


def wait_until_answered(process: subprocess.Popen[bytes], port: int) -> float:
    """Repeats the request until the answer is 200; returns the seconds that took. Raises RuntimeError."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < PATIENCE:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args} ended with {process.returncode} before it served a request.")
        if _is_answered(port):
            return time.perf_counter() - begun
        time.sleep(0.005)
    raise RuntimeError(f"{process.args} did not answer within {PATIENCE:.0f} seconds.")


def _is_answered(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("PUT", PATH, BODIES[0], HEADERS)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
