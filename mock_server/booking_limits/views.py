"""Booking limits in replies."""

from __future__ import annotations

from typing import Any

from mock_server.booking_limits.limits import PERIODS, Numbers, TeamLimits, is_overcommitted


def limits_view(numbers: Numbers) -> dict[str, int | None]:
    """The number for each period, null where there is no limit."""
    return {f"per{period.capitalize()}": numbers.get(period) for period in PERIODS}


def team_limits_view(limits: TeamLimits) -> dict[str, Any]:
    """The limits in one team."""
    return {
        "teamId": limits.team.id,
        "teamName": limits.team.name,
        "teamLimit": limits_view(limits.default),
        "memberLimit": None if limits.own is None else limits_view(limits.own),
        "effectiveLimit": limits_view(limits.effective),
    }


def all_limits_view(teams: list[TeamLimits], overall: Numbers) -> dict[str, Any]:
    """The limits in all teams, and the overall ones."""
    return {
        "teams": [team_limits_view(each) for each in teams],
        "globalLimit": limits_view(overall) if overall else None,
        "isOvercommitted": is_overcommitted(teams, overall),
    }
