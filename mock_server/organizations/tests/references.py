"""The fields of bodies and the query parameters that name another thing by its id, found in the description by name."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from mock_server.organizations.tests.tenants import PARAMETER, Things, examples, parameters
from mock_server.runtime.description import VERSION_HEADER, Description, Operation
from mock_server.runtime.schemas import Schema

ENDINGS = ("Id", "Ids", "Uid", "usernames")
NOT_IDS = frozenset({"deviceId", "externalId"})
"""The name of a device, and the address of a calendar at a third party."""
ITEMS = "[]"


@dataclass(frozen=True)
class Reference:
    """Where an operation takes an id: the query, or the body, with the names on the way to the field."""

    operation: Operation
    is_query: bool
    place: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of the field."""
        return self.place[-1]

    def __str__(self) -> str:
        return f"{self.operation.id}-{'query-' if self.is_query else ''}{'.'.join(self.place)}"


def references(description: Description) -> Iterator[Reference]:
    """All of a description."""
    for operation in description:
        for name in operation.query_types:
            if _is_reference(name):
                yield Reference(operation, True, (name,))
        if operation.body_schema is not None:
            places = dict.fromkeys(_places(description, operation.body_schema, ()))
            yield from (Reference(operation, False, place) for place in places)


def _is_reference(name: str) -> bool:
    return name.endswith(ENDINGS) and name not in NOT_IDS


def _places(description: Description, schema: Schema, way: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    schema = description.components.resolve(schema)
    if len(way) > 5:
        return
    if "items" in schema:
        yield from _places(description, schema["items"], (*way, ITEMS))
    for name, each in description.components.properties(schema).items():
        if _is_reference(name):
            yield (*way, name)
        yield from _places(description, each, (*way, name))


def value_of(things: Things, name: str) -> Any:
    """What a field of this name may name among `things`."""
    number = things.organization + things.place
    below = "/v2/organizations/{orgId}/"
    singular = {"teamsIds": "teamId"}.get(name, name.removesuffix("s"))
    return {
        **things.named,
        "attributeId": things.ids[f"{below}attributes/{{attributeId}}"],
        "attributeOptionId": things.ids[f"{below}attributes/{{attributeId}}/options/{{optionId}}"],
        "credentialId": 10 * number,
        "defaultScheduleId": things.organization,
        "delegationCredentialId": things.ids[f"{below}delegation-credentials/{{credentialId}}"],
        "eventTypeId": things.ids["/v2/event-types/{eventTypeId}"],
        "orgId": things.organization,
        "routedToBookingUid": things.ids["/v2/bookings/{bookingUid}"],
        "scheduleId": things.ids["/v2/schedules/{scheduleId}"],
        "seatReferenceUid": things.named["seatUid"],
        "teamId": number,
        "toUserId": number,
        "userId": number,
        "username": f"user-{number}",
    }[singular]


def ask_with(world: str, own: Things, reference: Reference, value: Any, description: Description) -> httpx.Response:
    """The reply to a valid request, but for the value of one reference."""
    operation = reference.operation
    ids = {name: own.id_of(operation, name) for name in parameters(operation)}
    path = PARAMETER.sub(lambda found: str(ids.get(found[1], "google")), operation.path)
    headers = own.api_key | ({VERSION_HEADER: max(operation.versions)} if operation.versions else {})
    bodies = (own.bodies.get(str(reference)), own.bodies.get(operation.id))
    body = bodies[0] or bodies[1] or examples(description.bundle, operation)[0]
    if "selectedTeamId" in reference.place:
        body = {**body, "scope": "team"}
    query = own.queries.get(operation.id, {}) | ({reference.name: value} if reference.is_query else {})
    if not reference.is_query:
        body = _with(copy.deepcopy(body), reference.place, [value] if reference.name.endswith("Ids") else value)
    return own.client.request(
        operation.method, f"{world}{path}", headers=headers, params=query, **({} if body is None else {"json": body})
    )


def _with(body: Any, place: tuple[str, ...], value: Any) -> Any:
    """`body` with `value` at a place. A list gets one item there."""
    if not place:
        return value
    name, *rest = place
    if name == ITEMS:
        return [_with(body[0] if body else {}, tuple(rest), value)]
    return {**(body or {}), name: _with((body or {}).get(name), tuple(rest), value)}
