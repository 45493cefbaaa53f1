"""Delegation credentials: they give all users of a domain a calendar."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import Client, data, error, unique
from contract_tests.editions import is_since
from contract_tests.journeys.calendars.calendar_helpers import connections, destination, selected
from contract_tests.managed_users import ManagedUser, ManagedUsers

GOOGLE_KEY = {"private_key": "not-a-key", "client_email": "robot@project.example", "client_id": "1122334455"}
CREDENTIALS = "/v2/organizations/1/delegation-credentials"

pytestmark = pytest.mark.sandbox_only("a real deployment asks Google before it enables the credential")


def create(client: Client, domain: str, platform: str = "google") -> dict[str, Any]:
    body = {"workspacePlatformSlug": platform, "domain": domain, "serviceAccountKey": GOOGLE_KEY}
    return data(client.post(CREDENTIALS, json=body), 201)


def switch(client: Client, credential: dict[str, Any], enabled: bool) -> dict[str, Any]:
    return data(client.patch(f"{CREDENTIALS}/{credential['id']}", json={"enabled": enabled}))


@pytest.fixture
def domain() -> str:
    return f"{unique('corp')}.example.org"


@pytest.fixture
def employee(managed_users: ManagedUsers, domain: str) -> ManagedUser:
    return managed_users.new(email=f"jane@{domain}")


def test_a_delegation_credential_is_created_enabled_and_disabled(
    owner: Client, employee: ManagedUser, domain: str
) -> None:
    credential = create(owner, domain)
    assert credential["enabled"] is False
    assert connections(employee.api) == []

    assert switch(owner, credential, True)["updatedAt"] == credential["updatedAt"]
    # What was not sent is as it was.
    assert data(owner.patch(f"{CREDENTIALS}/{credential['id']}", json={}))["enabled"] is True
    [connection] = connections(employee.api)
    assert (connection["credentialId"], connection["delegationCredentialId"]) == (-1, credential["id"])
    mailbox = connection["primary"]
    assert mailbox["externalId"] == employee.email
    assert destination(employee.api)["delegationCredentialId"] == credential["id"]

    chosen = {"integration": mailbox["integration"], "externalId": mailbox["externalId"]}
    delegated = {"delegationCredentialId": credential["id"]}
    refusal = error(employee.api.put("/v2/destination-calendars", json=chosen), 400)
    assert refusal["message"] == "Invalid input: The referenced data does not exist."
    assert data(employee.api.put("/v2/destination-calendars", json=chosen | delegated))["credentialId"] is None
    selection = {**chosen, "credentialId": -1, **delegated}
    assert data(employee.api.post("/v2/selected-calendars", json=selection), 201)["credentialId"] is None
    assert selected(employee.api) == [employee.email]

    data(employee.api.post("/v2/conferencing/google-meet/default"))
    assert data(employee.api.get("/v2/conferencing/default")) == {"appSlug": "google-meet"}
    assert data(employee.api.get("/v2/conferencing")) == []

    assert switch(owner, credential, False)["enabled"] is False
    assert connections(employee.api) == []
    assert destination(employee.api) == {}


def test_users_of_other_domains_are_not_affected(owner: Client, managed_users: ManagedUsers, domain: str) -> None:
    subdomain = managed_users.new(email=f"joe@mail.{domain}")
    switch(owner, create(owner, domain), True)
    assert connections(subdomain.api) == []


def test_a_delegated_account_replaces_the_users_own_connection(
    owner: Client, employee: ManagedUser, domain: str
) -> None:
    state = f"accessToken={employee.access_token}&origin=https://client.example.com&redir=&isDryRun=false"
    saved = employee.api.get("/v2/calendars/google/save", params={"state": state, "code": "code"})
    assert saved.status_code == 301
    [own] = connections(employee.api)
    credential = create(owner, domain)
    switch(owner, credential, True)
    [delegated] = connections(employee.api)
    assert delegated["delegationCredentialId"] == credential["id"]
    assert delegated["primary"]["externalId"] == own["primary"]["externalId"]


def test_a_key_with_a_client_email_is_a_google_key(owner: Client, domain: str) -> None:
    microsoft = {"private_key": "not-a-key", "tenant_id": "a tenant", "client_id": "an application"}
    body = {"workspacePlatformSlug": "office365", "domain": domain, "serviceAccountKey": microsoft}
    data(owner.post(CREDENTIALS, json=body), 201)
    mixed = body | {"domain": f"other.{domain}", "serviceAccountKey": microsoft | {"client_email": ""}}
    [failure] = error(owner.post(CREDENTIALS, json=mixed), 400)["details"]["errors"]
    assert failure["property"] == "serviceAccountKey"


def test_a_domain_has_one_delegation_credential(owner: Client, domain: str) -> None:
    create(owner, domain)
    body = {"workspacePlatformSlug": "office365", "domain": domain, "serviceAccountKey": GOOGLE_KEY}
    assert error(owner.post(CREDENTIALS, json=body), 400)["code"] == "TRPCError"


def test_an_unknown_workspace_is_refused(owner: Client, domain: str) -> None:
    body = {"workspacePlatformSlug": "lotus", "domain": domain, "serviceAccountKey": GOOGLE_KEY}
    reply = owner.post(CREDENTIALS, json=body)
    if is_since("2026-09"):
        [failure] = error(reply, 400)["details"]["errors"]
        assert failure["property"] == "workspacePlatformSlug"
    else:
        assert error(reply, 404)["message"] == "The requested resource was not found"
    message = error(owner.patch(f"{CREDENTIALS}/nothing", json={"enabled": True}), 404)["message"]
    assert message == "DelegationCredential with id nothing not found"
