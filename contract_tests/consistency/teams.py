"""Teams of managed users. Since 2026-03 these can only join teams that their OAuth client created."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from contract_tests.consistency.findings import StoryEnds
from contract_tests.consistency.host import ManagedUser
from contract_tests.consistency.resource import Fields
from contract_tests.consistency.session import Session
from contract_tests.editions import in_force

TEAM = "/v2/teams/{teamId}"
ORGANIZATION_TEAMS = "/v2/organizations/{orgId}/teams"


@contextmanager
def team_led_by(session: Session, lead: ManagedUser) -> Generator[Fields]:
    """The id and name of a team that a managed user owns and others can join; deleted at the end.

    It is standalone, or one of the organization where managed users cannot join standalone teams.
    """
    name = session.title("Team")
    if in_force("managed-users-kept-apart"):
        team = _created_by_client(session, name, lead)
    else:
        team = session.succeed("POST", "/v2/teams", lead.headers, body={"name": name}).data["id"]
    try:
        yield {"teamId": team, "name": name}
    finally:
        session.call("DELETE", TEAM, lead.headers, ids={"teamId": team})


def _created_by_client(session: Session, name: str, lead: ManagedUser) -> int:
    client, organization = session.actors.client, session.actors.organization_id
    if organization is None:
        session.leave_out("the organization of the OAuth client is not known, and only its teams take managed users")
        raise StoryEnds
    team = session.succeed("POST", ORGANIZATION_TEAMS, client, ids={"orgId": organization}, body={"name": name})
    ids = {"orgId": organization, "teamId": team.data["id"]}
    body = {"userId": lead.id, "role": "OWNER", "accepted": True}
    session.succeed("POST", f"{ORGANIZATION_TEAMS}/{{teamId}}/memberships", client, ids=ids, body=body)
    return ids["teamId"]
