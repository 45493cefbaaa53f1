"""What a failure found in one line, and what such lines of one cause have in common."""

from __future__ import annotations

import re
from typing import Any

from schemathesis.core.failures import AcceptedNegativeData, Failure, ServerError
from schemathesis.openapi.checks import IgnoredAuth, RejectedPositiveData, UndefinedStatusCode

SHOWN_MESSAGE = 160
HINT = "sandbox-hint"
"""Header in which a sandbox says more than its faithful reply; of a 500 in strict mode, what broke the description."""

# What differs from one occurrence of a cause to the next: indexes, ids, numbers and quoted values.
_INDEX = re.compile(r"/\d+(?=[/`])")
_VALUE = re.compile(r'"(?:[^"\\]|\\.)*"(?: \.\.\.)?|\'[^\']*\'|\b[0-9a-fA-F-]{32,36}\b|-?\b\d+(?:\.\d+)?\b')


def signature(text: str) -> str:
    """The same for all occurrences of a cause: `text` without indexes and values."""
    return _VALUE.sub("*", _INDEX.sub("/*", text))


def title_of(failure: Failure, case: Any, status: int, body: str) -> str:
    """What one of schemathesis' failures found, in one line."""
    request = _request(case)
    match failure:
        case ServerError():
            return server_error(status, request, body)
        case AcceptedNegativeData():
            return f"accepts {request} with {status}"
        case RejectedPositiveData():
            return f"refuses {request} with {status}: {message_of(body)}"
        case UndefinedStatusCode():
            return f"status {status} is not described"
        case IgnoredAuth():
            return f"answers {status} without valid credentials"
        case _:
            return failure.title


def server_error(status: int, request: str, body: str) -> str:
    """A 5xx in one line. What the message says is the cause, whatever was asked: see `cause_of`."""
    return f"answers {status} to {request}: {message_of(body)}"


def why_unreadable(error: BaseException) -> str:
    """Why a reply could not be read, without the names of Python's exceptions where they say less than words."""
    match error:
        case KeyError():
            return f"it has no `{error.args[0] if error.args else ''}`"
        case IndexError():
            return "a list in it is too short"
        case StopIteration():
            return "nothing in it is what was looked for"
        case TypeError() | AttributeError():
            return f"it has another shape ({error})"
        case _:
            return f"{error or type(error).__name__}"


def cause_of(status: int | None, title: str) -> tuple[int | None, str]:
    """What titles of one cause have in common."""
    return status, signature(title if status is None or status < 500 else title.partition(": ")[2])


def is_valid(case: Any) -> bool:
    """Whether the request keeps to the description."""
    return case.meta is None or case.meta.generation.mode.is_positive


def _request(case: Any) -> str:
    """A request by what is wrong with it, such as ``an invalid `take` in the query``."""
    if is_valid(case):
        return "a valid request"
    data = case.meta.phase.data
    place = data.parameter_location.name.lower() if data.parameter_location is not None else None
    if data.parameter is None or place is None:
        return "a request that breaks the description" if place is None else f"an invalid {place}"
    return f"an invalid `{data.parameter}` in the {place}"


def message_of(body: str) -> str:
    """The message of a refusal, or how its body begins."""
    found = re.search(r'"message":\s*"((?:[^"\\]|\\.)*)"', body)
    text = found[1] if found else body.strip() or "an empty body"
    return text if len(text) <= SHOWN_MESSAGE else f"{text[:SHOWN_MESSAGE]} ..."
