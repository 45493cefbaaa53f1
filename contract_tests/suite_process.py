"""A pytest plugin for the tests of this repository: prepares the processes that run them.

Tests speak plain HTTP to this machine. An HTTP client that loads certificates takes 50 ms of processor time for it, ten
times as much as most requests.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from functools import cache
from pathlib import Path

# httpx prefers the file to the folder, and a folder is not read before a certificate has to be checked.
os.environ.pop("SSL_CERT_FILE", None)
os.environ["SSL_CERT_DIR"] = str(Path(__file__).parent)

# Shells start background commands with SIGINT ignored. The processes that tests start and interrupt would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# libfaketime, see `make test-dates`, refuses the absolute times until which Python sleeps.
if "FAKETIME" in os.environ:

    def _sleep(seconds: float) -> None:
        threading.Event().wait(seconds)

    time.sleep = _sleep


def pytest_collection_finish() -> None:
    """Exempts modules and collected tests from garbage collection: they stay until the end of the process."""
    _freeze()


@cache
def _freeze() -> None:
    """Once only: later runs of pytest in this process, as of journeys, would exempt the garbage of tests."""
    gc.collect()
    gc.freeze()
