"""Delegation credentials of an organization.

Source: Cal.com API v2, delegation credentials. The sandbox accepts every service account.
"""

from __future__ import annotations

from typing import Any

from mock_server.calendars.connections import connections_of, reconcile_destination
from mock_server.calendars.model import DELEGATION_CREDENTIALS, WORKSPACE_PLATFORMS, DelegationCredential
from mock_server.calendars.views import delegation_credential_view
from mock_server.identity.model import PROFILES, USERS
from mock_server.runtime.call import Call
from mock_server.runtime.errors import NotFound, shared_library_error


def create_delegation_credential(call: Call) -> dict[str, object]:
    """Creates a disabled delegation credential. Refused where the domain is in use."""
    platform = call.tx[WORKSPACE_PLATFORMS].first(slug=call.body["workspacePlatformSlug"])
    if platform is None:
        raise shared_library_error("NOT_FOUND")
    organization_id, domain = call.path_number("orgId"), call.body["domain"]
    for other in call.tx[DELEGATION_CREDENTIALS].find(domain=domain):
        if other.enabled or other.organization_id == organization_id:
            raise shared_library_error("BAD_REQUEST", hint=f"There is a delegation credential for {domain} already.")
    row = DelegationCredential(
        id=call.identifiers.uuid4(),
        workspace_platform_id=platform.id,
        organization_id=organization_id,
        domain=domain,
        service_account_key=call.body["serviceAccountKey"],
        created_at=call.now,
        updated_at=call.now,
    )
    return delegation_credential_view(call.tx[DELEGATION_CREDENTIALS].insert(row), platform)


def update_delegation_credential(call: Call) -> dict[str, object]:
    """Enables or disables it, or replaces its service account. Returns the previous `updatedAt`, like the live API."""
    credential_id = str(call.path["credentialId"])
    before = call.tx[DELEGATION_CREDENTIALS].get(credential_id)
    if before is None or before.organization_id != call.path_number("orgId"):
        raise NotFound(f"DelegationCredential with id {credential_id} not found")
    fields: dict[str, Any] = {}
    if call.body.get("serviceAccountKey") is not None:
        fields["service_account_key"] = call.body["serviceAccountKey"]
        if call.has("new-keys-disable-delegation"):
            fields["enabled"] = False
    if call.body.get("enabled") is not None:
        fields["enabled"] = call.body["enabled"]
    after = before
    if fields:
        after = call.tx[DELEGATION_CREDENTIALS].update(before.id, updated_at=call.now, **fields)
    if after.enabled and not before.enabled:
        _reconcile_members(call, after)
    platform = call.tx[WORKSPACE_PLATFORMS].require(before.workspace_platform_id)
    return delegation_credential_view(before.changed(enabled=after.enabled), platform)


def _reconcile_members(call: Call, delegation: DelegationCredential) -> None:
    """Reconciles the destination calendars of the organization's members in the domain."""
    for profile in call.tx[PROFILES].find(organization_id=delegation.organization_id):
        user = call.tx[USERS].require(profile.user_id)
        if user.email.endswith(f"@{delegation.domain}"):
            reconcile_destination(call.tx, user, connections_of(call.tx, user))
