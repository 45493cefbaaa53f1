"""What only the operations below `/v2/teams` show."""

from __future__ import annotations

from typing import Any

from mock_server.teams.model import Team
from mock_server.teams.shown import team_view

PAYMENT_NEEDED = (
    "Your team will be created once we receive your payment. Please complete the payment using the payment link."
)


def unpaid_team_view(team: Team, payment_link: str) -> dict[str, Any]:
    """A team that has still to be paid for, and where."""
    return {"message": PAYMENT_NEEDED, "paymentLink": payment_link, "pendingTeam": team_view(team)}
