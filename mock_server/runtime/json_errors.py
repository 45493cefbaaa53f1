"""The messages of the live API's body parser for text that is not a JSON object or list, on every Python version.

Source: Node 20's `JSON.parse`, whose positions count UTF-16 code units, and the strict mode of Express' body parser.
"""

from __future__ import annotations

import re
from enum import IntEnum, auto

_CHARACTERS = r'[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+'
_NUMBER = r"-?+(?:0(?![0-9])|[1-9][0-9]*+)(?:\.[0-9]++|(?!\.))(?:[eE][+-]?+[0-9]++|(?![eE]))"
# Punctuation, string, other scalar, anything else; at the end of the text none of the groups matches.
_TOKENS = re.compile(rf'[ \t\n\r]*+(?:([{{}}\[\]:,])|("{_CHARACTERS}")|({_NUMBER}|true|false|null)|(.)|\Z)', re.DOTALL)
_KINDS = {2: "string", 3: "scalar", 4: "nonsense", None: "end"}
_STRING_CONTENT = re.compile(_CHARACTERS)
_HEX_DIGITS = re.compile(r"[0-9a-fA-F]*+")
_DIGITS = re.compile(r"[0-9]*+")
_INTEGER = re.compile(r"0|[0-9]*+")
_ASTRAL = re.compile(r"[\U00010000-\U0010ffff]")
_LITERALS = {"t": "true", "f": "false", "n": "null"}
_OBJECT_AS_TEXT = "[object Object]"
"""JavaScript's text of an object that was not serialized. Its JSON parser has a special message for it."""
_CONTEXT = 10
"""The number of characters shown on either side of an unexpected one, if the text is longer than that."""


class _At(IntEnum):
    """The expected next token."""

    ROOT = auto()
    ITEM_OR_END = auto()
    VALUE = auto()
    NAME_OR_END = auto()
    NAME = auto()
    FIRST_COLON = auto()
    COLON = auto()
    AFTER_ITEM = auto()
    AFTER_MEMBER = auto()
    END = auto()


_CLOSE, _AFTER_VALUE = "close", "after value"
_OPEN = {"{": (_At.NAME_OR_END, _At.AFTER_MEMBER), "[": (_At.ITEM_OR_END, _At.AFTER_ITEM)}
_VALUES: dict[str, object] = {**_OPEN, "string": _AFTER_VALUE, "scalar": _AFTER_VALUE}
_STEPS: dict[_At, dict[str, object]] = {
    _At.ROOT: {**_OPEN},
    _At.ITEM_OR_END: {**_VALUES, "]": _CLOSE},
    _At.VALUE: _VALUES,
    _At.NAME_OR_END: {"string": _At.FIRST_COLON, "}": _CLOSE},
    _At.NAME: {"string": _At.COLON},
    _At.FIRST_COLON: {":": _At.VALUE},
    _At.COLON: {":": _At.VALUE},
    _At.AFTER_ITEM: {",": _At.VALUE, "]": _CLOSE},
    _At.AFTER_MEMBER: {",": _At.NAME, "}": _CLOSE},
    _At.END: {},
}
_EXPECTED = {
    _At.NAME_OR_END: "Expected property name or '}' in JSON",
    _At.NAME: "Expected double-quoted property name in JSON",
    _At.FIRST_COLON: "Expected ':' after property name in JSON",
    _At.AFTER_ITEM: "Expected ',' or ']' after array element in JSON",
    _At.AFTER_MEMBER: "Expected ',' or '}' after property value in JSON",
    _At.END: "Unexpected non-whitespace character after JSON",
}


def json_complaint(text: str) -> str | None:
    """The live API's message for `text`; None if it is a JSON object or list."""
    text = _ASTRAL.sub(_surrogates, text)
    fault = _first_fault(text)
    if fault is None:
        return None
    # JavaScript would show a lone surrogate, which Python cannot encode.
    return _complaint(text, *fault).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _surrogates(found: re.Match[str]) -> str:
    """A character as its two UTF-16 code units, as JavaScript counts it."""
    beyond = ord(found[0]) - 0x10000
    return chr(0xD800 + (beyond >> 10)) + chr(0xDC00 + (beyond & 0x3FF))


