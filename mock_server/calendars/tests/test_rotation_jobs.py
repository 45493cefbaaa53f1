"""The jobs that replace the secrets of delegation credentials: when they are due, and what each attempt does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mock_server.calendars.model import DELEGATION_CREDENTIALS, WORKSPACE_PLATFORMS, DelegationCredential
from mock_server.calendars.secret_rotation import drop_rotation, fresh_secret, rotate_secret, schedule_rotation
from mock_server.runtime.dates import iso
from mock_server.state.jobs import Job, next_job
from mock_server.state.transaction import Transaction
from mock_server.webhooks.events import Audience, WebhookEvent
from mock_server.worlds.tests.loaded_world import default_world

NOW = datetime(2031, 5, 1, tzinfo=UTC)
ACME = 1
DAY = timedelta(days=1)
FAR = NOW + 1_000 * DAY


@pytest.fixture
def tx() -> Transaction:
    """The default world."""
    return Transaction(default_world(), NOW)


def add_credential(tx: Transaction, **fields: Any) -> DelegationCredential:
    platform = tx[WORKSPACE_PLATFORMS].first(slug="office365")
    assert platform is not None
    settings = {"domain": "acme.example", "service_account_key": {}, "created_at": NOW, "updated_at": NOW}
    credential = DelegationCredential(
        id=tx.identifiers.uuid4(),
        workspace_platform_id=platform.id,
        organization_id=ACME,
        **{**settings, **fresh_secret(tx), **fields},
    )
    return tx[DELEGATION_CREDENTIALS].insert(credential)


def due_job(tx: Transaction) -> Job | None:
    job = next_job(tx, FAR)
    return job if job is not None and job.kind == "secret-rotation" else None


def run(tx: Transaction) -> list[tuple[str, dict[str, Any], Audience | None]]:
    """Runs the next job, and returns the events that it emitted: trigger, payload and audience."""
    job = due_job(tx)
    assert job is not None
    drop_rotation(tx, tx[DELEGATION_CREDENTIALS].require(job.details["credentialId"]))
    tx.outbox.clear()
    rotate_secret(tx, job)
    events: list[tuple[str, WebhookEvent]] = [(each.name, each.payload["event"]) for each in tx.outbox]
    return [(name, dict(event.payload), event.audience) for name, event in events]


def shown(credential: DelegationCredential) -> dict[str, Any]:
    """The credential in a payload."""
    expires = credential.secret_expires_at
    return {
        "id": credential.id,
        "workspacePlatform": "office365",
        "domain": "acme.example",
        "organizationId": ACME,
        "secretExpiresAt": iso(expires) if expires else None,
    }


@pytest.mark.parametrize(("expires", "due"), [(180, 150), (31, 1), (30, 0), (29, 0), (-5, 0), (None, None)])
def test_a_secret_is_replaced_thirty_days_before_it_expires(
    tx: Transaction, expires: int | None, due: int | None
) -> None:
    credential = add_credential(tx, secret_expires_at=None if expires is None else NOW + expires * DAY)
    schedule_rotation(tx, add_credential(tx, domain="other.example"))
    other = due_job(tx)
    assert other is not None and other.due == NOW + 150 * DAY
    schedule_rotation(tx, credential)
    drop_rotation(tx, tx[DELEGATION_CREDENTIALS].require(other.details["credentialId"]))
    job = due_job(tx)
    assert (job and job.due) == (None if due is None else NOW + due * DAY)
    assert job is None or job.details == {"credentialId": credential.id}


def test_a_rotation_is_scheduled_once(tx: Transaction) -> None:
    credential = add_credential(tx)
    schedule_rotation(tx, credential)
    schedule_rotation(tx, tx[DELEGATION_CREDENTIALS].update(credential.id, secret_expires_at=NOW + 60 * DAY))
    job = due_job(tx)
    assert job is not None and job.due == NOW + 30 * DAY
    drop_rotation(tx, credential)
    assert due_job(tx) is None


def test_a_replaced_secret_is_fresh_and_scheduled_again(tx: Transaction) -> None:
    old = {
        "secret_expires_at": NOW + DAY,
        "secret_rotation_error_code": "transient",
        "pending_secret_created_at": NOW,
        "pending_secret_expires_at": NOW,
    }
    schedule_rotation(tx, credential := add_credential(tx, **old))
    [(trigger, payload, audience)] = run(tx)
    rotated = tx[DELEGATION_CREDENTIALS].require(credential.id)
    assert (trigger, audience) == ("DELEGATION_CREDENTIAL_SECRET_ROTATED", Audience(team_ids=(ACME,)))
    assert payload == {"delegationCredential": shown(rotated)}
    assert rotated.secret_expires_at == NOW + 180 * DAY
    assert (rotated.secret_rotation_error_code, rotated.secret_rotation_blocked) == (None, False)
    assert (rotated.pending_secret_created_at, rotated.pending_secret_expires_at) == (None, None)
    job = due_job(tx)
    assert job is not None and job.due == NOW + 150 * DAY


def test_an_organization_that_opted_out_is_reminded_once(tx: Transaction) -> None:
    schedule_rotation(tx, credential := add_credential(tx, opt_out_auto_secret_rotation=True))
    reminder = ("DELEGATION_CREDENTIAL_ROTATION_REQUIRED", {"delegationCredential": shown(credential)})
    assert run(tx) == [(*reminder, Audience(team_ids=(ACME,)))]
    assert tx[DELEGATION_CREDENTIALS].require(credential.id) == credential
    assert due_job(tx) is None


def test_failures_are_given_up_after_two_days(tx: Transaction) -> None:
    schedule_rotation(tx, credential := add_credential(tx, rotation_failure="missing_permission"))
    assert run(tx) == []
    failed = tx[DELEGATION_CREDENTIALS].require(credential.id)
    assert (failed.secret_rotation_error_code, failed.secret_rotation_blocked) == ("missing_permission", False)
    job = due_job(tx)
    assert job is not None and job.due == NOW + 2 * DAY
    [(trigger, payload, audience)] = run(tx)
    blocked = tx[DELEGATION_CREDENTIALS].require(credential.id)
    assert (blocked.secret_rotation_error_code, blocked.secret_rotation_blocked) == ("missing_permission", True)
    assert blocked.secret_expires_at == credential.secret_expires_at
    assert (trigger, audience) == ("DELEGATION_CREDENTIAL_SECRET_ROTATION_FAILED", Audience(team_ids=(ACME,)))
    error = {"code": "missing_permission", "message": "The secret could not be replaced for 48 hours."}
    assert payload == {"delegationCredential": shown(credential), "error": error}
    assert due_job(tx) is None


@pytest.mark.parametrize("is_deleted", [False, True])
def test_blocked_and_deleted_credentials_are_left_alone(tx: Transaction, is_deleted: bool) -> None:
    schedule_rotation(tx, credential := add_credential(tx))
    job = due_job(tx)
    assert job is not None
    tx[DELEGATION_CREDENTIALS].update(credential.id, secret_rotation_blocked=True)
    if is_deleted:
        tx[DELEGATION_CREDENTIALS].delete(credential.id)
    tx.outbox.clear()
    rotate_secret(tx, job)
    assert tx.outbox == []


def test_payloads_of_credentials_without_an_expiry_have_null(tx: Transaction) -> None:
    credential = add_credential(tx, opt_out_auto_secret_rotation=True)
    schedule_rotation(tx, credential)
    tx[DELEGATION_CREDENTIALS].update(credential.id, secret_expires_at=None)
    assert run(tx)[0][1]["delegationCredential"]["secretExpiresAt"] is None
