"""Delegation credentials of an organization.

Source: Cal.com API v2, delegation credentials. The sandbox accepts every service account.
"""

from __future__ import annotations

from typing import Any

from mock_server.calendars.connections import connections_of, reconcile_destination
from mock_server.calendars.hints import delegation_exists
from mock_server.calendars.model import (
    DELEGATION_CREDENTIALS,
    MICROSOFT,
    WORKSPACE_PLATFORMS,
    DelegationCredential,
    WorkspacePlatform,
)
from mock_server.calendars.secret_rotation import drop_rotation, fresh_secret, schedule_rotation
from mock_server.calendars.views import delegation_credential_view, found_delegation_credential_view
from mock_server.identity.model import PROFILES, USERS
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest, NotFound, shared_library_error

ONLY_MICROSOFT = "{} is only supported for office365 delegation credentials."


def create_delegation_credential(call: Call) -> dict[str, object]:
    """Creates a disabled delegation credential. Refused where the domain is in use."""
    platform = call.tx[WORKSPACE_PLATFORMS].first(slug=call.body["workspacePlatformSlug"])
    if platform is None:
        raise shared_library_error("NOT_FOUND")
    organization_id, domain = call.path_number("orgId"), call.body["domain"]
    for other in call.tx[DELEGATION_CREDENTIALS].find(domain=domain):
        if other.enabled or other.organization_id == organization_id:
            raise shared_library_error("BAD_REQUEST", hint=delegation_exists(domain))
    row = DelegationCredential(
        id=call.identifiers.uuid4(),
        workspace_platform_id=platform.id,
        organization_id=organization_id,
        domain=domain,
        service_account_key=call.body["serviceAccountKey"],
        created_at=call.now,
        updated_at=call.now,
    )
    if call.has("delegation-secrets-rotated"):
        row = row.changed(**_secret_fields(call, platform))
    created = call.tx[DELEGATION_CREDENTIALS].insert(row)
    schedule_rotation(call.tx, created)
    return delegation_credential_view(created, platform)


def list_delegation_credentials(call: Call) -> list[dict[str, object]]:
    """The organization's delegation credentials, oldest first; with `domain`, that of the domain."""
    rows = call.tx[DELEGATION_CREDENTIALS].find(organization_id=call.path_number("orgId"))
    domain = call.query.get("domain")
    found = [each for each in rows if domain is None or each.domain == domain]
    page = found[call.query["skip"] : call.query["skip"] + call.query["take"]]
    return [found_delegation_credential_view(each, _platform(call, each)) for each in page]


def get_delegation_credential(call: Call) -> dict[str, object]:
    """One delegation credential. Raises NotFound."""
    credential = _credential(call)
    return found_delegation_credential_view(credential, _platform(call, credential))


def delete_delegation_credential(call: Call) -> dict[str, object]:
    """Deletes a delegation credential, and with it the connections that it gave to members. Raises NotFound."""
    credential = _credential(call)
    platform = _platform(call, credential)
    drop_rotation(call.tx, credential)
    call.tx[DELEGATION_CREDENTIALS].delete(credential.id)
    _reconcile_members(call, credential)
    return delegation_credential_view(credential, platform)


def reset_delegation_credential_rotation(call: Call) -> dict[str, object]:
    """Lets the secret of a Microsoft credential be replaced again after that had failed for good."""
    credential = _credential(call)
    platform = _platform(call, credential)
    if platform.slug != MICROSOFT:
        raise BadRequest(ONLY_MICROSOFT.format("Secret rotation"))
    reset = call.tx[DELEGATION_CREDENTIALS].update(
        credential.id, secret_rotation_blocked=False, secret_rotation_error_code=None, updated_at=call.now
    )
    schedule_rotation(call.tx, reset)
    return delegation_credential_view(reset, platform)


def update_delegation_credential(call: Call) -> dict[str, object]:
    """Enables or disables it, or replaces its service account. Returns the previous `updatedAt`, like the live API."""
    before = _credential(call)
    platform = _platform(call, before)
    fields = _secret_fields(call, platform) if call.has("delegation-secrets-rotated") else {}
    if call.body.get("serviceAccountKey") is not None:
        fields["service_account_key"] = call.body["serviceAccountKey"]
        if call.has("new-keys-disable-delegation"):
            fields["enabled"] = False
    if call.body.get("enabled") is not None:
        fields["enabled"] = call.body["enabled"]
    after = before
    if fields:
        after = call.tx[DELEGATION_CREDENTIALS].update(before.id, updated_at=call.now, **fields)
        schedule_rotation(call.tx, after)
    if after.enabled and not before.enabled:
        _reconcile_members(call, after)
    return delegation_credential_view(after.changed(updated_at=before.updated_at), platform)


def _credential(call: Call) -> DelegationCredential:
    credential_id = str(call.path["credentialId"])
    credential = call.tx[DELEGATION_CREDENTIALS].get(credential_id)
    if credential is None or credential.organization_id != call.path_number("orgId"):
        raise NotFound(f"DelegationCredential with id {credential_id} not found")
    return credential


def _platform(call: Call, credential: DelegationCredential) -> WorkspacePlatform:
    return call.tx[WORKSPACE_PLATFORMS].require(credential.workspace_platform_id)


def _secret_fields(call: Call, platform: WorkspacePlatform) -> dict[str, Any]:
    """What a request changes of the secret. Raises BadRequest where the key or a setting is of another platform."""
    key, opts_out = call.body.get("serviceAccountKey"), call.body.get("optOutAutoSecretRotation")
    is_microsoft = platform.slug == MICROSOFT
    if key is not None and ("client_email" in key) == is_microsoft:
        raise BadRequest(f"The service account key is not one of the workspace platform {platform.slug}.")
    if opts_out is not None and not is_microsoft:
        raise BadRequest(ONLY_MICROSOFT.format("optOutAutoSecretRotation"))
    fields = fresh_secret(call.tx) if key is not None and is_microsoft else {}
    return fields if opts_out is None else {**fields, "opt_out_auto_secret_rotation": opts_out}


def _reconcile_members(call: Call, delegation: DelegationCredential) -> None:
    """Reconciles the destination calendars of the organization's members in the domain."""
    for profile in call.tx[PROFILES].find(organization_id=delegation.organization_id):
        user = call.tx[USERS].require(profile.user_id)
        if user.email.endswith(f"@{delegation.domain}"):
            reconcile_destination(call.tx, user, connections_of(call.tx, user))