def _first_fault(text: str) -> tuple[int, _At] | None:
    """The position of the first unexpected token, and what was expected instead."""
    at, after, outer = _At.ROOT, _At.END, list[_At]()
    for token in _TOKENS.finditer(text):
        kind = token[1] or _KINDS[token.lastindex]
        step = _STEPS[at].get(kind)
        if step is None:
            place = token.start(token.lastindex) if token.lastindex else token.end()
            return None if (at, kind) == (_At.END, "end") else (place, at)
        if step is _AFTER_VALUE:
            at = after
        elif step is _CLOSE:
            at = after = outer.pop()
        elif isinstance(step, _At):
            at = step
        else:
            outer.append(after)
            at, after = _OPEN[kind]
    return None


def _complaint(text: str, place: int, at: _At) -> str:
    here = text[place : place + 1]
    if at is _At.ROOT:
        return _not_allowed(text, place) if here else _unexpected(text, place)
    if at in (_At.NAME_OR_END, _At.NAME) and here == '"':
        return _about_string(text, place)
    if at in _EXPECTED:
        return f"{_EXPECTED[at]} at position {place}"
    return _unexpected(text, place) if at is _At.COLON else _about_value(text, place)


def _about_value(text: str, place: int) -> str:
    first = text[place : place + 1]
    if first == '"':
        return _about_string(text, place)
    if first == "-" or _is_digit(first):
        return _about_number(text, place)
    for expected in _LITERALS.get(first, ""):
        if text[place : place + 1] != expected:
            break
        place += 1
    return _unexpected(text, place)


def _about_string(text: str, place: int) -> str:
    place = _end(_STRING_CONTENT, text, place + 1)
    end = text[place : place + 1]
    if not end:
        return f"Unterminated string in JSON at position {place}"
    if end != "\\":
        return f"Bad control character in string literal in JSON at position {place}"
    escaped = text[place + 1 : place + 2]
    if escaped == "u":
        return f"Bad Unicode escape in JSON at position {_end(_HEX_DIGITS, text, place + 2)}"
    if not escaped or escaped > "\xff":
        return _unexpected(text, place + 1)
    return f"Bad escaped character in JSON at position {place + 1}"


def _about_number(text: str, place: int) -> str:
    place += text.startswith("-", place)
    end = _end(_INTEGER, text, place)
    if end == place:
        return f"No number after minus sign in JSON at position {place}"
    if _is_digit(text[end : end + 1]):  # A digit after a leading zero.
        return _unexpected(text, end)
    if text.startswith(".", end):
        place, end = end + 1, _end(_DIGITS, text, end + 1)
        if end == place:
            return f"Unterminated fractional number in JSON at position {place}"
    place = end + 1
    place += text.startswith(("+", "-"), place)
    return f"Exponent part is missing a number in JSON at position {place}"


def _unexpected(text: str, place: int) -> str:
    """The message for an unexpected character."""
    here = text[place : place + 1]
    if not here:
        return "Unexpected end of JSON input"
    if here == '"':
        return f"Unexpected string in JSON at position {place}"
    if here == "-" or _is_digit(here):
        return f"Unexpected number in JSON at position {place}"
    return f'"{text}" is not valid JSON' if text == _OBJECT_AS_TEXT else _not_allowed(text, place)


def _not_allowed(text: str, place: int) -> str:
    """The message that quotes the character and its surroundings."""
    start, end = place - _CONTEXT, place + _CONTEXT
    if len(text) <= 2 * _CONTEXT:
        shown = f'"{text}"'
    elif start < 0:
        shown = f'"{text[:end]}"...'
    elif end < len(text):
        shown = f'..."{text[start:end]}"...'
    else:
        shown = f'..."{text[start:]}"'
    return f"Unexpected token '{text[place]}', {shown} is not valid JSON"


def _is_digit(character: str) -> bool:
    return "0" <= character <= "9"


def _end(pattern: re.Pattern[str], text: str, place: int) -> int:
    """The end of the match of `pattern` at `place`."""
    found = pattern.match(text, place)
    return found.end() if found else place
