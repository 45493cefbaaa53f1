"""Titles of failures in one line, and the part of them that identifies the cause."""

from __future__ import annotations

import re
from typing import Any

from schemathesis.core.failures import AcceptedNegativeData, Failure, ServerError
from schemathesis.openapi.checks import IgnoredAuth, RejectedPositiveData, UndefinedStatusCode

from contract_tests.http import SERVER_ERROR

SHOWN_MESSAGE = 160
SUCCESS, REDIRECT = 200, 300
HINT = "sandbox-hint"
"""Header with a sandbox's explanation of a reply; for a 500 in strict mode, what broke the description."""

# The parts that differ between occurrences of a cause: indexes, ids, numbers, quoted values, and how many there are.
_INDEX = re.compile(r"/\d+(?=[/`])")
_VALUE = re.compile(r'"(?:[^"\\]|\\.)*"(?: \.\.\.)?|\'[^\']*\'|\b[0-9a-fA-F-]{32,36}\b|-?\b\d+(?:\.\d+)?\b')
_SEVERAL = re.compile(r"\*(?:, \*)+")


def signature(text: str) -> str:
    """`text` without indexes and values, the same for all occurrences of a cause."""
    return _SEVERAL.sub("*", _VALUE.sub("*", _INDEX.sub("/*", text)))


def title_of(failure: Failure, case: Any, status: int, body: str) -> str:
    """One of schemathesis' failures in one line."""
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
    """A 5xx in one line. Its message is the cause, whatever the request: see `cause_of`."""
    return f"answers {status} to {request}: {message_of(body)}"


def why_unreadable(error: BaseException) -> str:
    """Why a reply could not be read, in words rather than as one of Python's exceptions."""
    match error:
        case KeyError():
            return f"it has no `{error.args[0] if error.args else ''}`"
        case IndexError():
            return "a list in it is too short"
        case StopIteration():
            return "nothing in it matches"
        case TypeError() | AttributeError():
            return f"it has another shape ({error})"
        case _:
            return f"{error or type(error).__name__}"


def cause_of(status: int | None, title: str) -> tuple[int | None, str]:
    """The common part of titles with one cause. Which success a reply is makes no difference."""
    if status is not None and status >= SERVER_ERROR:
        return status, signature(title.partition(": ")[2])
    return SUCCESS if status is not None and status < REDIRECT else status, signature(title)


def is_valid(case: Any) -> bool:
    """Whether the request fits the description."""
    return case.meta is None or case.meta.generation.mode.is_positive


def _request(case: Any) -> str:
    """A request described by its fault, such as ``an invalid `take` in the query``."""
    if is_valid(case):
        return "a valid request"
    data = case.meta.phase.data
    place = data.parameter_location.name.lower() if data.parameter_location is not None else None
    if data.parameter is None or place is None:
        return "a request that breaks the description" if place is None else f"an invalid {place}"
    return f"an invalid `{data.parameter}` in the {place}"


def message_of(body: str) -> str:
    """The message of a refusal, or the beginning of its body."""
    found = re.search(r'"message":\s*"((?:[^"\\]|\\.)*)"', body)
    text = found[1] if found else body.strip() or "an empty body"
    return text if len(text) <= SHOWN_MESSAGE else f"{text[:SHOWN_MESSAGE]} ..."
