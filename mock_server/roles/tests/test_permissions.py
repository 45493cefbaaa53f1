"""Which permissions there are, and what a role's permissions include."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.roles.permissions import (
    ORGANIZATION_PERMISSIONS,
    PERMISSIONS,
    TEAM_PERMISSIONS,
    check_permissions,
    check_resource_and_action,
    grants,
)
from mock_server.roles.system_roles import SYSTEM_ROLES
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.errors import BadRequest
from mock_server.state.edition import NEWEST
from mock_server.teams.model import ROLE_RANK


@pytest.mark.parametrize(
    ("held", "permission", "expected"),
    [
        (["eventType.read"], "eventType.read", True),
        (["eventType.read"], "eventType.update", False),
        (["eventType.update"], "eventType.read", False),
        (["*.*"], "ooo.create", True),
        (["*.read"], "organization.attributes.read", True),
        (["*.read"], "organization.attributes.update", False),
        (["organization.*"], "organization.update", True),
        (["organization.*"], "organization.attributes.update", False),
        (["organization.attributes.*"], "organization.attributes.update", True),
        ([], "role.read", False),
    ],
)
def test_a_permission_includes_those_that_its_wildcards_match(held: list[str], permission: str, expected: bool) -> None:
    assert grants(held, permission) is expected


@pytest.mark.parametrize(
    ("value", "shown"), [("team.create", "team.create"), (5, "5"), (None, "null"), ({}, "[object Object]"), ([], "")]
)
def test_the_refusal_of_a_permission_shows_it_as_text(value: Any, shown: str) -> None:
    with pytest.raises(BadRequest, match=rf"^Permission '{shown.replace('[', '.')}' must be a valid permission string"):
        check_permissions(["role.read", value], TEAM_PERMISSIONS)


@pytest.mark.parametrize("name", ["availability.invite", "organization.attributes.override", "watchlist.read"])
def test_any_known_resource_goes_with_any_known_action(name: str) -> None:
    check_resource_and_action(name)


@pytest.mark.parametrize("name", ["nope", "role.fly", "nope.read", "", ".", "role."])
def test_unknown_resources_and_actions_are_refused(name: str) -> None:
    with pytest.raises(BadRequest):
        check_resource_and_action(name)


@pytest.mark.parametrize(
    ("component", "names"),
    [
        ("Permission", PERMISSIONS),
        ("OrganizationPermission", ORGANIZATION_PERMISSIONS),
        ("TeamPermission", TEAM_PERMISSIONS),
    ],
)
def test_the_description_lists_the_same_permissions(component: str, names: tuple[str, ...]) -> None:
    schemas = load_bundle(edition=NEWEST)["components"]["schemas"]
    assert sorted(schemas[component]["enum"]) == sorted(names)


def test_every_rank_has_a_system_role_with_known_permissions() -> None:
    assert set(SYSTEM_ROLES) == {f"{rank.lower()}_role" for rank in ROLE_RANK}
    for role in SYSTEM_ROLES.values():
        assert set(role.permissions) <= set(PERMISSIONS)
