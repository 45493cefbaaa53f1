"""The API's refusals: their statuses and the `error` object of the envelope.

Source: Cal.com API v2, exception filters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from mock_server.runtime.hints import OUT_OF_STORAGE, Hint, store_failed
from mock_server.state.errors import ForeignKeyViolation, RecordNotFound, RowError, UniqueViolation
from mock_server.state.work import WorkError, WorkStopped


class ApiError(Exception):
    """A refusal. `hint` is sent in a `Sandbox-Hint` header, never in the body.

    With `keeps_changes`, changes that the operation made before the refusal are committed.
    """

    status: int = 500
    enveloped = True
    headers: tuple[tuple[bytes, bytes], ...] = ()
    keeps_changes = False

    def __init__(self, message: str, *, hint: Hint | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def content(self) -> dict[str, Any]:
        """The `error` object of the envelope, or the whole body of a bare refusal."""
        raise NotImplementedError

    def beside_envelope(self) -> dict[str, Any]:
        """Keys of the body that stand before those of the envelope."""
        return {}


class HttpError(ApiError):
    """Raised by guards, services and the router. `reason` replaces the reason phrase in the details.

    If upstream builds the error from an object, the details consist of that object alone: `from_object`.
    """

    code = "InternalServerErrorException"

    def __init__(
        self, message: str, *, reason: str | None = None, hint: Hint | None = None, from_object: bool = False
    ) -> None:
        super().__init__(message, hint=hint)
        self._reason = HTTPStatus(self.status).phrase if reason is None else reason
        self._from_object = from_object

    def content(self) -> dict[str, Any]:
        """Code, message, and details that repeat them."""
        details: dict[str, Any] = {"message": self.message}
        if not self._from_object:
            details |= {"error": self._reason, "statusCode": self.status}
        return {"code": self.code, "message": self.message, "details": details}


class BadRequest(HttpError):
    """400."""

    status, code = 400, "BadRequestException"


class NotNumeric(BadRequest):
    """400 for a numeric path parameter that is not a number."""

    def __init__(self) -> None:
        super().__init__("Validation failed (numeric string is expected)")


class Unauthorized(HttpError):
    """401."""

    status, code = 401, "UnauthorizedException"


class Forbidden(HttpError):
    """403. The default message is that of a guard that gives no reason."""

    status, code = 403, "ForbiddenException"

    def __init__(self, message: str = "Forbidden resource", *, hint: Hint | None = None) -> None:
        super().__init__(message, hint=hint)


class NotFound(HttpError):
    """404."""

    status, code = 404, "NotFoundException"


class Conflict(HttpError):
    """409."""

    status, code = 409, "ConflictException"


class UnprocessableEntity(HttpError):
    """422."""

    status, code = 422, "UnprocessableEntityException"

    def __init__(self, message: str, *, hint: Hint | None = None) -> None:
        super().__init__(message, reason="Unprocessable Entity", hint=hint)


class ProviderFailed(HttpError):
    """500, which the API gives on purpose where a third party fails."""


class ValidationFailed(ApiError):
    """400 for invalid fields, in class-validator's format."""

    status = 400

    def __init__(self, errors: Sequence[dict[str, Any]], *, hint: Hint | None = None) -> None:
        super().__init__("Bad Request Exception", hint=hint)
        self.errors = list(errors)

    def content(self) -> dict[str, Any]:
        """The details are the list of failed properties."""
        return {"code": "BadRequestException", "message": self.message, "details": {"errors": self.errors}}


def property_error(
    target: Mapping[str, Any],
    name: str,
    constraints: Mapping[str, str] | None = None,
    *,
    children: Sequence[dict[str, Any]] = (),
    shows_value: bool = True,
) -> dict[str, Any]:
    """A failed property of `target` for ValidationFailed, with its value, if there is one, and the broken rules."""
    error: dict[str, Any] = {"target": target}
    if shows_value and name in target:
        error["value"] = target[name]
    error |= {"property": name, "children": list(children)}
    if constraints:
        error["constraints"] = constraints
    return error


