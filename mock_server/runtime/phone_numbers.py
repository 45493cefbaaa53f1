"""Telephone numbers in international format."""

from __future__ import annotations


def is_phone_number(text: str) -> bool:
    """Whether `text` is a valid telephone number that begins with `+`. Spaces and separators are allowed."""
    if not text.startswith("+"):
        return False
    import phonenumbers  # Slow to import, and few requests have a telephone number.

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text))
    except phonenumbers.NumberParseException:
        return False
