"""Triggers, payload types and samples agree with each other and with the description."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NotRequired, get_origin, get_type_hints

import msgspec
import pytest

from mock_server.runtime.bundle import load_bundle
from mock_server.state.edition import NEWEST
from mock_server.webhooks.payloads import PAYLOADS, TRIGGERS, Payload, Trigger
from mock_server.webhooks.samples import sample_payload

NOW = datetime(2030, 1, 7, 9, tzinfo=UTC)


def test_the_triggers_are_those_of_the_description() -> None:
    schema = load_bundle(edition=NEWEST)["components"]["schemas"]["WebhookTrigger"]
    assert list(TRIGGERS) == schema["enum"]
    assert set(TRIGGERS) == PAYLOADS.keys()


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_sample_is_one_of_the_payloads_of_its_trigger(trigger: Trigger) -> None:
    sample = sample_payload(trigger, NOW)
    fitting = [payload_type for payload_type in PAYLOADS[trigger] if has_keys_of(sample, payload_type)]
    assert fitting
    for payload_type in fitting:
        assert msgspec.convert(sample, payload_type) == sample


def has_keys_of(payload: Payload, payload_type: type) -> bool:
    hints = get_type_hints(payload_type, include_extras=True)
    required = {name for name, hint in hints.items() if get_origin(hint) is not NotRequired}
    return required <= payload.keys() <= hints.keys()
