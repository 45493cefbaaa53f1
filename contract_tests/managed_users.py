"""Managed users of single journeys, deleted at the end."""

from __future__ import annotations

from typing import Any

from contract_tests.clients import Client, Deployment, data, unique


class ManagedUser:
    """A managed user. `api` calls with the user's access token."""

    def __init__(self, deployment: Deployment, created: dict[str, Any]) -> None:
        self.id: int = created["user"]["id"]
        self.email: str = created["user"]["email"]
        self.access_token: str = created["accessToken"]
        self.api: Client = deployment.bearer(self.access_token)


class ManagedUsers:
    """Creates managed users of the deployment's OAuth client."""

    def __init__(self, deployment: Deployment, platform: Client) -> None:
        self._deployment = deployment
        self._platform = platform
        self._made: list[ManagedUser] = []
        self._path = f"/v2/oauth-clients/{deployment.client_id}/users"

    def new(self, **fields: Any) -> ManagedUser:
        """A new managed user."""
        body = {"email": f"{unique('user')}@example.com", "name": "Pat User", **fields}
        self._made.append(ManagedUser(self._deployment, data(self._platform.post(self._path, json=body), 201)))
        return self._made[-1]

    def remove_all(self) -> None:
        """Deletes all of them."""
        for user in self._made:
            self._platform.delete(f"{self._path}/{user.id}")
