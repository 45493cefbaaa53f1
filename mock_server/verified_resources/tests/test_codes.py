"""The time that a code is accepted for, to the second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mock_server.verified_resources.codes import STEP_SECONDS, current_code, is_accepted

START = datetime.fromtimestamp(STEP_SECONDS * 2_000_000, UTC)
"""The first second of a step."""


@pytest.mark.parametrize("late", [0, 1, STEP_SECONDS - 1])
def test_a_code_is_accepted_until_the_end_of_the_step_after_its_own(late: int) -> None:
    code = current_code("ann@example.com", START + timedelta(seconds=late))
    end = START + timedelta(seconds=2 * STEP_SECONDS)
    assert is_accepted(code, "ann@example.com", end - timedelta(seconds=1))
    assert not is_accepted(code, "ann@example.com", end)


def test_a_code_is_not_accepted_before_its_time() -> None:
    code = current_code("ann@example.com", START)
    assert not is_accepted(code, "ann@example.com", START - timedelta(seconds=1))


def test_codes_have_six_digits_and_differ_by_address_and_step() -> None:
    codes = [
        current_code(f"ann{number}@example.com", START + timedelta(seconds=STEP_SECONDS * step))
        for number in range(20)
        for step in range(20)
    ]
    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    assert any(code.startswith("0") for code in codes)
    assert len(set(codes)) > len(codes) * 0.99


@pytest.mark.parametrize("code", ["", "1ABG2C", "12345", "1234567"])
def test_other_texts_are_no_codes(code: str) -> None:
    assert not is_accepted(code, "ann@example.com", START)
