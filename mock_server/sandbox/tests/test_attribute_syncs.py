"""Runs of the synchronization of attributes that the control plane refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mock_server.running import running_sandbox
from mock_server.runtime.settings import Settings

RUN = {"provider": "okta", "status": "APPLIED"}
MAPPING = {"attributeSlug": "nothing", "sourceField": "city", "outcome": "UPDATED"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_sandbox(Settings(port=0, edition="2026-09")) as running:
        yield f"{running.url}/_sandbox/organizations"


@pytest.mark.parametrize(
    ("organization", "body", "status", "text"),
    [
        (1, {}, 400, "missing required field `provider`"),
        (1, {**RUN, "status": "DONE"}, 400, "Invalid enum value 'DONE'"),
        (1, {**RUN, "color": "red"}, 400, "unknown field `color`"),
        (1, {**RUN, "userId": 4}, 404, "Organization 1 has no user 4"),
        (1, {**RUN, "appliedFieldMappings": [MAPPING]}, 404, "no attribute 'nothing'"),
        (1, {**RUN, "appliedFieldMappings": [MAPPING] * 101}, 400, "at most 100"),
        (1, {**RUN, "teamMembershipChanges": [{"teamId": 1, "outcome": "ADDED"}]}, 404, "no team 1"),
        (2, RUN, 404, "There is no organization 2"),
    ],
)
def test_refusals(url: str, organization: int, body: dict[str, Any], status: int, text: str) -> None:
    reply = httpx.post(f"{url}/{organization}/attribute-syncs", json=body)
    assert (reply.status_code, text in reply.text) == (status, True), reply.text


def test_there_is_no_synchronization_in_older_editions() -> None:
    with running_sandbox(Settings(port=0, edition="2026-03")) as running:
        reply = httpx.post(f"{running.url}/_sandbox/organizations/1/attribute-syncs", json=RUN)
    assert (reply.status_code, "from edition 2026-09 on" in reply.text) == (404, True)
