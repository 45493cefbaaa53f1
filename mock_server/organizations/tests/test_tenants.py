"""Requests with ids of another organization do not reach its resources, in whatever combination they are sent.

The requests are generated from the descriptions of the oldest edition and, for what it lacks, of the newest one: an
operation that is added is tested, or has to be listed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest

from mock_server.organizations.tests.newer_things import furnish_newer_editions
from mock_server.organizations.tests.references import Reference, ask_with, references, value_of
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
from mock_server.runtime.editions import EDITIONS
from mock_server.runtime.settings import Settings

pytestmark = pytest.mark.slow("sends requests to every operation with ids")

OLDEST, NEWEST = EDITIONS[0], EDITIONS[-1]


@cache
def description(edition: str) -> Description:
    """The description of an edition."""
    return Description(load_bundle(edition=edition))


class Case(NamedTuple):
    """An operation, or a reference to another resource in its body or query, and the edition that it is tested in."""

    edition: str
    operation: Operation
    reference: Reference | None = None

    def __str__(self) -> str:
        return str(self.reference or self.operation.id)


def _in_the_oldest_edition_that_has_it(cases: Callable[[str], Iterator[Case]]) -> list[Case]:
    oldest = list(cases(OLDEST))
    known = {str(each) for each in oldest}
    return oldest + [each for each in cases(NEWEST) if str(each) not in known]


REFERENCES = _in_the_oldest_edition_that_has_it(
    lambda edition: (Case(edition, each.operation, each) for each in references(description(edition)))
)
WITH_IDS = _in_the_oldest_edition_that_has_it(
    lambda edition: (Case(edition, each) for each in description(edition) if parameters(each))
)

NO_PHONE_CALLS = "refuses everybody, as the live service does: it asks for an organization"
REDIRECTS = "answers with a redirect, whatever comes of it"
NEVER_SUCCEEDS = {
    "create_team_event_type_phone_call": NO_PHONE_CALLS,
    "create_team_event_type_phone_call_2026_06_12": NO_PHONE_CALLS,
    "save_organization_team_stripe_connection": REDIRECTS,
    "save_team_conferencing_connection": REDIRECTS,
}
OPEN_BY_ID = {
    "get_oauth2_client": "a consent page shows everybody which client asks",
    "get_booking_calendar_links": "the uid alone opens a booking to everybody, see get_booking",
}
"""Operations with credentials that answer about a foreign thing all the same, and why."""

PUBLIC = "event types and who offers them are public: everybody finds and books them"
STORED_ONLY = "any number is stored; a schedule of another user counts as none"
INVITED = "anybody may be invited by id"
NULL_IF_UNKNOWN = frozenset(
    f"get_{owner}_verified_{kind}" for owner in ("team", "organization_team") for kind in ("email", "phone")
)
"""Operations that answer with null for an id that the team does not have."""
TAKES_FOREIGN = {
    "create_booking": PUBLIC,
    "create_booking_2024_04_15-eventTypeId": PUBLIC,
    "create_instant_meeting-eventTypeId": PUBLIC,
    "create_recurring_bookings-[].eventTypeId": PUBLIC,
    "get_available_slots": PUBLIC,
    "get_available_slots_2024_04_15-query-eventTypeId": PUBLIC,
    "list_event_types": PUBLIC,
    "list_event_types_2026_06_12": PUBLIC,
    "reserve_slot": PUBLIC,
    "reserve_slot_2024_04_15-eventTypeId": PUBLIC,
    "update_slot_reservation": PUBLIC,
    "create_organization_user": STORED_ONLY,
    "update_managed_user": STORED_ONLY,
    "update_me": STORED_ONLY,
    "update_organization_user": STORED_ONLY,
    "create_organization_membership": INVITED,
    "create_team_membership": INVITED,
    "get_stripe_connect_url": "returns the URL for any team; only its members can save the connection",
}
"""Operations, or single references, that take a foreign id in a body or query, as the live service does, and why."""

ALWAYS_NEW = "an instant meeting is always a new one, and of no series"
IGNORED = {
    "create_instant_meeting-recurringEventId": ALWAYS_NEW,
    "create_instant_meeting-rescheduleUid": ALWAYS_NEW,
    "reserve_slot_2024_04_15-bookingUid": "the reply has a uid in any case, see the test of seats below",
}
"""References that are ignored, and why: the request succeeds, and existing rows stay unchanged."""

UNKNOWN_NUMBER, UNKNOWN_TEXT = 987_654_321, "00000000-0000-4000-8000-000000000000"


class Tenants:
    """A sandbox with two organizations. `own` and `sibling` are of one of them, `other` is of the other."""

    def __init__(self, client: httpx.Client, edition: str) -> None:
        self._client = client
        self.description = description(edition)
        self.own, self.sibling = Things(client, OWN, 1), Things(client, OWN, 2)
        self.other = Things(client, OTHER, 1)
        for each in (self.own, self.sibling, self.other):
            each.furnish()
            if edition != OLDEST:
                furnish_newer_editions(each)
        self.start = self.state_of(self.branch("start"))

    def branch(self, name: str) -> str:
        """The path of a new world like the one that was made first."""
        assert self._client.post("/_sandbox/worlds", json={"id": name}).status_code == 201
        return f"/w/{name}"

    def state_of(self, world: str) -> Any:
        """The whole state of a world."""
        return msgspec.json.decode(self._client.get(f"{world}/_sandbox/snapshot").content)

    def ask(self, world: str, operation: Operation, ids: Ids, credentials: dict[str, str]) -> list[httpx.Response]:
        """The replies to requests that are valid but for their ids."""
        return ask(world, operation, self.own, ids, credentials, self.description.bundle)

    def own_ids(self, operation: Operation) -> Ids:
        """The ids of one's own things for an operation."""
        return {name: self.own.id_of(operation, name) for name in parameters(operation)}


