"""Refusals for plans that are too low, unknown or missing, by edition."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from mock_server.running import running_sandbox
from mock_server.runtime.settings import Settings
from mock_server.worlds.loader import DEFAULT_WORLD_FILE

SUBSCRIBED = "{id: 1, customer_id: cus_sandbox, subscription_id: sub_sandbox, plan: SCALE}"
LOW = (
    "organization with id=1 does not have required plan for this operation. Minimum plan is {} while the organization "
    "has {}."
)
FORMERLY = "Platform plan - you do not have required plan for this operation. Minimum plan is ESSENTIALS."


def refusal(tmp_path: Path, edition: str, subscription: str) -> tuple[int, str | None]:
    """The status and message of a list of schedules, in a world with this subscription."""
    text = DEFAULT_WORLD_FILE.read_text(encoding="utf-8")
    assert SUBSCRIBED in text
    world = tmp_path / "plans.yaml"
    world.write_text(text.replace(SUBSCRIBED, f"{{id: 1, customer_id: cus_sandbox, {subscription}}}"), encoding="utf-8")
    with running_sandbox(Settings(port=0, strict=True, edition=edition, world=world)) as running:
        headers = {"Authorization": "Bearer cal_sandbox_owner"}
        reply = httpx.get(f"{running.url}/v2/organizations/1/schedules", headers=headers)
        return reply.status_code, reply.json().get("error", {}).get("message")


@pytest.mark.parametrize(
    ("edition", "subscription", "message"),
    [
        ("2025-04", "subscription_id: s, plan: STARTER", FORMERLY),
        ("2025-04", "subscription_id: s, plan: GOLD", FORMERLY),
        ("2026-03", "subscription_id: s, plan: STARTER", f"PlatformPlanGuard - {LOW.format('ESSENTIALS', 'STARTER')}"),
        ("2026-03", "subscription_id: s, plan: GOLD",
         "PlatformPlanGuard - Invalid platform billing plan provided. Current plan: GOLD, Minimum plan: ESSENTIALS"),
        ("2026-03", "plan: SCALE",
         "PlatformPlanGuard - No platform subscription found for organization with id=1."),
    ],
)  # fmt: skip
def test_a_plan_that_does_not_suffice_is_refused(tmp_path: Path, edition: str, subscription: str, message: str) -> None:
    assert refusal(tmp_path, edition, subscription) == (403, message)


def test_a_plan_by_active_users_ranks_above_scale(tmp_path: Path) -> None:
    assert refusal(tmp_path, "2026-03", "subscription_id: s, plan: PER_ACTIVE_USER") == (200, None)
