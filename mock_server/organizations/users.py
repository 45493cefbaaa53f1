"""The users of an organization: those with a profile in it.

Source: Cal.com API v2, organization users.
"""

from __future__ import annotations

from typing import Any

from mock_server.identity.accounts import create_user, join_organization, profile_fields
from mock_server.identity.addresses import slug
from mock_server.identity.model import PROFILES, USERS, User
from mock_server.identity.profiles import profile_in
from mock_server.organizations.hints import USERNAME_NOT_AN_ADDRESS
from mock_server.organizations.member_filters import members_matching
from mock_server.runtime.errors import Conflict, shared_library_error
from mock_server.runtime.outbox import Content, Message, post
from mock_server.runtime.schemas import is_email
from mock_server.runtime.web_app import WEB_APP
from mock_server.schedules.defaults import create_spare_schedule
from mock_server.state.errors import RecordNotFound
from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS

EMAIL_TAKEN = "A user already exists with that email"
EMAIL_OF_MEMBER = f"{EMAIL_TAKEN} and is already a member of this organization"
EMAIL_OF_OTHER = (
    "A user already exists with this email. Use POST /v2/organizations/{orgId}/memberships to add them to this "
    "organization."
)
USERNAME_TAKEN = "Username is already taken"

_OWN_FIELDS = {
    "weekday": "week_start",
    "hideBranding": "hide_branding",
    "brandColor": "brand_color",
    "darkBrandColor": "dark_brand_color",
    "theme": "theme",
    "appTheme": "app_theme",
}
"""Fields that only these requests set, in addition to those of `profile_fields`."""


def users_of(tx: Transaction, organization_id: int, query: dict[str, Any]) -> list[User]:
    """A page of the organization's users, oldest profile first.

    `emails` restricts it to users with one of these addresses. `assignedOptionIds` and `teamIds` restrict it to
    members, even those without a profile, oldest membership first: see `members_matching`.
    """
    emails, skip, take = query.get("emails"), query["skip"], query["take"]
    if query.get("assignedOptionIds") or query.get("teamIds"):
        members = members_matching(tx, organization_id, query)
        users = [tx[USERS].require(each.user_id) for each in members]
        return [each for each in users if not emails or each.email in emails][skip : skip + take]
    if not emails:
        profiles = tx[PROFILES].page(skip, take, organization_id=organization_id)
        return [tx[USERS].require(each.user_id) for each in profiles]
    found = [user for email in dict.fromkeys(emails) if (user := tx[USERS].first(email=email)) is not None]
    own = [user for user in found if profile_in(tx, user.id, organization_id) is not None]
    return sorted(own, key=lambda user: user.id)[skip : skip + take]


def invite_user(tx: Transaction, organization_id: int, body: dict[str, Any], inviter: User) -> User:
    """Creates a user in the organization, who gets a mail unless the membership is accepted right away.

    Raises Conflict, UniqueViolation; CodeError for an invalid username.

    The profile's username is derived from the user's address, and so is the user's own where none is given. In the
    first edition both are derived from the given one, if there is one, which has to be an e-mail address.
    """
    email = body["email"].lower()
    known = tx[USERS].first(email=email)
    if known is not None and profile_in(tx, known.id, organization_id) is not None:
        raise Conflict(EMAIL_OF_MEMBER if tx.has("taken-addresses-explained") else EMAIL_TAKEN)
    if known is not None and tx.has("taken-addresses-explained"):
        raise Conflict(EMAIL_OF_OTHER)
    given = (body.get("username") or email).lower()
    _check_username_is_free(tx, organization_id, given)
    address = email if tx.has("usernames-kept-as-sent") else given
    if not is_email(address):
        raise shared_library_error("BAD_REQUEST", hint=USERNAME_NOT_AN_ADDRESS)
    user = create_user(
        tx,
        email=email,
        username=_username_from(address),
        organization_id=organization_id,
        invited_to=organization_id,
        verified=True,
    )
    role, accepted = body.get("organizationRole", "MEMBER"), body.get("autoAccept", True)
    join_organization(tx, user, organization_id, role=role, accepted=accepted)
    if not accepted and not body.get("skipNotificationEmail"):
        mail_invitation(tx, organization_id, email, inviter)
    create_spare_schedule(tx, user)
    fields = _stored(body)
    if body.get("username") and tx.has("usernames-kept-as-sent"):
        fields["username"] = body["username"]
    return tx[USERS].update(user.id, **fields)


def mail_invitation(tx: Transaction, organization_id: int, email: str, inviter: User) -> None:
    """Mails an invitation to join the organization."""
    organization, name = tx[TEAMS].require(organization_id).name, inviter.name or inviter.email
    text = (
        "You've been invited to a Cal.com organization\n"
        f"{name} has invited you to join the {organization} organization.\n\n"
        f"Join Now: {WEB_APP}/signup?callbackUrl=/getting-started"
    )
    subject = f"{name} invited you to join the organization {organization} on Cal.com"
    content = Content(subject=subject, text=text)
    about = {"organizationId": organization_id}
    post(tx, [Message(to=email, kind="organizationInvitation", content=content, about=about, size=len(text))])


def mail_added(tx: Transaction, organization_id: int, email: str, inviter: User) -> None:
    """Mails that someone was added to the organization."""
    organization, name = tx[TEAMS].require(organization_id).name, inviter.name or inviter.email
    text = f"You've been added to a Cal.com organization\n{name} has added you to the {organization} organization."
    subject = f"{name} added you to the organization {organization} on Cal.com"
    content = Content(subject=subject, text=text)
    about = {"organizationId": organization_id}
    post(tx, [Message(to=email, kind="organizationInvitation", content=content, about=about, size=len(text))])


def change_user(tx: Transaction, organization_id: int, user_id: int, body: dict[str, Any]) -> User:
    """Updates a user. Raises Conflict for a username in use in the organization, even by the same user.

    Raises RecordNotFound for a user whose main organization is another one, UniqueViolation for a taken address.
    """
    fields = _stored(body)
    if body.get("username"):
        fields["username"] = body["username"].lower()
        _check_username_is_free(tx, organization_id, fields["username"])
    elif "username" in body:
        fields["username"] = None
    if body.get("email"):
        fields["email"] = body["email"].lower()
    if tx[USERS].require(user_id).organization_id != organization_id:
        raise RecordNotFound(f"user {user_id} of organization {organization_id}")
    return tx[USERS].update(user_id, **fields)


def _check_username_is_free(tx: Transaction, organization_id: int, username: str) -> None:
    if tx[PROFILES].first(username=username, organization_id=organization_id) is not None:
        raise Conflict(USERNAME_TAKEN)


def _username_from(email: str) -> str:
    local, _, domain = email.partition("@")
    return slug(f"{local}-{domain.split('.')[0]}")


def _stored(body: dict[str, Any]) -> dict[str, Any]:
    return profile_fields(body) | {field: body[key] for key, field in _OWN_FIELDS.items() if key in body}