TenantsOf = Callable[[str], Tenants]


@pytest.fixture(scope="module")
def tenants_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TenantsOf]:
    """Starts a sandbox of an edition when it is first asked for."""
    path: Path = tmp_path_factory.mktemp("tenants") / "world.yaml"
    path.write_text(world_file(), encoding="utf-8")
    with ExitStack() as stack:

        @cache
        def start(edition: str) -> Tenants:
            settings = Settings(port=0, strict=True, world=path, edition=edition)
            running = stack.enter_context(running_sandbox(settings))
            return Tenants(stack.enter_context(httpx.Client(base_url=running.url, timeout=30)), edition)

        yield start


@pytest.fixture
def tenants(tenants_of: TenantsOf) -> Tenants:
    """Those of the oldest edition."""
    return tenants_of(OLDEST)


@pytest.mark.parametrize("case", WITH_IDS, ids=str)
def test_own_resources_are_accessible(tenants_of: TenantsOf, case: Case) -> None:
    """Otherwise the refusals below would prove nothing."""
    tenants, operation = tenants_of(case.edition), case.operation
    ids = tenants.own_ids(operation)
    replies = [
        reply
        for number, credentials in enumerate((tenants.own.api_key, tenants.own.oauth_client))
        for reply in tenants.ask(tenants.branch(f"own-{number}-{operation.id}"), operation, ids, credentials)
    ]
    assert any(reply.is_success for reply in replies) != (operation.id in NEVER_SUCCEEDS), replies[0].text


@pytest.mark.parametrize("credentials", ["api_key", "oauth_client"])
@pytest.mark.parametrize("case", WITH_IDS, ids=str)
def test_foreign_resources_are_inaccessible(tenants_of: TenantsOf, case: Case, credentials: str) -> None:
    tenants, operation = tenants_of(case.edition), case.operation
    world = tenants.branch(f"{credentials}-{WITH_IDS.index(case)}")
    headers = getattr(tenants.own, credentials)
    own = tenants.own_ids(operation)
    attempts = [*foreign(operation, tenants.own, tenants.other), *misplaced(operation, tenants.own, tenants.sibling)]
    for ids in attempts:
        replies = tenants.ask(world, operation, ids, headers)
        if operation.id in OPEN_BY_ID:
            continue
        if operation.id in NULL_IF_UNKNOWN and all(_is_null(reply) for reply in replies if reply.is_success):
            continue
        if any(reply.is_success for reply in replies):
            unknown = tenants.ask(world, operation, _unknown(ids, own), headers)
            assert [each.json() for each in replies] == [each.json() for each in unknown], ids
    assert tenants.state_of(world) == tenants.start


def _is_null(reply: httpx.Response) -> bool:
    return reply.json()["data"] is None


def _unknown(ids: Ids, own: Ids) -> Ids:
    """The same with ids that nothing has in place of those of others."""
    return {
        name: value if value == own[name] else UNKNOWN_NUMBER if isinstance(value, int) else UNKNOWN_TEXT
        for name, value in ids.items()
    }


