"""Nothing of another organization can be had by naming its id, whatever it is named beside.

The requests are generated from the description: an operation that is added is tested, or has to be listed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_server.organizations.tests.tenants import (
    OTHER,
    OWN,
    Ids,
    Things,
    ask,
    foreign,
    misplaced,
    parameters,
    world_file,
)
from mock_server.running import running_sandbox
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.description import Description, Operation
from mock_server.runtime.settings import Settings

DESCRIPTION = Description(load_bundle())
WITH_IDS = [each for each in DESCRIPTION if parameters(each)]

NEVER_SUCCEEDS = {
    "create_team_event_type_phone_call": "refuses everybody, as the live service does: it asks for an organization",
}
OPEN_BY_ID = {
    "get_booking_calendar_links": "the uid alone opens a booking to everybody, see get_booking",
}
"""Operations with credentials that answer about a foreign thing all the same, and why."""

UNKNOWN_NUMBER, UNKNOWN_TEXT = 987_654_321, "00000000-0000-4000-8000-000000000000"


class Tenants:
    """A sandbox with two organizations. `own` and `sibling` are of one of them, `other` is of the other."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self.own, self.sibling = Things(client, OWN, 1), Things(client, OWN, 2)
        self.other = Things(client, OTHER, 1)
        for each in (self.own, self.sibling, self.other):
            each.furnish()
        self.start = self.state_of(self.branch("start"))

    def branch(self, name: str) -> str:
        """The path of a new world like the one that was made first."""
        assert self._client.post("/_sandbox/worlds", json={"id": name}).status_code == 201
        return f"/w/{name}"

    def state_of(self, world: str) -> Any:
        """The whole state of a world."""
        return self._client.get(f"{world}/_sandbox/snapshot").json()

    def ask(self, world: str, operation: Operation, ids: Ids, credentials: dict[str, str]) -> list[httpx.Response]:
        """The replies to requests that are valid but for their ids."""
        return ask(world, operation, self.own, ids, credentials, DESCRIPTION.bundle)

    def own_ids(self, operation: Operation) -> Ids:
        """The ids of one's own things for an operation."""
        return {name: self.own.id_of(operation, name) for name in parameters(operation)}


@pytest.fixture(scope="module")
def tenants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenants]:
    path: Path = tmp_path_factory.mktemp("tenants") / "world.yaml"
    path.write_text(world_file())
    with (
        running_sandbox(Settings(port=0, strict=True, world=path)) as running,
        httpx.Client(base_url=running.url, timeout=30) as client,
    ):
        yield Tenants(client)


@pytest.mark.parametrize("operation", [pytest.param(each, id=each.id) for each in WITH_IDS])
def test_ones_own_things_can_be_had(tenants: Tenants, operation: Operation) -> None:
    """Otherwise the refusals below would prove nothing."""
    ids = tenants.own_ids(operation)
    replies = [
        reply
        for number, credentials in enumerate((tenants.own.api_key, tenants.own.oauth_client))
        for reply in tenants.ask(tenants.branch(f"own-{number}-{operation.id}"), operation, ids, credentials)
    ]
    assert any(reply.is_success for reply in replies) != (operation.id in NEVER_SUCCEEDS), replies[0].text


@pytest.mark.parametrize("credentials", ["api_key", "oauth_client"])
@pytest.mark.parametrize("operation", [pytest.param(each, id=each.id) for each in WITH_IDS])
def test_things_of_others_cannot_be_had(tenants: Tenants, operation: Operation, credentials: str) -> None:
    world = tenants.branch(f"{credentials}-{operation.id}")
    headers = getattr(tenants.own, credentials)
    own = tenants.own_ids(operation)
    attempts = [*foreign(operation, tenants.own, tenants.other), *misplaced(operation, tenants.own, tenants.sibling)]
    for ids in attempts:
        replies = tenants.ask(world, operation, ids, headers)
        if operation.id in OPEN_BY_ID:
            continue
        if any(reply.is_success for reply in replies):
            unknown = tenants.ask(world, operation, _unknown(ids, own), headers)
            assert [each.json() for each in replies] == [each.json() for each in unknown], ids
    assert tenants.state_of(world) == tenants.start


def _unknown(ids: Ids, own: Ids) -> Ids:
    """The same with ids that nothing has in place of those of others."""
    return {
        name: value if value == own[name] else UNKNOWN_NUMBER if isinstance(value, int) else UNKNOWN_TEXT
        for name, value in ids.items()
    }
