"""Which parts of a generated request break the description, and whether the API ignores them.

Source: Cal.com API v2: unknown fields and parameters are dropped; no body, a list, and other content types count as
`{}`; a `cal-api-version` that is none counts as the default version; since 2026-03 an empty `take` or `skip` counts as
absent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import schemathesis
from jsonschema_rs import Draft4Validator
from schemathesis.core.jsonschema import make_validator
from schemathesis.core.parameters import ParameterLocation

from contract_tests.catalogue import catalogue
from contract_tests.editions import in_force
from contract_tests.fuzzing.provision import operation_id
from contract_tests.http import json_of
from mock_server.runtime.json_values import is_object
from mock_server.runtime.versions import DEFAULT_VERSION, VERSION_HEADER


@dataclass(frozen=True, slots=True)
class InvalidPart:
    """A part of a request that breaks the description.

    Without a `parameter` it is the location as a whole; without a `location`, schemathesis does not say which part it
    is. `is_unknown` is true for fields and parameters that the description does not have.
    """

    location: ParameterLocation | None
    parameter: str | None
    is_unknown: bool


def ignores_all_invalid_parts(case: schemathesis.Case[Any], response: schemathesis.Response) -> bool:
    """Whether the API ignores every invalid part of the request, so that a success is right."""
    return case.meta is not None and all(_ignores(part, case, response) for part in _invalid_parts(case))


def _invalid_parts(case: schemathesis.Case[Any]) -> Iterator[InvalidPart]:
    """Generated data may break the description in several places at once, which schemathesis lists as mutations."""
    assert case.meta is not None
    data = case.meta.phase.data
    for mutation in data.mutations:
        is_unknown = mutation.keywords == ("additionalProperties",)
        # In a body this may be a value of a record, such as metadata; schemathesis itself spares unknown fields there.
        in_body = mutation.parameter_location == ParameterLocation.BODY
        yield InvalidPart(mutation.parameter_location, mutation.parameter, is_unknown and not in_body)
    if not data.mutations:
        is_unknown = "unexpected properties" in (data.description or "").lower()
        yield InvalidPart(data.parameter_location, data.parameter, is_unknown)


def _ignores(part: InvalidPart, case: schemathesis.Case[Any], response: schemathesis.Response) -> bool:
    match part.location:
        case ParameterLocation.PATH:
            return _is_empty_list(response)
        case _ if part.is_unknown:
            return True
        case ParameterLocation.BODY | None:
            return not is_object(case.body) and _accepts_empty_object(case.operation)
        case ParameterLocation.HEADER:
            return part.parameter in (None, VERSION_HEADER) and _answers_the_default_version(case.operation)
        case ParameterLocation.QUERY:
            return in_force("empty-page-means-default") and _is_empty_page(part.parameter, case)
        case _:
            return False


def _is_empty_list(response: schemathesis.Response) -> bool:
    """Whether the reply is the empty list of something that cannot exist."""
    content = json_of(response.content)
    return response.status_code == 200 and is_object(content) and content.get("data") == []


def _accepts_empty_object(operation: Any) -> bool:
    """Whether the operation accepts an empty object as its body."""
    return any(make_validator(body.optimized_schema, Draft4Validator).is_valid({}) for body in operation.body)


def _is_empty_page(parameter: str | None, case: schemathesis.Case[Any]) -> bool:
    """Whether the query has the parameter of a page without a value."""
    if parameter not in catalogue().operations[operation_id(case.operation)].defaulting:
        return False
    value: Any = (case.query or {}).get(parameter)
    return value in ("", [""], [])


def _answers_the_default_version(operation: Any) -> bool:
    """Whether a request with a version that is none reaches the operation."""
    versions = catalogue().operations[operation_id(operation)].versions
    return versions is not None and DEFAULT_VERSION in versions
