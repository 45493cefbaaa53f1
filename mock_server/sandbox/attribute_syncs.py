"""Records runs of the synchronization of attributes, which an outside directory starts on the live service."""

from __future__ import annotations

from typing import Any

import msgspec

from mock_server.identity.profiles import profile_in
from mock_server.organizations.model import ATTRIBUTE_SYNC_RUNS, ATTRIBUTES, AttributeSyncRun, SyncStatus
from mock_server.runtime.dates import iso
from mock_server.runtime.integers import integer_from
from mock_server.sandbox.errors import Refused
from mock_server.state.transaction import Transaction
from mock_server.state.worlds import World
from mock_server.teams.memberships import organization
from mock_server.teams.model import TEAMS

KEPT_RUNS = 500
"""The most runs of one organization; older ones are dropped."""
MOST = 100
"""The most rules, mappings or memberships of one run."""


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """A part of a run."""


class _RuleEvaluation(_Part, frozen=True):
    attribute_key: str
    operator: str
    passed: bool
    rule_id: str | None = None
    expected_value: str | None = None
    expected_value_type: str = "string"
    actual_value: str | None = None
    actual_value_type: str = "string"


class _FieldMapping(_Part, frozen=True):
    attribute_slug: str
    source_field: str
    outcome: str
    field_mapping_id: str | None = None
    previous_value: str | None = None
    new_value: str | None = None


class _TeamMembershipChange(_Part, frozen=True):
    team_id: int
    outcome: str


class _Run(_Part, frozen=True):
    """The body of the call, in the names of the API."""

    provider: str
    status: SyncStatus
    user_id: int | None = None
    credential_id: int | None = None
    external_user_id: str | None = None
    signature_verified: bool = True
    error_message: str | None = None
    rule_evaluations: tuple[_RuleEvaluation, ...] = ()
    applied_field_mappings: tuple[_FieldMapping, ...] = ()
    team_membership_changes: tuple[_TeamMembershipChange, ...] = ()


async def add_run(world: World, organization_id: str, body: Any) -> dict[str, Any]:
    """Adds a run to the history of an organization. It changes no attributes or memberships. Raises Refused."""
    try:
        run = msgspec.convert(body, _Run)
    except msgspec.ValidationError as error:
        raise Refused(400, f"The body is invalid: {error}.") from None
    if max(map(len, (run.rule_evaluations, run.applied_field_mappings, run.team_membership_changes))) > MOST:
        raise Refused(400, f"A run has at most {MOST} rules, mappings and changes of memberships each.")
    stored = await world.change(lambda tx: _add(tx, organization_id, run))
    return {"id": stored.id, "createdAt": iso(stored.created_at)}


def _add(tx: Transaction, organization_id: str, run: _Run) -> AttributeSyncRun:
    owner = _organization(tx, organization_id)
    if run.user_id is not None and profile_in(tx, run.user_id, owner) is None:
        raise Refused(404, f"Organization {owner} has no user {run.user_id}.")
    stored = _stored(tx, owner, run)
    tx[ATTRIBUTE_SYNC_RUNS].insert(stored)
    tx[ATTRIBUTE_SYNC_RUNS].trim(KEPT_RUNS, organization_id=owner)
    return stored


def _organization(tx: Transaction, organization_id: str) -> int:
    if not tx.has("assignments-recorded"):
        raise Refused(404, "Attributes are synchronized from edition 2026-09 on (--edition chooses).")
    found = organization(tx, integer_from(organization_id))
    if found is None:
        raise Refused(404, f"There is no organization {organization_id}.")
    return found.id


def _stored(tx: Transaction, owner: int, run: _Run) -> AttributeSyncRun:
    run_id = tx.identifiers.uuid7(tx.now)

    def part(**fields: Any) -> dict[str, Any]:
        return {"id": tx.identifiers.uuid4(), "runId": run_id, **fields, "createdAt": iso(tx.now)}

    return AttributeSyncRun(
        id=run_id,
        organization_id=owner,
        provider=run.provider,
        status=run.status,
        created_at=tx.now,
        user_id=run.user_id,
        credential_id=run.credential_id,
        external_user_id=run.external_user_id,
        signature_verified=run.signature_verified,
        error_message=run.error_message,
        rule_evaluations=tuple(
            part(evaluationOrder=order, **msgspec.to_builtins(each)) for order, each in enumerate(run.rule_evaluations)
        ),
        applied_field_mappings=tuple(
            part(**_attribute(tx, owner, each.attribute_slug), **msgspec.to_builtins(each))
            for each in run.applied_field_mappings
        ),
        team_membership_changes=tuple(
            part(**_team(tx, owner, each.team_id), **msgspec.to_builtins(each)) for each in run.team_membership_changes
        ),
    )


def _attribute(tx: Transaction, owner: int, slug: str) -> dict[str, Any]:
    found = tx[ATTRIBUTES].first(slug=slug)
    if found is None or found.team_id != owner:
        raise Refused(404, f"Organization {owner} has no attribute {slug!r}.")
    return {"attributeId": found.id, "attributeName": found.name}


def _team(tx: Transaction, owner: int, team_id: int) -> dict[str, Any]:
    found = tx[TEAMS].get(team_id)
    if found is None or found.parent_id != owner:
        raise Refused(404, f"Organization {owner} has no team {team_id}.")
    return {"teamName": found.name, "teamSlug": found.slug}
