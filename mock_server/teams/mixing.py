"""Teams and organizations of platform customers hold managed users only, and other ones none.

Source: Cal.com API v2, memberships.
"""

from __future__ import annotations

from mock_server.identity.model import MANAGED_USER_LINKS, OAUTH_CLIENTS, USERS
from mock_server.runtime.errors import BadRequest
from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS


def check_joins_team(tx: Transaction, user_id: int, team_id: int) -> None:
    """Raises BadRequest for a managed user and a team that no OAuth client made, and for the reverse."""
    client_id = tx[TEAMS].require(team_id).created_by_client_id
    _check(tx, user_id, "team", set() if client_id is None else {client_id})


def check_joins_organization(tx: Transaction, user_id: int, organization_id: int) -> None:
    """Raises BadRequest for a managed user and an organization without OAuth clients, and for the reverse."""
    clients = tx[OAUTH_CLIENTS].find(organization_id=organization_id)
    _check(tx, user_id, "organization", {client.id for client in clients})


def _check(tx: Transaction, user_id: int, kind: str, its_clients: set[str]) -> None:
    user = tx[USERS].get(user_id)
    if user is None or not tx.has("managed-users-kept-apart"):
        return
    refusal = f"Can't add user to {kind} - "
    if not user.is_platform_managed:
        if its_clients:
            raise BadRequest(
                f"{refusal}the user is not platform managed user but {kind} is platform managed. Both have to be "
                "created using OAuth credentials."
            )
        return
    if not its_clients:
        raise BadRequest(
            f"{refusal}the user is platform managed user but {kind} is not because {kind} probably was not created "
            "using OAuth credentials."
        )
    if its_clients.isdisjoint(link.client_id for link in tx[MANAGED_USER_LINKS].find(user_id=user.id)):
        raise BadRequest(f"{refusal}managed user and {kind} were created using different OAuth clients.")
