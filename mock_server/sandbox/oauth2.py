"""Third-party OAuth2 clients: their calls of the control plane, and the page on which a user gives them access.

The page stands in for the web application's ``/auth/oauth2/authorize``, and takes the same query.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from mock_server.identity.authorization_codes import issue_code
from mock_server.identity.authorization_requests import (
    AuthorizationRefused,
    AuthorizationRequest,
    UnusableRedirect,
    read_authorization_request,
)
from mock_server.identity.model import OAUTH2_CLIENTS, USERS, OAuth2Client, User
from mock_server.identity.oauth2_clients import OAuth2ClientInput, create_oauth2_client
from mock_server.runtime.dates import iso
from mock_server.runtime.exchange import Exchange
from mock_server.runtime.integers import integer_from
from mock_server.runtime.reply import Reply
from mock_server.sandbox.consent import PAGE_HEADERS, PAGE_START
from mock_server.sandbox.errors import Refused
from mock_server.state.transaction import Transaction
from mock_server.state.worlds import World
from mock_server.teams.memberships import has_rank, membership_of

FULL_ACCESS = "Full access to the account"
ASKED = ("response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method")
"""The parameters of the page, which its form repeats."""

# A browser names the origin of a form only where its page allows a referrer.
HEADERS = (*PAGE_HEADERS, (b"referrer-policy", b"same-origin"))
PAGE = (
    PAGE_START
    + """<p>asks for access to your account:</p>
<ul>{scopes}</ul>
{notice}
<p>The Cal.com API sandbox stands in for the real consent page. Nothing leaves this server.</p>
<form id="approve" action="authorize" method="post">
{asked}
<p><label>Your e-mail address: <input type="email" name="user" value="" required></label></p>
<p><label>For a team, its id: <input type="text" name="team" value=""></label></p>
{token}
<p><button name="decision" value="approve">Approve</button>
<button name="decision" value="deny" formnovalidate>Deny</button></p>
</form>
</body>
</html>
"""
)
TOKEN_FIELD = '<p><label>Admin token: <input type="password" name="token" value="" required></label></p>'
PENDING = "<p>This client waits for its review. Until then it works for the user who registered it only.</p>"


def list_clients(world: World) -> dict[str, Any]:
    """All third-party clients of a world."""
    clients = _begin(world).table(OAUTH2_CLIENTS).rows.values()
    return {
        "clients": [_client_view(client) for client in sorted(clients, key=lambda each: (each.created_at, each.id))]
    }


async def create_client(world: World, body: object) -> dict[str, Any]:
    """Registers a client. The reply alone has its secret."""
    client, secret = await world.change(lambda tx: _create(tx, body))
    return _client_view(client) | ({} if secret is None else {"clientSecret": secret})


async def delete_client(world: World, client_id: str) -> dict[str, str]:
    """Deletes a client with its codes. Its access tokens stay good until they expire."""
    await world.change(lambda tx: _delete(tx, client_id))
    return {"status": "ok"}


def authorization_page(exchange: Exchange, *, needs_token: bool) -> Reply:
    """The page, or the redirect that refuses what the client asks for."""
    query = dict(parse_qsl(exchange.query_string.decode("latin-1"), keep_blank_values=True))
    try:
        request = _read_request(_begin(exchange.world), query)
    except AuthorizationRefused as refusal:
        return _redirect(refusal.location)
    page = PAGE.format(
        name=escape(request.client.name),
        scopes="".join(f"<li>{escape(scope)}</li>" for scope in request.scopes or (FULL_ACCESS,)),
        notice=PENDING if request.client.status == "PENDING" else "",
        asked="\n".join(
            f'<input type="hidden" name="{name}" value="{escape(query[name])}">' for name in ASKED if name in query
        ),
        token=TOKEN_FIELD if needs_token else "",
    )
    return Reply(200, page.encode(), HEADERS, enveloped=False)


def read_form(exchange: Exchange) -> dict[str, str]:
    """The fields that the page's form has sent."""
    return dict(parse_qsl(exchange.raw_body.decode("latin-1"), keep_blank_values=True))


async def decide(world: World, form: Mapping[str, str]) -> Reply:
    """Sends the browser back to the client, with a code where the user approved."""
    return _redirect(await world.change(lambda tx: _decide(tx, form)))


def _create(tx: Transaction, body: object) -> tuple[OAuth2Client, str | None]:
    _check_edition(tx)
    try:
        return create_oauth2_client(tx, msgspec.convert(body, OAuth2ClientInput))
    except (msgspec.ValidationError, ValueError) as error:
        raise Refused(400, str(error)) from None


def _delete(tx: Transaction, client_id: str) -> None:
    _check_edition(tx)
    if tx[OAUTH2_CLIENTS].get(client_id) is None:
        raise Refused(404, f"There is no OAuth2 client {client_id!r}.")
    tx[OAUTH2_CLIENTS].delete(client_id)


def _decide(tx: Transaction, form: Mapping[str, str]) -> str:
    """Where the browser is sent."""
    _check_edition(tx)
    try:
        request = _read_request(tx, {name: form[name] for name in ASKED if name in form})
    except AuthorizationRefused as refusal:
        return refusal.location
    match form.get("decision"):
        case "deny":
            return request.location(error="access_denied", error_description="The user denied access")
        case "approve":
            return request.location(code=_approve(tx, request, form))
        case _:
            raise Refused(400, "`decision` takes approve or deny.")


def _approve(tx: Transaction, request: AuthorizationRequest, form: Mapping[str, str]) -> str:
    user = tx[USERS].first(email=form.get("user", ""))
    if user is None:
        raise Refused(400, f"There is no user with the e-mail address {form.get('user', '')!r} (`user`).")
    return issue_code(
        tx,
        request.client,
        user.id,
        team_id=_team_id(tx, user, form.get("team", "")),
        scopes=request.scopes,
        code_challenge=request.code_challenge,
    )


def _team_id(tx: Transaction, user: User, text: str) -> int | None:
    """The team for which the user gives access; None for the user's own account."""
    if not text:
        return None
    team_id = integer_from(text)
    membership = membership_of(tx, user.id, team_id)
    if membership is None or not membership.accepted or not has_rank(membership, "ADMIN"):
        raise Refused(400, f"{user.email} is not an admin or owner of the team {text!r} (`team`).")
    return team_id


def _read_request(tx: Transaction, query: Mapping[str, str]) -> AuthorizationRequest:
    try:
        return read_authorization_request(tx, query)
    except UnusableRedirect as error:
        raise Refused(400, str(error)) from None


def _begin(world: World) -> Transaction:
    """A transaction of a world whose edition has third-party clients. Raises Refused."""
    tx = world.begin()
    _check_edition(tx)
    return tx


def _check_edition(tx: Transaction) -> None:
    """Raises Refused in an edition without third-party clients."""
    if not tx.has("third-party-tokens"):
        raise Refused(404, "Third-party OAuth2 clients exist from edition 2026-03 on (--edition chooses).")


def _redirect(location: str) -> Reply:
    return Reply(303, b"", ((b"location", location.encode()), (b"cache-control", b"no-store")), enveloped=False)


def _client_view(client: OAuth2Client) -> dict[str, Any]:
    return {
        "clientId": client.id,
        "name": client.name,
        "redirectUri": client.redirect_uri,
        "clientType": client.client_type,
        "logo": client.logo,
        "isTrusted": client.is_trusted,
        "status": client.status,
        "scopes": list(client.scopes),
        "userId": client.user_id,
        "createdAt": iso(client.created_at),
    }
