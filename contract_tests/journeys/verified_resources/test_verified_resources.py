"""Verified e-mail addresses and telephone numbers, of a user, a team, and a team of an organization."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle
from typing import Any

import httpx
import pytest

from contract_tests.clients import Client, Deployment, data, error, unique
from contract_tests.managed_users import ManagedUser, ManagedUsers
from contract_tests.nonexistent import NO_NUMBER

pytestmark = pytest.mark.since("2026-03")

REFUSALS = {
    "email": ("TRPCError", "Bad request: Please check your request data and try again"),
    "phone": ("BadRequestException", "Could not verify phone number."),
}
NUMBERS = cycle(f"+1 415 555 {number:04d}" for number in range(100, 200))
"""Numbers that are reserved for fiction."""


@dataclass
class Place:
    """One of the three places of a kind of resource, and a user who may verify there."""

    deployment: Deployment
    user: ManagedUser
    kind: str
    owner: str
    team_id: int | None = None

    @property
    def path(self) -> str:
        """The path of the list."""
        return self.owner + {"email": "/verified-resources/emails", "phone": "/verified-resources/phones"}[self.kind]

    @property
    def field(self) -> str:
        """The name of the address in replies."""
        return {"email": "email", "phone": "phoneNumber"}[self.kind]

    def address(self) -> str:
        """A new address."""
        return f"{unique('verify')}@example.com" if self.kind == "email" else next(NUMBERS)

    def request(self, address: str) -> httpx.Response:
        """Requests a code."""
        return self.user.api.post(f"{self.path}/verification-code/request", json={self.kind: address})

    def verify(self, address: str, code: str) -> httpx.Response:
        """Uses a code."""
        body = {self.kind: address, "code": code}
        return self.user.api.post(f"{self.path}/verification-code/verify", json=body)

    def messages(self, address: str) -> list[dict[str, Any]]:
        """What was sent to an address, newest first."""
        return self.deployment.control("GET", "outbox", params={"to": address}).json()["data"]

    def code(self, address: str) -> str:
        """Requests a code, and reads it from the outbox."""
        assert self.request(address).json() == {"status": "success"}, "the code is not in the reply"
        return self.messages(address)[0]["code"]

    def verified(self) -> dict[str, Any]:
        """A new address that has been verified."""
        address = self.address()
        return data(self.verify(address, self.code(address)))


@pytest.fixture(params=["email", "phone"])
def kind(request: pytest.FixtureRequest) -> str:
    """E-mail addresses or telephone numbers."""
    return request.param


@pytest.fixture(params=["user", "team", "organization-team"])
def place(request: pytest.FixtureRequest, deployment: Deployment, managed_users: ManagedUsers, kind: str) -> Place:
    """Each of the places, with a user who administrates it."""
    user = managed_users.new()
    if request.param == "user":
        return Place(deployment, user, kind, "/v2")
    if request.param == "team":
        team = data(user.api.post("/v2/teams", json={"name": unique("team")}), 201)["id"]
        return Place(deployment, user, kind, f"/v2/teams/{team}", team)
    path = new_team(request.getfixturevalue("platform"), request.getfixturevalue("organization"), user, "ADMIN")
    return Place(deployment, user, kind, path, int(path.rpartition("/")[2]))


def new_team(platform: Client, organization: str, user: ManagedUser, role: str) -> str:
    """The path of a new team of the organization with a managed user in a role."""
    team = data(platform.post(f"{organization}/teams", json={"name": unique("team")}), 201)["id"]
    path = f"{organization}/teams/{team}"
    data(platform.post(f"{path}/memberships", json={"userId": user.id, "accepted": True, "role": role}), 201)
    return path


@pytest.mark.sandbox_only("reads the sandbox's outbox")
def test_an_address_is_verified_with_the_code_that_was_sent_to_it(place: Place) -> None:
    address = place.address()
    code = place.code(address)
    [message] = place.messages(address)
    assert (message["kind"], message["channel"]) == ("verificationCode", "email" if place.kind == "email" else "sms")
    assert code in message["text"]
    assert message["about"] == {"userId": place.user.id, "teamId": place.team_id}
    wrong = error(place.verify(address, f"{(int(code) + 1) % 10**6:06d}"), 400)
    assert (wrong["code"], wrong["message"]) == REFUSALS[place.kind]
    assert data(place.user.api.get(place.path)) == []
    made = data(place.verify(address, code))
    assert made == {"id": made["id"], "userId": place.user.id, "teamId": place.team_id, place.field: address}
    assert data(place.user.api.get(f"{place.path}/{made['id']}")) == made


@pytest.mark.sandbox_only("reads the sandbox's outbox")
def test_a_code_verifies_its_own_address_only(place: Place) -> None:
    code, other = place.code(place.address()), place.address()
    while code == place.code(other):
        other = place.address()
    error(place.verify(other, code), 400)


@pytest.mark.sandbox_only("reads the sandbox's outbox")
def test_a_code_is_good_for_a_quarter_of_an_hour_and_not_for_two(place: Place) -> None:
    address = place.address()
    code = place.code(address)
    place.deployment.advance(minutes=14)
    assert data(place.verify(address, code))[place.field] == address
    place.deployment.advance(minutes=17)
    error(place.verify(address, code), 400)


@pytest.mark.sandbox_only("reads the sandbox's outbox")
def test_each_use_of_a_code_adds_an_entry_and_shows_the_oldest(place: Place) -> None:
    address = place.address()
    code = place.code(address)
    first = data(place.verify(address, code))
    assert data(place.verify(address, code)) == first
    other = place.verified()
    assert [each[place.field] for each in data(place.user.api.get(place.path))] == [
        address,
        address,
        other[place.field],
    ]
    whole = data(place.user.api.get(place.path))
    for take, skip in ((1, 2), (2, 1), (250, 1), (1, 0)):
        assert data(place.user.api.get(place.path, params={"take": take, "skip": skip})) == whole[skip : skip + take]
    error(place.user.api.get(place.path, params={"take": 251}), 400)


def test_an_unknown_id_is_answered_with_null(place: Place) -> None:
    for number in (NO_NUMBER, 1):
        assert place.user.api.get(f"{place.path}/{number}").json() == {"status": "success", "data": None}
    error(place.user.api.get(f"{place.path}/first"), 400)


def test_invalid_addresses_and_codes_are_refused(place: Place) -> None:
    for address in ("", "call me", "5550100", "a@b", None, 1):
        assert place.kind in str(error(place.user.api.post(f"{place.path}/verification-code/request",
                                                           json={place.kind: address}), 400))  # fmt: skip
    for code in (None, 123456):
        body = {place.kind: place.address(), "code": code}
        assert "code" in str(error(place.user.api.post(f"{place.path}/verification-code/verify", json=body), 400))


def test_the_paths_exist_in_the_oldest_version_only(place: Place) -> None:
    data(place.user.api.get(place.path, v="2024-04-15"))
    data(place.user.api.get(place.path, v="unknown"))
    assert error(place.user.api.get(place.path, v="2024-08-13"), 404)["message"] == f"Cannot GET {place.path}"


def test_members_and_strangers_of_a_team_are_refused(
    deployment: Deployment, platform: Client, organization: str, managed_users: ManagedUsers, kind: str
) -> None:
    user, stranger = managed_users.new(), managed_users.new()
    path = new_team(platform, organization, user, "MEMBER")
    team = int(path.rpartition("/")[2])
    for someone in (user, stranger):
        for owner in (path, f"/v2/teams/{team}"):
            place = Place(deployment, someone, kind, owner, team)
            error(place.request(place.address()), 403)
            error(place.verify(place.address(), "123456"), 403)
            error(someone.api.get(place.path), 403)
            error(someone.api.get(f"{place.path}/1"), 403)


@pytest.mark.sandbox_only("reads the sandbox's outbox")
def test_a_user_sees_what_was_verified_for_teams_as_long_as_they_exist(
    deployment: Deployment, managed_users: ManagedUsers, kind: str
) -> None:
    user, other = managed_users.new(), managed_users.new()
    team = data(user.api.post("/v2/teams", json={"name": unique("team")}), 201)["id"]
    data(user.api.post(f"/v2/teams/{team}/memberships", json={"userId": 1, "accepted": True, "role": "ADMIN"}), 201)
    of_team, of_user = (Place(deployment, user, kind, owner, team) for owner in (f"/v2/teams/{team}", "/v2"))
    shared, own = of_team.verified(), of_user.verified()
    assert data(user.api.get(of_user.path)) == [shared, own]
    assert data(deployment.user("owner").get(of_team.path)) == [shared], "it does not matter who verified it"
    assert data(other.api.get(of_user.path)) == []
    assert data(other.api.get(f"{of_user.path}/{own['id']}")) is None
    data(user.api.delete(f"/v2/teams/{team}"))
    assert data(user.api.get(of_user.path)) == [own]


def test_a_team_of_its_own_is_no_team_of_the_organization(owner: Client, organization: str) -> None:
    team = data(owner.post("/v2/teams", json={"name": unique("team")}), 201)["id"]
    path = f"{organization}/teams/{team}/verified-resources/emails"
    assert error(owner.get(path), 404)["message"] == f"IsTeamInOrg - Team ({team}) not found."
