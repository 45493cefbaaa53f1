"""Organizations that a platform organization manages for its customers."""

from __future__ import annotations

import pytest

from contract_tests.clients import Client, Deployment, data, error, unique
from contract_tests.editions import added_in
from contract_tests.refusals import check_refusal, foreign_managed_organization

pytestmark = pytest.mark.sandbox_only("a platform organization on the plan SCALE")

MANAGED = "/v2/organizations/1/organizations"


def test_a_managed_organization_from_creation_to_deletion(owner: Client) -> None:
    name = unique("Globex")
    created = data(owner.post(MANAGED, json={"name": name, "metadata": {"customer": "C-1007"}}), 201)
    assert created.pop("apiKey").startswith("cal_")
    address = f"{MANAGED}/{created['id']}"
    slug = added_in("2026-03", slug=name.lower())
    assert created == {"id": created["id"], "name": name, "metadata": {"customer": "C-1007"}, **slug}
    assert data(owner.get(address)) == created
    assert created in data(owner.get(MANAGED))

    renamed = data(owner.patch(address, json={"name": f"{name} International"}))
    assert renamed == {**created, "name": f"{name} International"}
    assert data(owner.delete(address)) == renamed
    check_refusal(owner.get(address), foreign_managed_organization(1, created["id"]))
    assert data(owner.get(MANAGED)) == []


def test_only_its_owner_has_rights_in_it(owner: Client, admin: Client) -> None:
    managed = data(owner.post(MANAGED, json={"name": unique("Globex")}), 201)
    assert data(owner.get(f"/v2/organizations/{managed['id']}/teams")) == []
    error(admin.get(f"/v2/organizations/{managed['id']}/teams"), 403)
    assert data(admin.get(f"{MANAGED}/{managed['id']}"))["name"] == managed["name"]


def test_a_key_is_valid_for_the_requested_days(deployment: Deployment, owner: Client) -> None:
    bodies = [{}, {"apiKeyDaysValid": 60}, {"apiKeyNeverExpires": True}]
    keys = [data(owner.post(MANAGED, json={"name": unique("Globex"), **body}), 201)["apiKey"] for body in bodies]
    clients = [deployment.bearer(key) for key in keys]
    expected = {29: [200, 200, 200], 32: [401, 200, 200], 62: [401, 401, 200]}
    passed = 0
    for day, statuses in expected.items():
        deployment.advance(days=day - passed)
        passed = day
        assert [each.get("/v2/me").status_code for each in clients] == statuses, f"after {day} days"


def test_a_key_cannot_both_expire_and_not(owner: Client) -> None:
    body = {"name": unique("Globex"), "apiKeyDaysValid": 10, "apiKeyNeverExpires": True}
    refusal = error(owner.post(MANAGED, json=body), 400)
    assert refusal["message"].startswith("ApiKeysService -Cannot set both")
    assert data(owner.get(MANAGED)) == []


def test_managed_organizations_of_others_are_refused(owner: Client) -> None:
    for unmanaged in (1, 99_999_999):
        check_refusal(owner.get(f"{MANAGED}/{unmanaged}"), foreign_managed_organization(1, unmanaged))


def test_organizations_below_a_managed_organization_outlive_it(owner: Client) -> None:
    managed = data(owner.post(MANAGED, json={"name": unique("Globex")}), 201)
    nested = data(owner.post(f"/v2/organizations/{managed['id']}/organizations", json={"name": "Initech"}), 201)
    data(owner.delete(f"{MANAGED}/{managed['id']}"))
    assert data(owner.get(f"/v2/organizations/{nested['id']}/teams")) == []
