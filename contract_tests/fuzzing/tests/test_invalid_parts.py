"""A success is a finding only where the API should have refused a part of the request."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import schemathesis
from schemathesis.core.mutations import Mutation, MutationChannel, OperatorKind
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.generation.meta import CaseMetadata, FuzzingPhaseData, GenerationInfo, PhaseInfo, TestPhase
from schemathesis.schemas import APIOperation

from contract_tests.editions import is_since
from contract_tests.fuzzing.invalid_parts import ignores_all_invalid_parts
from contract_tests.fuzzing.provision import operation_id
from mock_server.runtime.bundle import load_bundle

BODY, HEADER, PATH, QUERY = (
    ParameterLocation.BODY,
    ParameterLocation.HEADER,
    ParameterLocation.PATH,
    ParameterLocation.QUERY,
)
UNKNOWN_PARAMETER = (QUERY, None, "additionalProperties")
INVALID_PARAMETER = (QUERY, "take", "maximum")
NO_VERSION = (HEADER, "cal-api-version", "enum")
NO_BODY_BUT_A_LIST = (BODY, None, "type")
UNKNOWN_ID = (PATH, "eventTypeId", "type")

Part = tuple[ParameterLocation, str | None, str]


@cache
def operations() -> dict[str, APIOperation[Any, Any, Any]]:
    """Those that schemathesis knows."""
    schema: Any = schemathesis.openapi.from_dict(load_bundle())
    return {operation_id(each.ok()): each.ok() for each in schema.get_all_operations()}


def is_excused(
    name: str,
    *parts: Part,
    body: Any = None,
    query: dict[str, Any] | None = None,
    reply: str = '{"data":[{"id":1}]}',
) -> bool:
    """Whether a success is right for a request to the operation with these parts broken."""
    case: Any = operations()[name].Case(body=body, query=query or {}, media_type="application/json")
    first = parts[0] if len(parts) == 1 else (None, None, "")
    mutations = tuple(
        Mutation(
            (), place, "", MutationChannel.SCHEMA, OperatorKind.NEGATE_CONSTRAINTS, (keyword,), parameter, None, None
        )
        for place, parameter, keyword in parts
    )
    data = FuzzingPhaseData("", parameter=first[1], parameter_location=first[0], location=None, mutations=mutations)
    generation = GenerationInfo(time=0, mode=GenerationMode.NEGATIVE)
    case._meta = CaseMetadata(generation=generation, components={}, phase=PhaseInfo(TestPhase.FUZZING, data))
    response: Any = schemathesis.Response(
        status_code=200, headers={}, content=reply.encode(), request=None, elapsed=0, verify=True
    )
    return ignores_all_invalid_parts(case, response)


@pytest.mark.parametrize("parts", [[NO_VERSION], [UNKNOWN_PARAMETER], [NO_VERSION, UNKNOWN_PARAMETER]])
def test_a_version_that_is_none_and_unknown_parameters_are_ignored(parts: list[Part]) -> None:
    """By the operations of the default version, one by one and together."""
    assert is_excused("list_bookings_2024_04_15", *parts)


@pytest.mark.parametrize(
    "parts", [[INVALID_PARAMETER], [INVALID_PARAMETER, NO_VERSION], [UNKNOWN_PARAMETER, INVALID_PARAMETER]]
)
def test_a_part_that_is_refused_is_not_excused_by_one_that_is_ignored(parts: list[Part]) -> None:
    """Whatever their order."""
    assert not is_excused("list_bookings_2024_04_15", *parts)


def test_only_the_default_version_answers_a_version_that_is_none() -> None:
    """Other operations have to refuse it."""
    assert not is_excused("list_bookings", NO_VERSION)


def test_a_list_as_body_counts_as_an_empty_object() -> None:
    """Where an empty object is accepted."""
    assert is_excused("update_me", NO_BODY_BUT_A_LIST, body=[])
    assert not is_excused("create_webhook", NO_BODY_BUT_A_LIST, body=[])
    assert not is_excused("update_me", NO_BODY_BUT_A_LIST, body={})


def test_what_cannot_exist_may_have_an_empty_list() -> None:
    """But nothing else."""
    assert is_excused("list_event_type_webhooks", UNKNOWN_ID, reply='{"data":[]}')
    assert not is_excused("list_event_type_webhooks", UNKNOWN_ID)
    assert not is_excused("list_event_type_webhooks", UNKNOWN_ID, reply="<p>Hello</p>")


@pytest.mark.parametrize("value", ["", [""]])
def test_an_empty_page_means_the_default(value: Any) -> None:
    """Since edition 2026-03. A text that is no number has to be refused in all editions."""
    assert is_excused("list_webhooks", (QUERY, "skip", "type"), query={"skip": value}) == is_since("2026-03")
    assert not is_excused("list_webhooks", (QUERY, "skip", "type"), query={"skip": "x"})
