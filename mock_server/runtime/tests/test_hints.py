"""What becomes of a hint on its way into the header, and what it may cost."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import pytest

from mock_server.runtime.hints import MAX_LENGTH, WORK_LIMIT, Hint, listed, text_of
from mock_server.runtime.router import Router
from mock_server.runtime.suggestions import corrections
from mock_server.state.work import spend


def too_expensive() -> str:
    spend(WORK_LIMIT + 1)
    return "never"


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        (None, None),
        ("Look\r\nx-evil: 1\x00 here.", "Look x-evil: 1? here."),
        ("\u00e9\u20ac", "??"),
        (lambda: "computed", "computed"),
        (lambda: None, None),
        (too_expensive, None),
    ],
)
def test_a_hint_is_one_line_of_ascii(hint: Hint | None, text: str | None) -> None:
    assert text_of(hint) == text


def test_a_long_hint_is_cut() -> None:
    text = text_of("word " * MAX_LENGTH)
    assert text is not None
    assert (len(text), text[-3:]) == (MAX_LENGTH, "...")


def test_a_hint_that_fails_is_logged_and_not_sent(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        assert text_of(lambda: str(1 // 0)) is None
    assert "defect of the sandbox" in caplog.text


@pytest.mark.parametrize(
    ("names", "text"),
    [((), ""), (("a",), "a"), (("a", "b"), "a and b"), ("abcdefg", "a, b, c, d, e and 2 more")],
)
def test_lists_are_written_as_in_a_sentence(names: Sequence[str], text: str) -> None:
    assert listed(names) == text


@pytest.mark.parametrize(
    ("path", "similar"),
    [
        ("/v2/bokings", ["/v2/bookings", "/v2/bookings/{uid}"]),
        ("/v1/bookings", ["/v2/bookings", "/v2/bookings/{uid}"]),
        ("/bookings/7", ["/v2/bookings/{uid}"]),
        ("/v2/bookings/7/cancell", ["/v2/bookings/{uid}/cancel", "/v2/bookings/{uid}"]),
        ("/v2/organizations", ["/v2/organizations/{id}/teams"]),
        ("/", []),
        ("/" + "/".join(["x" * 60] * 50), []),
    ],
)
def test_similar_paths_are_found(path: str, similar: list[str]) -> None:
    router: Router[str] = Router()
    for template in (
        "/v2/bookings",
        "/v2/bookings/{uid}",
        "/v2/bookings/{uid}/cancel",
        "/v2/organizations/{id}/teams",
        "/v2/schedules",
    ):
        router.add("GET", template, template)
    assert [each for each in router.similar_to(path) if each in similar] == similar
    assert len(router.similar_to(path)) <= 3


def test_the_methods_of_a_path_are_found() -> None:
    router: Router[str] = Router()
    router.add("PATCH", "/v2/notes/{id}", "update")
    router.add("DELETE", "/v2/notes/{id}", "delete")
    assert router.others_of("/v2/notes/7") == ("/v2/notes/{id}", ["DELETE", "PATCH"])
    assert router.others_of("/v2/notes") is None


def test_misspelt_names_are_corrected() -> None:
    known = ["eventTypeId", "start", "timeZone"]
    assert corrections({"event_type_id": 1, "strat": 2, "x": 3}, known) == [
        ("event_type_id", "eventTypeId"),
        ("strat", "start"),
    ]
    assert corrections({"timeZone": 1, "timezone": 2}, known) == []