@pytest.mark.parametrize("case", REFERENCES, ids=str)
def test_bodies_and_queries_cannot_refer_to_foreign_resources(tenants_of: TenantsOf, case: Case) -> None:
    tenants, reference = tenants_of(case.edition), case.reference
    assert reference is not None
    world = tenants.branch(f"reference-{REFERENCES.index(case)}")
    before = tenants.state_of(world)
    foreign_value = value_of(tenants.other, reference.name)
    reply = ask_with(world, tenants.own, reference, foreign_value, tenants.description)
    if reference.operation.id in TAKES_FOREIGN or str(reference) in TAKES_FOREIGN:
        assert reply.status_code < 500
        return
    if str(reference) in IGNORED:
        assert reply.is_success, reply.text
        assert _lost(before, tenants.state_of(world)) == []
        return
    assert tenants.state_of(world) == before
    if reply.is_success and reply.json()["data"] != []:  # A filter that finds nothing, or is passed over.
        assert reference.is_query
        unknown = UNKNOWN_NUMBER if isinstance(foreign_value, int) else UNKNOWN_TEXT
        assert reply.json() == ask_with(world, tenants.own, reference, unknown, tenants.description).json()


def _lost(before: Any, after: Any) -> list[Any]:
    """The rows that a later state has lost or changed."""
    later = after["collections"]
    return [each for name, rows in before["collections"].items() for each in rows if each not in later[name]]


def _reference(name: str) -> Reference:
    [found] = [each.reference for each in REFERENCES if str(each) == name]
    assert found is not None
    return found


def test_a_seat_is_reserved_in_a_booking_of_the_event_type_only(tenants: Tenants) -> None:
    booking = _reference("reserve_slot_2024_04_15-bookingUid")
    made: list[int] = []
    for number, things in enumerate((tenants.own, tenants.sibling, tenants.other)):
        world = tenants.branch(f"seat-{number}")
        value = value_of(things, booking.name)
        assert ask_with(world, tenants.own, booking, value, tenants.description).is_success
        kinds = (tenants.start, tenants.state_of(world))
        before, after = (len(each["collections"]["reservations"]) for each in kinds)
        made.append(after - before)
    assert made == [1, 0, 0]


def test_a_seat_is_cancelled_in_its_own_booking_only(tenants: Tenants) -> None:
    uid = tenants.own.named["bookingUid"]
    statuses: list[int] = []
    for number, things in enumerate((tenants.own, tenants.sibling, tenants.other)):
        world = tenants.branch(f"cancelled-seat-{number}")
        body = {"seatReferenceUid": things.named["seatUid"]}
        reply = tenants.own.client.post(
            f"{world}/v2/bookings/{uid}/cancel", json=body, headers={"cal-api-version": "2024-04-15"}
        )
        statuses.append(reply.status_code)
    assert statuses == [201, 400, 400]


OWN_FIELDS = [
    "scheduleId",
    "hosts.[].userId",
    "attributeOptionId",
    "attributeId",
    "eventTypeIds",
    "rescheduleUid",
    "[].recurringEventId",
    "bookingUid",
    "activation.activeOnRoutingFormIds",
    "steps.[].verifiedEmailId",
    "steps.[].verifiedPhoneId",
    "selectedTeamId",
]
OF_THE_USER = frozenset({"create_workflow", "update_workflow"})
"""Operations that take what a user has verified; `value_of` gives that of a team."""


@pytest.mark.parametrize("field", OWN_FIELDS)
def test_bodies_and_queries_can_refer_to_own_resources(tenants_of: TenantsOf, field: str) -> None:
    """Otherwise the refusals above would prove nothing."""
    replies: list[httpx.Response] = []
    for number, (edition, _, each) in enumerate(REFERENCES):
        if each is not None and ".".join(each.place) == field and each.operation.id not in OF_THE_USER:
            tenants = tenants_of(edition)
            value = tenants.own.organization if each.name == "userId" else value_of(tenants.own, each.name)
            world = tenants.branch(f"own-reference-{number}")
            replies.append(ask_with(world, tenants.own, each, value, tenants.description))
    assert replies
    assert [each.text for each in replies if not each.is_success] == []


def test_the_default_schedule_of_a_user_is_never_that_of_another_user(tenants: Tenants) -> None:
    world = tenants.branch("default-schedule")
    foreign_value = value_of(tenants.other, "scheduleId")
    chosen = _reference("update_me-defaultScheduleId")
    assert ask_with(world, tenants.own, chosen, foreign_value, tenants.description).is_success
    read = tenants.own.client.get(
        f"{world}/v2/schedules/default", headers=tenants.own.api_key | {"cal-api-version": "2024-06-11"}
    )
    assert read.json()["data"] is None
