import pytest

from mock_server.runtime.phone_numbers import is_phone_number


@pytest.mark.parametrize("text", ["+393331234567", "+1 415 555 0100", "+14155550100"])
def test_an_international_number_is_a_telephone_number(text: str) -> None:
    assert is_phone_number(text)


@pytest.mark.parametrize(
    "text", ["", "3331234567", "5550100", "14155550100", "+1", "+447700900123", "call +14155550100"]
)
def test_anything_else_is_not(text: str) -> None:
    assert not is_phone_number(text)
