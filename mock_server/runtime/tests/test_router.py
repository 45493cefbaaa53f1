"""Paths find their operation by segments, as Express reads them."""

from __future__ import annotations

import pytest

from mock_server.runtime.errors import BadRequest
from mock_server.runtime.router import Router


@pytest.fixture
def router() -> Router[str]:
    router: Router[str] = Router()
    for method, template in (
        ("GET", "/v2/teams"),
        ("POST", "/v2/teams"),
        ("GET", "/v2/teams/{teamId}"),
        ("GET", "/v2/teams/me"),
        ("GET", "/v2/teams/{teamId}/users/{userId}"),
        ("DELETE", "/v2/teams/{id}/users"),
        ("PUT", "/v2/teams/me/users"),
    ):
        router.add(method, template, f"{method} {template}")
    return router


@pytest.mark.parametrize(
    ("method", "path", "target", "values"),
    [
        ("GET", "/v2/teams", "GET /v2/teams", {}),
        ("POST", "/v2/teams", "POST /v2/teams", {}),
        ("GET", "/v2/teams/12", "GET /v2/teams/{teamId}", {"teamId": "12"}),
        ("GET", "/v2/teams/me", "GET /v2/teams/me", {}),
        ("GET", "/v2/teams/1/users/2", "GET /v2/teams/{teamId}/users/{userId}", {"teamId": "1", "userId": "2"}),
        # Each method keeps its own names for the parameters of a path.
        ("DELETE", "/v2/teams/1/users", "DELETE /v2/teams/{id}/users", {"id": "1"}),
        # A literal segment wins where the method is there; else the parameter takes it.
        ("PUT", "/v2/teams/me/users", "PUT /v2/teams/me/users", {}),
        ("DELETE", "/v2/teams/me/users", "DELETE /v2/teams/{id}/users", {"id": "me"}),
    ],
)
def test_found(router: Router[str], method: str, path: str, target: str, values: dict[str, str]) -> None:
    assert router.find(method, path) == (target, values)


@pytest.mark.parametrize("path", ["/v2/Teams", "/V2/TEAMS", "/v2/teams/", "/V2/teams/"])
def test_case_and_one_trailing_slash_do_not_matter(router: Router[str], path: str) -> None:
    assert router.find("GET", path) == ("GET /v2/teams", {})


def test_parameters_keep_their_case(router: Router[str]) -> None:
    assert router.find("GET", "/V2/TEAMS/AbC") == ("GET /v2/teams/{teamId}", {"teamId": "AbC"})


@pytest.mark.parametrize(
    "path",
    ["/", "", "/v2", "/v2/team", "/v2/teams//", "//v2/teams", "/v2/teams//users", "/v2/teams/1/users/2/3", "/v1/teams"],
)
def test_not_found(router: Router[str], path: str) -> None:
    assert router.find("GET", path) is None


def test_another_method_is_not_found(router: Router[str]) -> None:
    assert router.find("PATCH", "/v2/teams") is None


@pytest.mark.parametrize(
    ("segment", "value"),
    [("%41", "A"), ("a%2Fb", "a/b"), ("a%20b", "a b"), ("a+b", "a+b"), ("%C3%A9", "é"), ("%25", "%"), ("%00", "\0")],
)
def test_parameters_are_percent_decoded(router: Router[str], segment: str, value: str) -> None:
    assert router.find("GET", f"/v2/teams/{segment}") == ("GET /v2/teams/{teamId}", {"teamId": value})


@pytest.mark.parametrize("segment", ["%", "%4", "%zz", "a%", "%%41", "%FF", "%C3", "%C3%28", "%ED%A0%80"])
def test_malformed_percent_encoding_is_refused(router: Router[str], segment: str) -> None:
    with pytest.raises(BadRequest, match="Failed to decode param") as refusal:
        router.find("GET", f"/v2/teams/{segment}")
    assert refusal.value.message == f"Failed to decode param '{segment}'"


def test_malformed_encoding_on_a_path_that_does_not_exist_is_not_found(router: Router[str]) -> None:
    assert router.find("GET", "/v2/nothing/%zz") is None


def test_a_very_long_path_is_not_found_quickly(router: Router[str]) -> None:
    assert router.find("GET", "/v2/teams" + "/me" * 50_000) is None
