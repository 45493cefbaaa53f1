"""Dates and times are checked loosely first and read strictly later, as the live service does."""

from __future__ import annotations

import pytest

from mock_server.runtime.iso_dates import is_iso_date, read_iso_date


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026", "2026-01-01T00:00:00"),
        ("2026-12", "2026-12-01T00:00:00"),
        ("2026-12-04", "2026-12-04T00:00:00"),
        ("20261204", "2026-12-04T00:00:00"),
        ("2026-W05", "2026-01-26T00:00:00"),
        ("2026W054", "2026-01-29T00:00:00"),
        ("2026-032", "2026-02-01T00:00:00"),
        ("2026032", "2026-02-01T00:00:00"),
        ("2026-12-04T10", "2026-12-04T10:00:00"),
        ("2026-12-04T10:30", "2026-12-04T10:30:00"),
        ("20261204T103000Z", "2026-12-04T10:30:00"),
        ("2026-W05-4T10:00:00Z", "2026-01-29T10:00:00"),
        ("2026-032T10:00:00-05:00", "2026-02-01T15:00:00"),
        ("2026-12-04T10:30:00,5+0230", "2026-12-04T08:00:00.500000"),
        ("2026-12-04T24:00", "2026-12-05T00:00:00"),
    ],
)
def test_all_forms_of_iso_8601_are_read(text: str, instant: str) -> None:
    moment = read_iso_date(text)
    assert moment is not None
    assert moment.isoformat() == f"{instant}+00:00"


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-04 10:00:00",
        "2026-12-04 10:00:00Z",
        "2026-12-04T10:00:00z",
        "2026-02-30",
        "2026-366",
        "2026-12-04T10.5",
        "+2026-12-04",
        "9999-12-31T23:00-10:00",
    ],
)
def test_some_pass_for_a_date_and_are_none(text: str) -> None:
    assert is_iso_date(text)
    assert read_iso_date(text) is None


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "202612", "2026-1-4", "2026-13-01", "2026-12-04t10:00Z", "2026-12-04T10:5", "2026-12-04T1:00"],
)
def test_others_do_not_pass(text: str) -> None:
    assert not is_iso_date(text)
    assert read_iso_date(text) is None


def test_a_long_text_is_no_date_however_it_begins() -> None:
    assert not is_iso_date("2026-12-04T10:00:00." + "1" * 1_000_000)
