"""How the server collects garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest

from mock_server.runtime import garbage


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Leaves the collector of this process as it was."""
    thresholds, callbacks = gc.get_threshold(), [*gc.callbacks]
    yield
    gc.set_threshold(*thresholds)
    gc.callbacks[:] = callbacks


def test_ctrl_c_during_the_collection_at_start_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal is handled when Python code runs next, and what a callback of the collector raises is ignored."""
    called: list[str] = []

    def record(phase: str, _: dict[str, Any]) -> None:
        called.append(phase)

    monkeypatch.setattr(garbage, "_freeze", record)
    garbage.keep_pauses_short()
    during_start = [*called]
    gc.collect()
    assert (during_start, called) == ([], ["start", "stop"])
