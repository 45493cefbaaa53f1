"""Texts of the description's own formats, which schemathesis can generate but not check."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
import schemathesis
from schemathesis.generation import GenerationMode
from schemathesis.generation.meta import CaseMetadata, ExamplesPhaseData, GenerationInfo, PhaseInfo, TestPhase

from contract_tests.checks import Complaint, valid_data_is_not_called_invalid
from mock_server.runtime.bundle import load_bundle


def complains_of_refusal(field: str, value: str) -> bool:
    """Whether the check objects when this value of a field of the attendee is called invalid."""
    schema: Any = schemathesis.openapi.from_dict(load_bundle())
    booking = {"start": "2050-03-08T12:00:00Z", "attendee": {"name": "Ann", "timeZone": "Europe/Rome", field: value}}
    case = schema["/v2/bookings"]["POST"].Case(body=booking, media_type="application/json")
    data = ExamplesPhaseData(None, None, None, None)
    generation = GenerationInfo(time=0, mode=GenerationMode.POSITIVE)
    case._meta = CaseMetadata(generation, components={}, phase=PhaseInfo(TestPhase.EXAMPLES, data))
    errors = [{"property": field, "constraints": {"isString": f"{field} is invalid"}}]
    body = json.dumps({"error": {"details": {"errors": errors}}}).encode()
    response = schemathesis.Response(400, {}, body, request=cast("Any", None), elapsed=0, verify=True)
    try:
        valid_data_is_not_called_invalid(cast("Any", None), response, case)
    except Complaint:
        return True
    return False


@pytest.mark.filterwarnings("ignore")
def test_a_text_that_is_not_of_its_format_may_be_called_invalid() -> None:
    """Schemathesis takes it for valid: it puts texts of earlier replies into fields of the same name."""
    assert complains_of_refusal("name", "Ann")
    assert complains_of_refusal("timeZone", "Europe/London")
    assert not complains_of_refusal("timeZone", "")
