"""Answers to the forms of a team outside of organizations, since 2026-09."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from mock_server.running import running_sandbox
from mock_server.runtime.settings import Settings
from mock_server.worlds.loader import DEFAULT_WORLD_FILE

CLUB = """
  - {id: 3, name: Club, slug: club, created_at: 2025-04-01T08:00:00Z}
"""
FORM = """
  - {id: cm8yw3nt0009kc9f6clubform, name: Club form, user_id: 4, team_id: 3, settings: {},
     fields: [{id: name-field, type: text, label: name, identifier: name, required: true}],
     routes: [{id: r1, queryValue: {id: q1, type: group}, action: {type: customPageMessage, value: Welcome},
               isFallback: true}],
     created_at: 2025-04-01T08:00:00Z, updated_at: 2025-04-01T08:00:00Z}
"""
MEMBERSHIP = """
  - {id: 90, team_id: 3, user_id: 4, role: MEMBER, accepted: true}
"""
ANSWERS = {"name": "Ada", "participant": "Ada"}


def test_a_member_answers_a_form_of_the_team(tmp_path: Path) -> None:
    world = tmp_path / "club.yaml"
    text = DEFAULT_WORLD_FILE.read_text(encoding="utf-8")
    for collection, entry in (("teams", CLUB), ("routing_forms", FORM), ("memberships", MEMBERSHIP)):
        text = text.replace(f"\n{collection}:\n", f"\n{collection}:{entry}")
    world.write_text(text, encoding="utf-8")
    with running_sandbox(Settings(strict=True, edition="2026-09", world=world)) as running:

        def answer(key: str, team_id: int, form_id: str) -> tuple[int, Any]:
            place = f"{running.url}/v2/teams/{team_id}/routing-forms/{form_id}/responses"
            reply = httpx.post(
                place,
                params={"start": "2050-09-05", "end": "2050-09-06"},
                json=ANSWERS,
                headers={"Authorization": f"Bearer {key}"},
            )
            return reply.status_code, reply.json()

        status, body = answer("cal_sandbox_solo", 3, "cm8yw3nt0009kc9f6clubform")
        assert (status, body["data"]) == (201, {"routingCustomMessage": "Welcome"})
        assert answer("cal_sandbox_owner", 3, "cm8yw3nt0009kc9f6clubform")[0] == 403
        status, body = answer("cal_sandbox_owner", 2, "cm8yw3nt0003kc9f6teamform")
        assert (status, "belongs to an organization" in body["error"]["message"]) == (400, True)
