"""Tells organizations that a calendar could not be read with their delegation credential.

Source: Cal.com API v2, webhooks: DELEGATION_CREDENTIAL_ERROR.
"""

from __future__ import annotations

from collections.abc import Iterable

from mock_server.calendars.connections import Connection
from mock_server.calendars.model import DELEGATION_CREDENTIALS
from mock_server.identity.model import User
from mock_server.identity.profiles import main_organization_id
from mock_server.state.transaction import Transaction
from mock_server.webhooks.events import Audience, emit
from mock_server.webhooks.payloads import DelegationCredentialError

_ERROR_TYPE = "CalendarAppDelegationCredentialError"


def emit_delegation_errors(tx: Transaction, user: User, connections: Iterable[Connection]) -> None:
    """DELEGATION_CREDENTIAL_ERROR for each of the user's delegated connections whose service fails."""
    for connection in connections:
        delegation = tx[DELEGATION_CREDENTIALS].get(connection.delegation_credential_id)
        if delegation is not None and connection.error is not None:
            payload: DelegationCredentialError = {
                "error": {"type": _ERROR_TYPE, "message": connection.error},
                "credential": {
                    "id": connection.credential_id,
                    "type": connection.integration.type,
                    "appId": connection.integration.slug,
                    "delegationCredentialId": delegation.id,
                },
                "user": {"id": user.id, "email": user.email, "organizationId": main_organization_id(tx, user)},
            }
            emit(tx, "DELEGATION_CREDENTIAL_ERROR", payload, Audience(team_ids=(delegation.organization_id,)))
