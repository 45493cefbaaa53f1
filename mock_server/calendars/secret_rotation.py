"""Replaces the secrets of Microsoft delegation credentials before they expire, and notifies the organization.

Source: Cal.com API v2, delegation credentials: secret rotation.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mock_server.calendars.model import (
    DELEGATION_CREDENTIALS,
    WORKSPACE_PLATFORMS,
    DelegationCredential,
    RotationFailure,
)
from mock_server.runtime.dates import iso
from mock_server.state.jobs import Job, drop_jobs, schedule
from mock_server.state.transaction import Transaction
from mock_server.webhooks.events import Audience, emit
from mock_server.webhooks.payloads import DelegationCredentialRotation

KIND = "secret-rotation"
NOT_REPLACED = "The secret could not be replaced for 48 hours."
SECRET_LIFETIME = timedelta(days=180)
ROTATED_BEFORE = timedelta(days=30)
"""How long before it expires a secret is replaced."""
GIVEN_UP_AFTER = timedelta(hours=48)
"""How long failing attempts to replace a secret are repeated."""


def fresh_secret(tx: Transaction) -> dict[str, Any]:
    """The fields of a credential whose secret is new."""
    return {
        "secret_expires_at": tx.now + SECRET_LIFETIME,
        "secret_rotation_blocked": False,
        "secret_rotation_error_code": None,
        "pending_secret_created_at": None,
        "pending_secret_expires_at": None,
    }


def schedule_rotation(tx: Transaction, credential: DelegationCredential) -> None:
    """Schedules the replacement of the secret, in place of an earlier one."""
    drop_rotation(tx, credential)
    if credential.secret_expires_at is not None:
        due = max(credential.secret_expires_at - ROTATED_BEFORE, tx.now)
        schedule(tx, KIND, due, {"credentialId": credential.id}, about=_about(credential))


def drop_rotation(tx: Transaction, credential: DelegationCredential) -> None:
    """Cancels the replacement of the secret."""
    drop_jobs(tx, _about(credential))


def rotate_secret(tx: Transaction, job: Job) -> None:
    """Replaces the secret, or reminds an organization that has opted out. Does nothing where that is blocked."""
    credential = tx[DELEGATION_CREDENTIALS].get(job.details["credentialId"])
    if credential is None or credential.secret_rotation_blocked:
        return
    if credential.opt_out_auto_secret_rotation:
        emit(tx, "DELEGATION_CREDENTIAL_ROTATION_REQUIRED", _payload(tx, credential), _audience(credential))
    elif credential.rotation_failure is not None:
        _fail(tx, credential, credential.rotation_failure, is_last=job.details.get("isLast", False))
    else:
        rotated = tx[DELEGATION_CREDENTIALS].update(credential.id, **fresh_secret(tx))
        emit(tx, "DELEGATION_CREDENTIAL_SECRET_ROTATED", _payload(tx, rotated), _audience(rotated))
        schedule_rotation(tx, rotated)


def _fail(tx: Transaction, credential: DelegationCredential, code: RotationFailure, *, is_last: bool) -> None:
    """Stores the error of an attempt. The last one blocks further attempts and notifies the organization."""
    failed = tx[DELEGATION_CREDENTIALS].update(
        credential.id, secret_rotation_error_code=code, secret_rotation_blocked=is_last
    )
    if is_last:
        payload = _payload(tx, failed)
        payload["error"] = {"code": code, "message": NOT_REPLACED}
        emit(tx, "DELEGATION_CREDENTIAL_SECRET_ROTATION_FAILED", payload, _audience(failed))
    else:
        details = {"credentialId": credential.id, "isLast": True}
        schedule(tx, KIND, tx.now + GIVEN_UP_AFTER, details, about=_about(credential))


def _audience(credential: DelegationCredential) -> Audience:
    return Audience(team_ids=(credential.organization_id,))


def _payload(tx: Transaction, credential: DelegationCredential) -> DelegationCredentialRotation:
    expires = credential.secret_expires_at
    return {
        "delegationCredential": {
            "id": credential.id,
            "workspacePlatform": tx[WORKSPACE_PLATFORMS].require(credential.workspace_platform_id).slug,
            "domain": credential.domain,
            "organizationId": credential.organization_id,
            "secretExpiresAt": None if expires is None else iso(expires),
        }
    }


def _about(credential: DelegationCredential) -> str:
    return f"delegation-credential:{credential.id}"
