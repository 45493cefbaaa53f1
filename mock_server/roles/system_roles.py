"""The system roles, which all organizations and teams have. A member without a custom role has that of its rank.

Source: Cal.com API v2, roles: system roles.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

MEMBER_ROLE = "member_role"
CREATED_AT = datetime(2025, 6, 1, tzinfo=UTC)

_MEMBER = """
    eventType.read team.read role.read organization.read organization.listMembers booking.update availability.read
    availability.update workflow.read routingForm.read organization.attributes.read team.listMembers webhook.read
    ooo.read
"""
_ADMIN = """
    eventType.create eventType.read eventType.update eventType.delete role.create role.read role.update role.delete
    team.create team.read team.update team.invite team.remove team.changeMemberRole
    organization.read organization.update organization.listMembers organization.invite organization.remove
    organization.manageBilling organization.changeMemberRole
    booking.read booking.update booking.readTeamBookings booking.readOrgBookings booking.readRecordings insights.read
    availability.read availability.update availability.override
    workflow.create workflow.read workflow.update workflow.delete
    routingForm.create routingForm.read routingForm.update routingForm.delete
    apiKey.create apiKey.read apiKey.delete apiKey.findKeyOfType
    organization.attributes.create organization.attributes.read organization.attributes.update
    organization.attributes.delete routingForm.manage team.listMembers team.impersonate organization.impersonate
    webhook.create webhook.read webhook.update webhook.delete team.manageBilling team.listMembersPrivate
    organization.listMembersPrivate availability.create availability.delete ooo.create ooo.read ooo.update ooo.delete
    watchlist.create watchlist.read watchlist.update watchlist.delete organization.attributes.editUsers
"""


class SystemRole(msgspec.Struct, frozen=True):
    """A role that belongs to no organization or team and cannot be changed."""

    id: str
    name: str
    color: str
    description: str
    permissions: tuple[str, ...]


SYSTEM_ROLES = {
    each.id: each
    for each in (
        SystemRole("owner_role", "Owner", "#1BA774", "Full access to all resources", ("*.*",)),
        SystemRole("admin_role", "Admin", "#6633EE", "Administrative access to most resources", tuple(_ADMIN.split())),
        SystemRole(MEMBER_ROLE, "Member", "#EAB308", "Basic member access", tuple(_MEMBER.split())),
    )
}
"""The system roles by id. The id is the rank in lower case with `_role` behind it."""
