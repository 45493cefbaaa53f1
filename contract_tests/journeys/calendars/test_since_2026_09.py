"""What is new in calendars in 2026-09: delegation credentials are read and deleted, and their secrets expire."""

from __future__ import annotations

import pytest

from contract_tests.clients import Client, data, error, unique
from contract_tests.nonexistent import NO_TEXT

pytestmark = [
    pytest.mark.since("2026-09"),
    pytest.mark.sandbox_only("a real deployment asks Google before it enables the credential"),
]

ACME = "/v2/organizations/1"
GOOGLE = {"private_key": "not-a-real-key", "client_email": "robot@acme.example", "client_id": "1"}
MICROSOFT = {"private_key": "not-a-real-key", "tenant_id": "t", "client_id": "app-1"}


def test_delegation_credentials_are_read_and_deleted(owner: Client, member: Client) -> None:
    place, domain = f"{ACME}/delegation-credentials", f"{unique('acme')}.example"
    body = {"workspacePlatformSlug": "google", "domain": domain, "serviceAccountKey": GOOGLE}
    made = data(owner.post(place, json=body), 201)
    [found] = data(owner.get(place, params={"domain": domain}))
    assert found == {**made, "serviceAccountClientId": "1"}
    assert data(owner.get(f"{place}/{made['id']}")) == found
    error(member.get(place), 403)
    assert "only supported for office365" in error(owner.post(f"{place}/{made['id']}/reset-rotation"), 400)["message"]
    error(owner.patch(f"{place}/{made['id']}", json={"optOutAutoSecretRotation": True}), 400)
    assert data(owner.delete(f"{place}/{made['id']}")) == made
    error(owner.get(f"{place}/{made['id']}"), 404)
    error(owner.delete(f"{place}/{NO_TEXT}"), 404)
    data(owner.post(place, json=body), 201)


def test_delegation_credentials_are_found_by_domain_and_page_by_page(owner: Client) -> None:
    place = f"{ACME}/delegation-credentials"
    domains = [f"{unique('acme')}.example" for _ in range(3)]
    body = {"workspacePlatformSlug": "google", "serviceAccountKey": GOOGLE}
    made = [data(owner.post(place, json={**body, "domain": domain}), 201)["id"] for domain in domains]
    for domain, number in zip(domains, made, strict=True):
        assert [each["id"] for each in data(owner.get(place, params={"domain": domain}))] == [number]
    assert data(owner.get(place, params={"domain": f"{unique('globex')}.example"})) == []
    whole = data(owner.get(place))
    assert {each["id"] for each in whole} >= set(made)
    for take, skip in ((3, 0), (2, 1), (1, len(whole) - 1)):
        assert data(owner.get(place, params={"take": take, "skip": skip})) == whole[skip : skip + take]
    for number in made:
        data(owner.delete(f"{place}/{number}"))


def test_the_secret_of_a_microsoft_application_expires(owner: Client) -> None:
    place = f"{ACME}/delegation-credentials"
    body = {"workspacePlatformSlug": "office365", "domain": f"{unique('acme')}.example", "serviceAccountKey": GOOGLE}
    error(owner.post(place, json=body), 400)
    body |= {"serviceAccountKey": MICROSOFT, "optOutAutoSecretRotation": True}
    made = data(owner.post(place, json=body), 201)
    assert (made["optOutAutoSecretRotation"], made["secretRotationBlocked"]) == (True, False)
    assert made["secret"]["expiresAt"] > made["createdAt"]
    found = data(owner.get(f"{place}/{made['id']}"))
    assert found == {**made, "serviceAccountClientId": MICROSOFT["client_id"]}
    assert data(owner.get(place, params={"domain": made["domain"]})) == [found]
    assert data(owner.post(f"{place}/{made['id']}/reset-rotation"))["secretRotationErrorCode"] is None
