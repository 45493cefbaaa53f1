"""Counts and the time left."""

from io import StringIO

from contract_tests.reports.progress import ELSEWHERE, Progress


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def followed(stream: StringIO, seconds: float) -> str:
    """What a part of four stories writes that take so many seconds each."""
    now = [0.0]
    progress = Progress(stream, clock=lambda: now[0])
    progress.begin("stories", 4, "stories")
    for done in range(1, 5):
        now[0] += seconds
        progress.step(10 * done, done // 2)
    progress.end(40, 2)
    return stream.getvalue()


def test_in_a_terminal_one_line_is_overwritten() -> None:
    shown = followed(Terminal(), 3.0)
    assert shown.count("\n") == 1
    assert "\r  stories: 2 of 4 stories, 20 requests, 1 failures, about 6.0 s left" in shown
    assert shown.rstrip().endswith("stories: 4 of 4 stories, 40 requests, 2 failures, 12.0 s")


def test_elsewhere_there_is_an_occasional_line() -> None:
    assert len(followed(StringIO(), ELSEWHERE / 2).splitlines()) == 3
    assert len(followed(StringIO(), 0.1).splitlines()) == 1
