"""Counts and the time left."""

from __future__ import annotations

import threading
from io import StringIO

import pytest

from mock_server.runtime import progress as module
from mock_server.runtime.progress import ELSEWHERE, Progress


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def followed(stream: StringIO, seconds: float) -> str:
    """What a part of four stories writes that take so many seconds each."""
    now = [0.0]
    progress = Progress(stream, clock=lambda: now[0])
    done = [0]
    progress.begin("stories", 4, "stories", lambda: f"{10 * done[0]} requests")
    for done[0] in range(1, 5):
        now[0] += seconds
        progress.step()
    progress.end()
    return stream.getvalue()


def test_in_a_terminal_one_line_is_overwritten() -> None:
    shown = followed(Terminal(), 3.0)
    assert shown.count("\n") == 1
    assert "\r  stories: 2 of 4 stories, 20 requests, about 6.0 s left" in shown
    assert shown.rstrip().endswith("stories: 4 of 4 stories, 40 requests, 12.0 s")


def test_elsewhere_there_is_an_occasional_line() -> None:
    assert len(followed(StringIO(), ELSEWHERE / 2).splitlines()) == 3
    assert len(followed(StringIO(), 0.1).splitlines()) == 1


class Waited(StringIO):
    """A stream that says when it has been written to."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()

    def flush(self) -> None:
        self.written.set()


def test_a_long_step_is_shown_with_the_time_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST", 0.01)
    stream = Waited()
    with Progress(stream).part("bundling", 3, "files", lambda: "2 warnings"):
        assert stream.written.wait(10)
        assert stream.getvalue().startswith("  bundling: 0 of 3 files, 2 warnings, 0.")
        assert stream.getvalue().endswith(" s so far\n")


def test_a_part_without_counts_has_its_name_and_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST", 0.01)
    stream = Waited()
    with Progress(stream).part("reading the description"):
        assert stream.written.wait(10)
    assert stream.getvalue().startswith("  reading the description, 0.")


def test_a_short_part_shows_nothing_unless_it_is_ended_with_a_line() -> None:
    stream = StringIO()
    with Progress(stream).part("bundling", 1, "files") as step:
        step()
    assert stream.getvalue() == ""


def test_a_part_that_ends_leaves_no_rest_of_its_line_on_a_terminal() -> None:
    stream, now = Terminal(), [0.0]
    progress = Progress(stream, clock=lambda: now[0])
    with progress.part("bundling", 2, "files") as step:
        now[0] = 5.0
        step()
    last = stream.getvalue().rpartition("\r")
    assert last[2] == ""
    assert last[0].endswith("\r" + " " * module.WIDTH)