class CodeError(ApiError):
    """A refusal by the database, a query parser or a shared library: code and message without details."""

    def __init__(self, status: int, code: str, message: str, *, hint: Hint | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.code = code

    def content(self) -> dict[str, Any]:
        """Code and message."""
        return {"code": self.code, "message": self.message}


class QueryInvalid(CodeError):
    """400 from a query parser: issues as (path, text), reported in reverse order."""

    def __init__(self, issues: Sequence[tuple[str, str]]) -> None:
        message = "".join(f"{path} - {text}, " for path, text in reversed(issues))
        super().__init__(400, "BAD_REQUEST", message)


class TranslatedError(ApiError):
    """A refusal of the shared libraries in 2026-09: `key` names the text that `message` is."""

    def __init__(self, status: int, key: str, message: str, *, hint: Hint | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.key = key

    def content(self) -> dict[str, Any]:
        """The kind of error in snake case, the message, and details that repeat it."""
        phrase = HTTPStatus(self.status).phrase
        details = {"message": self.message, "error": phrase, "statusCode": self.status}
        return {"code": f"{phrase.lower().replace(' ', '_')}_error", "message": self.message, "details": details}

    def beside_envelope(self) -> dict[str, Any]:
        """The status, and the key of the text."""
        return {"statusCode": self.status, "message": self.key}


class PlainDetailsError(ApiError):
    """A refusal whose details repeat the message as plain text."""

    code = "InternalServerErrorException"

    def content(self) -> dict[str, Any]:
        """Code, message and the message again."""
        return {"code": self.code, "message": self.message, "details": self.message}


class Throttled(PlainDetailsError):
    """429."""

    status, code = 429, "ThrottlerException"

    def __init__(self, message: str = "Too many requests. Please try again later.") -> None:
        super().__init__(message)


class TokenExpired(PlainDetailsError):
    """498."""

    status, code = 498, "TokenExpiredException"

    def __init__(self) -> None:
        super().__init__("ACCESS_TOKEN_IS_EXPIRED")


class BareError(ApiError):
    """A refusal from outside the application: no envelope, no request id."""

    enveloped = False

    def __init__(self, status: int, message: str, *, hint: Hint | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status

    def content(self) -> dict[str, Any]:
        """The whole body."""
        return {"statusCode": self.status, "message": self.message}


class OutOfStorage(ApiError):
    """507: the sandbox itself, not the API, cannot store a write. Has the form of the control plane's refusals."""

    status = 507
    enveloped = False

    def __init__(self, trouble: str) -> None:
        super().__init__(f"{trouble} Nothing was changed.", hint=OUT_OF_STORAGE)

    def content(self) -> dict[str, Any]:
        """The whole body."""
        return {"error": self.message}


class StoreFailed(ApiError):
    """503: the store that the processes of the sandbox share cannot be used. Has the form of the control plane's."""

    status = 503
    enveloped = False

    def __init__(self, trouble: str) -> None:
        super().__init__(trouble, hint=store_failed(trouble))

    def content(self) -> dict[str, Any]:
        """The whole body."""
        return {"error": self.message}


BUSY = "The world kept changing while the request was processed. Repeat it when fewer requests change the world."


class Busy(BareError):
    """503: other commits came first in every attempt."""

    def __init__(self) -> None:
        super().__init__(503, BUSY)


SHARED_LIBRARY_ERRORS = {
    "UNAUTHORIZED": (401, "You are not authorized to access this resource"),
    "FORBIDDEN": (403, "You don't have necessary permissions to access this resource"),
    "NOT_FOUND": (404, "The requested resource was not found"),
    "BAD_REQUEST": (400, "Bad request: Please check your request data and try again"),
    "CONFLICT": (409, "Could not process the request due to a resource conflict with the current state"),
}


def shared_library_error(kind: str, *, text: str | None = None, hint: Hint | None = None) -> CodeError:
    """A refusal of the shared libraries (code `TRPCError`), by default with its text in SHARED_LIBRARY_ERRORS."""
    status, message = SHARED_LIBRARY_ERRORS[kind]
    return CodeError(status, "TRPCError", text or message, hint=hint)


def from_state(error: RowError) -> ApiError:
    """The refusal that the live API gives for an error of its database."""
    match error:
        case UniqueViolation():
            return CodeError(409, "CONFLICT", "Invalid Input: Trying to create a record that already exists.")
        case RecordNotFound():
            return CodeError(404, "NOT_FOUND", "Invalid Query: The requested record was not found.")
        case ForeignKeyViolation():
            return CodeError(400, "BAD_REQUEST", "Invalid input: The referenced data does not exist.")
        case _:
            raise error


def from_work(error: WorkError) -> ApiError:
    """The refusal of a request whose work was aborted."""
    return BareError(503, str(error)) if isinstance(error, WorkStopped) else BadRequest(str(error))
