"""Finds breaches of the description in replies, for strict mode, the journal, the proxy and all contract tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import msgspec

from mock_server.runtime.description import Operation

SHOWN_VALUE = 120


class Breach(NamedTuple):
    """A breach and its place: `pointer` is a JSON pointer into the body, or None for the reply as a whole."""

    pointer: str | None
    text: str

    def __str__(self) -> str:
        return self.text if self.pointer is None else f"`{self.pointer or '/'}`: {self.text}"


class _Validator(Protocol):
    def is_valid(self, instance: Any) -> bool: ...

    def iter_errors(self, instance: Any) -> Iterator[Any]: ...


def reply_breach(operation: Operation, status: int, body: bytes, *, closed: bool = False) -> Breach | None:
    """The first breach of the description in a reply, or None. A `closed` check refuses undescribed properties."""
    if status not in operation.responses:
        return Breach(None, f"status {status} is not described")
    validator = operation.reply_validator(status, closed=closed)
    if validator is None:
        return None
    try:
        content = msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        return Breach(None, f"the body is not JSON: {error}")
    return first_breach(validator, content)


def first_breach(validator: _Validator, content: Any) -> Breach | None:
    """The first breach of a schema in `content`, or None.

    For a union, it is that of the alternative that fits best.
    """
    return None if validator.is_valid(content) else next(breaches(validator, content))


def breaches(validator: _Validator, content: Any) -> Iterator[Breach]:
    """All breaches of a schema in `content`; for a union, those of the alternative that fits best."""
    for error in map(innermost, validator.iter_errors(content)):
        yield Breach(_pointer(error.instance_path), _text(error))


def innermost(error: Any) -> Any:
    """Descends through unions into the alternative that fits best."""
    while alternatives := _alternatives(error):
        error = min(alternatives, key=lambda errors: _distance(errors, error.instance_path))[0]
    return error


def _alternatives(error: Any) -> list[list[Any]]:
    """The errors of each alternative, if the error is that no alternative of a union fits."""
    if type(error.kind).__name__ == "OneOfMultipleValid":
        return []
    return [errors for errors in getattr(error.kind, "context", None) or () if errors]


def _distance(errors: list[Any], place: list[Any]) -> tuple[int, int]:
    """How far an alternative at `place` is from the value: by the kind of mismatch, then by the number of errors.

    A different type is farthest; then a property that selects another alternative, such as `type: address`.
    """
    kinds = [0]
    for error in errors:
        depth = len(error.instance_path) - len(place)
        if error.kind.name == "type" and depth == 0:
            kinds.append(2)
        elif error.kind.name in ("enum", "const") and depth <= 1:
            kinds.append(1)
    return max(kinds), len(errors)


def _text(error: Any) -> str:
    kind = error.kind
    match kind.name:
        case "required":
            return f"`{kind.property}` is missing"
        case "additionalProperties":
            names = ", ".join(f"`{name}`" for name in kind.unexpected)
            return f"{names} {'is' if len(kind.unexpected) == 1 else 'are'} not described"
        case "enum":
            return f"{_shown(error.instance)} is none of {', '.join(map(_shown, kind.options))}"
        case "type":
            return f"{_shown(error.instance)} is not of type {', '.join(sorted(map(str, kind.types)))}"
        case _:
            value = _shown(error.instance)
            return error.message.replace(json.dumps(error.instance, separators=(",", ":"), ensure_ascii=False), value)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN_VALUE else f"{text[:SHOWN_VALUE]} ..."


def _pointer(path: list[Any]) -> str:
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
