"""A fault: which requests it affects, how often, and its effect. Errors, delays, lost connections, broken bodies."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from mock_server.runtime.call import Caller, CredentialKind
from mock_server.runtime.openapi import HTTP_METHODS

LONGEST_DELAY = 60_000
"""In milliseconds."""
LONGEST_PATH = 1000
"""In characters, of a pattern."""

EXCEPTIONS = {
    400: "BadRequestException",
    401: "UnauthorizedException",
    403: "ForbiddenException",
    404: "NotFoundException",
    408: "RequestTimeoutException",
    409: "ConflictException",
    413: "PayloadTooLargeException",
    422: "UnprocessableEntityException",
    429: "ThrottlerException",
    498: "TokenExpiredException",
    500: "InternalServerErrorException",
    501: "NotImplementedException",
    502: "BadGatewayException",
    503: "ServiceUnavailableException",
    504: "GatewayTimeoutException",
}
"""The statuses that a fault can answer with, and their codes in the envelope."""

METHODS = (*(method.upper() for method in HTTP_METHODS), "HEAD")
HEADER_NAME = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"
COMPUTED_HEADERS = ("content-length", "transfer-encoding", "etag")
"""Headers that follow from the body, which a fault cannot set."""
HEADER_VALUE = r"^[\t -~]*$"

Milliseconds = Annotated[int, Meta(ge=0, le=LONGEST_DELAY)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]


class InvalidFault(Exception):
    """A fault cannot be injected as it is described."""


class CallerPattern(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="camel"):
    """Matches callers by their user, the kind of their credential, or both."""

    user_id: int | None = None
    kind: CredentialKind | None = None

    def matches(self, caller: Caller) -> bool:
        """Whether this is such a caller."""
        return self.user_id in (None, caller.user_id) and self.kind in (None, caller.kind)


class DelayRange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A delay chosen at random for each request, in milliseconds."""

    min: Milliseconds
    max: Milliseconds


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="camel", dict=True):
    """The JSON form of a fault.

    A request matches if it has the `operation`, `method`, `path` (a pattern in which ``*`` stands for one segment, or
    a part of one, and ``**`` for any number of segments) and `caller`; what is left out matches all. It happens at
    every matching request, at the `first` so many, at the `nth` only, or with a `probability` whose random numbers
    start from `seed`.

    The effect is one of: `status` (a refusal with `message` and `headers`), `connection` (closed without a reply) and
    `body` (a reply that ends too early, or is no JSON); and a `delay` in milliseconds. With `after`, the operation is
    carried out and committed before.
    """

    operation: str | None = None
    method: str | None = None
    path: Annotated[str, Meta(max_length=LONGEST_PATH)] | None = None
    caller: CallerPattern | None = None
    first: Count | None = None
    nth: Count | None = None
    probability: Annotated[float, Meta(gt=0, le=1)] | None = None
    seed: int = 0
    status: int | None = None
    message: Annotated[str, Meta(max_length=10_000)] | None = None
    headers: Annotated[
        dict[Annotated[str, Meta(pattern=HEADER_NAME)], Annotated[str, Meta(pattern=HEADER_VALUE)]],
        Meta(max_length=50),
    ] = {}
    delay: Milliseconds | DelayRange | None = None
    connection: Literal["drop"] | None = None
    body: Literal["cut", "malformed"] | None = None
    after: bool = False

    @cached_property
    def _path(self) -> re.Pattern[str]:
        return _path_pattern("**" if self.path is None else self.path)

    def matches(self, operation: str | None, method: str, path: str) -> bool:
        """Whether it may happen at such a request, before the caller is known. `path` begins with ``/v2``."""
        return (
            self.operation in (None, operation)
            and (self.method is None or self.method.upper() == method)
            and self._path.fullmatch(f"{path}/") is not None
        )


def _path_pattern(path: str) -> re.Pattern[str]:
    """Matches a path with a slash at its end, in a time that is linear in its length."""
    stretches = [""]
    for segment in path.split("/"):
        if segment == "**":
            stretches.append("")
        else:
            stretches[-1] += _joined([re.escape(part) for part in segment.split("*")], "[^/]*") + "/"
    return re.compile(_joined(stretches, "(?:[^/]*/)*"))


def _joined(parts: Sequence[str], wildcard: str) -> str:
    """The parts with a wildcard between them. All but the last match at the first place possible, and at no other."""
    first, *others = parts
    if not others:
        return first
    *inner, last = others
    return first + "".join(f"(?>{wildcard}?{part})" for part in inner) + wildcard + last


def read_fault(content: Any, operations: Mapping[str, Any]) -> Fault:
    """A fault from its JSON form. Raises InvalidFault, whose text says what is wrong."""
    try:
        fault = msgspec.convert(content, Fault)
    except msgspec.ValidationError as error:
        raise InvalidFault(f"{error}.") from None
    for complaint in _complaints(fault, operations):
        raise InvalidFault(complaint)
    return fault


def _complaints(fault: Fault, operations: Mapping[str, Any]) -> list[str]:
    effects = [name for name in ("status", "connection", "body") if getattr(fault, name) is not None]
    limits = [name for name in ("first", "nth", "probability") if getattr(fault, name) is not None]
    checks = {
        "It has no effect: give one of `status`, `connection` and `body`, or a `delay`.": not effects
        and fault.delay is None,
        f"It has several effects, {' and '.join(effects)}: give one.": len(effects) > 1,
        f"It takes one of `first`, `nth` and `probability`, not {' and '.join(limits)}.": len(limits) > 1,
        "`seed` needs a `probability`.": bool(fault.seed) and fault.probability is None,
        "`message` and `headers` need a `status`.": fault.status is None
        and (fault.message is not None or bool(fault.headers)),
        f"`headers` cannot set {', '.join(COMPUTED_HEADERS)}, which follow from the body.": any(
            name.lower() in COMPUTED_HEADERS for name in fault.headers
        ),
        f"`status` takes one of {', '.join(map(str, EXCEPTIONS))}.": fault.status not in (None, *EXCEPTIONS),
        f"There is no operation `{fault.operation}`; `cal-mock operations` lists them.": fault.operation is not None
        and fault.operation not in operations,
        f"`method` takes one of {', '.join(METHODS)}.": fault.method is not None
        and fault.method.upper() not in METHODS,
        "`path` begins with /v2, without the world's prefix.": fault.path is not None
        and not fault.path.startswith(("/v2", "*")),
        "`**` in `path` stands for whole segments, as in `/v2/**`.": fault.path is not None
        and any("**" in segment and segment != "**" for segment in fault.path.split("/")),
        "`delay` has a `min` that is greater than its `max`.": isinstance(fault.delay, DelayRange)
        and fault.delay.min > fault.delay.max,
    }
    return [complaint for complaint, is_true in checks.items() if is_true]
