"""Team event types as replies show them, whether asked for below `/v2/teams` or below an organization."""

from __future__ import annotations

from typing import Any

from mock_server.event_types.hosts import hosts_view
from mock_server.event_types.managed_children import children_of
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.event_types.views import shared_view
from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS, Team


def team_event_type_view(tx: Transaction, event_type: EventType) -> dict[str, Any]:
    """A team's event type, or a member's child of a managed one, with no more of the team than its id."""
    view = shared_view(tx, event_type)
    view |= {
        "hosts": hosts_view(tx, event_type),
        "teamId": event_type.team_id,
        "ownerId": event_type.user_id,
        "parentEventTypeId": event_type.parent_id,
        "schedulingType": event_type.scheduling_type,
        "team": {"id": event_type.team_id},
    }
    if event_type.team_id is not None:
        view["assignAllTeamMembers"] = event_type.assign_all_team_members
    return view


def written_view(tx: Transaction, event_type: EventType) -> Any:
    """What creating and changing answer: the event type, or for a managed one a list of it and its children."""
    if event_type.scheduling_type != "managed":
        return team_event_type_view(tx, event_type)
    return [team_event_type_view(tx, each) for each in (event_type, *children_of(tx, event_type))]


def offered_view(tx: Transaction, team_id: int, query: dict[str, Any]) -> list[dict[str, Any]]:
    """What a team offers to everybody, with how the team looks. With a slug, hosts can be limited in number."""
    team = tx[TEAMS].get(team_id)
    if team is None:
        return []
    slug = query.get("eventSlug")
    if not slug:
        return [_offer(tx, team, each) for each in tx[EVENT_TYPES].find(team_id=team_id)]
    offers = [_offer(tx, team, each) for each in tx[EVENT_TYPES].find(team_id=team_id, slug=slug)]
    limit = query.get("hostsLimit") or None
    return [{**offer, "hosts": offer["hosts"][:limit]} for offer in offers]


def deleted_team_event_type_view(event_type: EventType) -> dict[str, Any]:
    """What is told of a deleted event type of a team."""
    return {"id": event_type.id, "title": event_type.title}


def _offer(tx: Transaction, team: Team, event_type: EventType) -> dict[str, Any]:
    shown = {
        "id": team.id,
        "name": team.name,
        "slug": team.slug,
        "bannerUrl": team.banner_url,
        "logoUrl": team.logo_url,
        "weekStart": team.week_start,
        "brandColor": team.brand_color,
        "darkBrandColor": team.dark_brand_color,
        "theme": team.theme,
    }
    return {**team_event_type_view(tx, event_type), "team": shown}
