"""Access that depends on state which no operation changes: billing plans, settings, pending memberships, roles."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.catalogue import catalogue
from contract_tests.clients import Client, Deployment, data
from contract_tests.journeys.identity.test_access_rules import PASSES, outcome
from contract_tests.refusals import (
    Refusal,
    guarded,
    low_plan,
    no_client_found,
    unauthorized,
    unknown_key,
    unknown_token,
)

STATE = pytest.mark.sandbox_only("the whole state")
OPERATIONS = pytest.mark.sandbox_only("asks the sandbox which operations it serves")


@OPERATIONS
def test_the_sandbox_serves_the_described_operations(deployment: Deployment) -> None:
    served = deployment.anonymous().get("/openapi.json").json()["paths"]
    names = [operation["operationId"] for item in served.values() for operation in item.values()]
    assert sorted(names) == sorted(catalogue().operations)
    assert len(names) == deployment.control("GET", "health").json()["operations"]


@OPERATIONS
@pytest.mark.parametrize("area", sorted({operation.area for operation in catalogue()}))
def test_every_operation_refuses_bad_credentials(deployment: Deployment, area: str) -> None:
    """Public operations refuse unknown keys only."""
    description = deployment.anonymous().get("/openapi.json").json()
    refusals = {deployment.bearer("cal_nothing"): "an unknown key", deployment.bearer("nothing"): "an unknown token"}
    for path, item in description["paths"].items():
        for method, operation in item.items():
            if catalogue().operations[operation["operationId"]].area != area:
                continue
            rules = [rule if isinstance(rule, str) else next(iter(rule)) for rule in operation["x-access"]]
            parameters = [resolved(description, each) for each in operation["parameters"]]
            url = path
            for each in parameters:
                if each["in"] == "path":
                    url = url.replace(f"{{{each['name']}}}", str(each["example"]))
            version = next((each["example"] for each in parameters if each["name"] == "cal-api-version"), None)
            for client, name in refusals.items():
                reply = client.request(method, url, v=version)
                is_key = name == "an unknown key"
                refusal = (
                    expected_of_an_unknown_key(operation, rules) if is_key else expected_of_an_unknown_token(rules)
                )
                if refusal is not None:
                    assert outcome(reply, 200) == refusal, f"{method} {url} with {name}"
                else:
                    assert reply.status_code not in (401, 403), f"{method} {url} with {name}: {reply.text}"


def resolved(description: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """The target of a reference in the description."""
    while "$ref" in node:
        _, _, kind, name = node["$ref"].split("/")
        node = description["components"][kind][name]
    return node


def expected_of_an_unknown_key(operation: dict[str, Any], rules: list[str]) -> Refusal | None:
    """The refusal of the rate limiter; where an operation has a limit of its own, that of the authentication."""
    if "x-rate-limit" not in operation:
        return unknown_key()
    return unauthorized("Your api key is not valid", "api key") if authenticates(rules) else None


def expected_of_an_unknown_token(rules: list[str]) -> Refusal | None:
    """The first rule to refuse it: the permissions, or the authentication."""
    if not authenticates(rules):
        return None
    return no_client_found("access token=nothing") if rules[0] == "permissions" else unknown_token()


def authenticates(rules: list[str]) -> bool:
    """Whether an operation looks at credentials."""
    return "authenticated" in rules or "optional-authentication" in rules


class Storage:
    """The sandbox's state, changed where no operation can."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    def change(self, collection: str, **fields: Any) -> None:
        """Sets fields of all rows of a collection."""
        snapshot = self._deployment.control("GET", "snapshot").json()
        for row in snapshot["collections"][collection]:
            row.update(fields)
        self._deployment.control("PUT", "snapshot", json=snapshot)

    def clear(self, collection: str) -> None:
        """Removes all rows of a collection."""
        snapshot = self._deployment.control("GET", "snapshot").json()
        snapshot["collections"][collection] = []
        self._deployment.control("PUT", "snapshot", json=snapshot)


@pytest.fixture
def storage(deployment: Deployment) -> Storage:
    """The sandbox's state."""
    return Storage(deployment)


@STATE
@pytest.mark.parametrize("plan", ["none", "FREE", "STARTER", "ESSENTIALS", "SCALE", "ENTERPRISE"])
def test_a_platform_needs_the_plan_of_the_operation(owner: Client, storage: Storage, plan: str) -> None:
    storage.change("platform_billings", plan=plan)
    for path, enough in (
        ("teams", ("ESSENTIALS", "SCALE", "ENTERPRISE")),
        ("organizations", ("SCALE", "ENTERPRISE")),
    ):
        found = outcome(owner.get(f"/v2/organizations/1/{path}"), 200)
        assert found == (PASSES if plan in enough else low_plan(1, enough[0], plan))


@STATE
def test_a_platform_needs_a_subscription(owner: Client, storage: Storage) -> None:
    storage.change("platform_billings", subscription_id=None)
    assert outcome(owner.get("/v2/organizations/1/teams"), 200) == low_plan(1, "ESSENTIALS", None)
    body: dict[str, Any] = {"name": "Client", "redirectUris": [], "permissions": []}
    assert outcome(owner.post("/v2/oauth-clients", json=body), 201) == (
        400,
        "Team is not subscribed to platform plan, cannot create an OAuth Client.",
    )


@STATE
def test_organizations_that_are_no_platform_need_settings_instead_of_a_plan(owner: Client, storage: Storage) -> None:
    storage.change("teams", is_platform=False)
    storage.clear("platform_billings")
    storage.change("organization_settings", is_admin_api_enabled=False)
    data(owner.get("/v2/organizations/1/teams"))
    storage.clear("organization_settings")
    refusal = "Organization does not have Admin API access, please contact https://cal.com/sales to upgrade"
    assert outcome(owner.get("/v2/organizations/1/teams"), 200) == guarded("IsAdminAPIEnabledGuard", refusal)
    assert outcome(owner.get("/v2/oauth-clients"), 200) == (
        403,
        "OrganizationRolesGuard - Organization is not a platform (SHP).",
    )


@STATE
def test_pending_memberships_count_except_for_oauth_clients(owner: Client, storage: Storage) -> None:
    storage.change("memberships", accepted=False)
    data(owner.get("/v2/organizations/1/teams"))
    assert outcome(owner.get("/v2/oauth-clients"), 200) == (
        403,
        "OrganizationRolesGuard - User has not accepted membership in the organization.",
    )
    for collection in ("memberships", "hosts"):
        storage.clear(collection)
    reply = owner.get("/v2/oauth-clients")
    assert reply.status_code == 404
    assert reply.json()["error"] == {
        "code": "NOT_FOUND",
        "message": "Invalid Query: The requested record was not found.",
    }


@STATE
def test_a_personal_key_reaches_clients_by_id_only(owner: Client, storage: Storage) -> None:
    storage.change("api_keys", team_id=None)
    missing = (401, "GetOrgId decorator: Organization ID not found")
    assert outcome(owner.get("/v2/oauth-clients"), 200) == missing
    assert outcome(owner.post("/v2/oauth-clients", json={}), 201) == missing
    data(owner.get("/v2/oauth-clients/sandbox-client"))
    data(owner.get("/v2/oauth-clients/sandbox-client/users"))


@STATE
def test_system_administrators_pass_every_role(solo: Client, storage: Storage) -> None:
    storage.change("users", role="ADMIN")
    data(solo.get("/v2/organizations/1/teams"))
    data(solo.get("/v2/teams/2"))
