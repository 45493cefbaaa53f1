"""The system roles, which all organizations and teams have. A member without a custom role has that of its rank.

Source: Cal.com API v2, roles: system roles.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from mock_server.roles.permissions import ADMIN_DATA_VIEWS
from mock_server.state.transaction import Transaction

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
_ADDED_FOR_MEMBERS = "featureOptIn.read organization.customDomain.read"
_ADDED_FOR_ADMINS = """
    role.manage eventType.manage team.manage booking.manage tag.create featureOptIn.read featureOptIn.update
    organization.passwordReset booking.readTeamAuditLogs booking.readOrgAuditLogs tag.update
    routingForm.readTeamAuditLogs routingForm.readOrgAuditLogs organization.attributes.readSyncHistory
    tag.delete organization.delete organization.editUsers organization.customDomain.create
    organization.customDomain.read organization.customDomain.update organization.customDomain.delete
    availability.readTeamAvailability availability.readOrgAvailability availability.updateOrgAvailability
    ooo.readOrgOoo eventType.readTeamEventTypes eventType.readOrgEventTypes booking.updateTeamBookings
    booking.updateOrgBookings organization.attributes.readAuditLogs routingForm.readResponsePii
    booking.reassignTeamPastBookings booking.reassignOrgPastBookings role.readTeamRoles role.readOrgRoles
    routingForm.readTeamRoutingForms routingForm.readOrgRoutingForms workflow.readTeamWorkflows
    webhook.readOrgWebhooks team.readTeamSettings team.readConferencing team.readVerifiedResources
    team.readMemberships team.readOrgTeams organization.readMemberships organization.readManagedOrganizations
    organization.readDelegationCredentials
"""
_DATA_VIEWS = tuple(f"adminDataview.{each}" for each in ADMIN_DATA_VIEWS)


class SystemRole(msgspec.Struct, frozen=True):
    """A role that belongs to no organization or team and cannot be changed."""

    id: str
    name: str
    color: str
    description: str
    permissions: tuple[str, ...]


def _roles(owner: tuple[str, ...], admin: tuple[str, ...], member: tuple[str, ...]) -> dict[str, SystemRole]:
    roles = (
        SystemRole("owner_role", "Owner", "#1BA774", "Full access to all resources", owner),
        SystemRole("admin_role", "Admin", "#6633EE", "Administrative access to most resources", admin),
        SystemRole(MEMBER_ROLE, "Member", "#EAB308", "Basic member access", member),
    )
    return {each.id: each for each in roles}


SYSTEM_ROLES = _roles(
    ("*.*", "organization.attributes.readAuditLogs", *_DATA_VIEWS),
    (*_ADMIN.split(), *_ADDED_FOR_ADMINS.split(), *_DATA_VIEWS),
    (*_MEMBER.split(), *_ADDED_FOR_MEMBERS.split()),
)
"""The system roles by id. The id is the rank in lower case with `_role` behind it."""
_FIRST_SYSTEM_ROLES = _roles(("*.*",), tuple(_ADMIN.split()), tuple(_MEMBER.split()))


def system_roles(tx: Transaction) -> dict[str, SystemRole]:
    """The system roles in the world's edition."""
    return SYSTEM_ROLES if tx.has("more-permissions") else _FIRST_SYSTEM_ROLES
