"""OAuth clients and managed users of single journeys, deleted at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contract_tests.clients import Client, Deployment, data, unique


class ManagedUser:
    """A managed user. `api` calls with the user's access token."""

    def __init__(self, deployment: Deployment, created: dict[str, Any]) -> None:
        self.fields = created["user"]
        self.id = created["user"]["id"]
        self.access_token = created["accessToken"]
        self.refresh_token = created["refreshToken"]
        self.created = created
        self.api = deployment.bearer(self.access_token)


class OAuthClient:
    """An OAuth client. `api` calls with its credentials, which act as the owner of the platform."""

    def __init__(self, deployment: Deployment, client_id: str, secret: str) -> None:
        self._deployment = deployment
        self.id = client_id
        self.secret = secret
        self.users = f"/v2/oauth-clients/{client_id}/users"
        self.api = deployment.client_credentials(client_id, secret)
        self.made: list[int] = []

    def user(self, **fields: Any) -> ManagedUser:
        """A new managed user."""
        body = {"email": f"{unique('user')}@example.com", "name": "Pat User", **fields}
        created = ManagedUser(self._deployment, data(self.api.post(self.users, json=body), 201))
        self.made.append(created.id)
        return created

    def refresh(self, token: str) -> Any:
        """The reply to refreshing with a token."""
        return self.api.post(f"/v2/oauth/{self.id}/refresh", json={"refreshToken": token})

    def force_refresh(self, user: ManagedUser) -> Any:
        """The reply to a forced refresh of a user's tokens."""
        return self.api.post(f"{self.users}/{user.id}/force-refresh")


MakeClient = Callable[..., OAuthClient]


@pytest.fixture
def make_client(deployment: Deployment, platform: Client) -> Iterator[MakeClient]:
    """Makes OAuth clients in the organization of the given credentials."""
    made: list[OAuthClient] = []

    def make(**fields: Any) -> OAuthClient:
        body = {"name": unique("client"), "redirectUris": ["https://app.example.org"], "permissions": ["*"], **fields}
        created = data(platform.post("/v2/oauth-clients", json=body), 201)
        made.append(OAuthClient(deployment, created["clientId"], created["clientSecret"]))
        return made[-1]

    yield make
    for client in made:
        for user_id in client.made:
            client.api.delete(f"{client.users}/{user_id}")
        client.api.delete(f"/v2/oauth-clients/{client.id}")


@pytest.fixture
def client(request: pytest.FixtureRequest, deployment: Deployment) -> Iterator[OAuthClient]:
    """An OAuth client with all permissions: a new one on the sandbox, on a deployment the one that it is given."""
    if deployment.is_sandbox:
        yield request.getfixturevalue("make_client")()
        return
    if deployment.client_id is None or deployment.client_secret is None:
        pytest.skip("there are no OAuth client credentials")
    given = OAuthClient(deployment, deployment.client_id, deployment.client_secret)
    yield given
    for user_id in given.made:
        given.api.delete(f"{given.users}/{user_id}")
