"""Connecting calendar accounts, checking the connections and taking them away.

Source: Cal.com API v2, calendars: connect, save, credentials, check, disconnect.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from mock_server.calendars.accounts import open_account, primary_calendar
from mock_server.calendars.connections import check_connection
from mock_server.calendars.consent import (
    CLIENT_ID,
    REFUSED_CODE,
    account_of_code,
    bearer_for_state,
    consent_url,
    user_of_state,
)
from mock_server.calendars.integrations import BY_PROVIDER, INTEGRATIONS
from mock_server.calendars.model import (
    ACCOUNTS,
    CREDENTIALS,
    SELECTED_CALENDARS,
    Account,
    AccountCalendar,
    SelectedCalendar,
)
from mock_server.calendars.views import credential_view
from mock_server.identity.model import User
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest, NotFound, QueryInvalid, Unauthorized
from mock_server.runtime.reply import NOTHING, Redirect

APPLE = "apple_calendar"
CHECKED_CALENDARS = {**BY_PROVIDER, "apple": APPLE}
INVALID_CALENDAR = "Invalid calendar type, available calendars are: "
NOT_IN_STATE = "Expected string, received null"

CHECK_MESSAGES = {
    "google_calendar": (
        "Credentials for google_calendar not found.",
        "Invalid google OAuth credentials.",
        "Google Calendar not connected.",
    ),
    "office365_calendar": (
        "Credentials for office_365_calendar not found.",
        "Invalid office 365 calendar credentials.",
        "Office 365 calendar not connected.",
    ),
    APPLE: (
        "Credentials for apple calendar not found.",
        "Invalid apple calendar credentials.",
        "Apple calendar not connected.",
    ),
}


def connect_calendar(call: Call) -> Any:
    """The address of the consent page. Stores nothing."""
    integration = _oauth_calendar(call)
    origin = call.headers.get("origin") or call.headers.get("host", "")
    state = f"accessToken={bearer_for_state(call)}&origin={origin}&redir={call.query.get('redir', '')}"
    if integration == "google_calendar":
        scopes = ("calendar.readonly", "calendar.events")
        query = {
            "access_type": "offline",
            "scope": " ".join(f"https://www.googleapis.com/auth/{scope}" for scope in scopes),
            "prompt": "consent",
            "state": state,
            "response_type": "code",
            "client_id": CLIENT_ID,
            "redirect_uri": f"{call.base_url}/v2/gcal/oauth/save",
        }
    else:
        query = {
            "response_type": "code",
            "scope": "User.Read Calendars.Read Calendars.ReadWrite offline_access",
            "client_id": CLIENT_ID,
            "prompt": "select_account",
            "redirect_uri": f"{call.base_url}/v2/calendars/office365/save",
            "state": state,
        }
    return {"authUrl": consent_url(call, str(call.path["calendar"]), **query)}


def save_calendar_connection(call: Call) -> Any:
    """Connects the account for the user of the state's token, checks its primary calendar for conflicts, sends on."""
    state = _state(call)
    integration = _oauth_calendar(call)
    onward = Redirect(state["redir"] or state["origin"])
    code = call.query.get("code")
    if not code or code == "undefined":
        return onward
    user = user_of_state(call, state["accessToken"])
    if user is None:
        raise Unauthorized("Invalid Access token.")
    if code == REFUSED_CODE:
        if integration == "google_calendar":
            raise BadRequest("invalid_grant")
        return onward
    account = _account(call, integration, user, code)
    primary = primary_calendar(call.tx, account)
    if primary is not None:
        _connect(call, user, account, primary)
    return onward


def save_calendar_credentials(call: Call) -> Any:
    """Connects an Apple account by its name and password. Nothing is selected."""
    if call.path["calendar"] != "apple":
        raise BadRequest(INVALID_CALENDAR, reason="apple")
    username, password = call.body.get("username"), call.body.get("password")
    if not all(isinstance(each, str) and len(each) > 1 for each in (username, password)):
        raise BadRequest("Username or password cannot be empty")
    assert isinstance(username, str)
    key = {"username": username, "password": password}
    for known in call.tx[CREDENTIALS].find(user_id=call.caller.user_id, type=APPLE):
        if known.key is not None and known.key.get("username") == username:
            if known.key != key:
                call.tx[CREDENTIALS].update(known.id, key=key, invalid=False)
            return NOTHING
    if password == REFUSED_CODE:
        raise BadRequest("Could not add this apple calendar account: Invalid credentials")
    call.tx[CREDENTIALS].create(
        type=APPLE,
        app_id=INTEGRATIONS[APPLE].slug,
        key=key,
        user_id=call.caller.user_id,
        account_id=open_account(call.tx, APPLE, username).id,
    )
    return NOTHING


def check_calendar(call: Call) -> Any:
    """Whether the caller's first connection with the service works."""
    integration = CHECKED_CALENDARS.get(str(call.path["calendar"]))
    if integration is None:
        raise BadRequest(INVALID_CALENDAR, reason="google, office365, apple")
    check_connection(call.tx, call.caller.user_id, integration, *CHECK_MESSAGES[integration])
    return NOTHING


def disconnect_calendar(call: Call) -> Any:
    """Takes any connection of the caller away, with what was chosen in it."""
    credential = call.tx[CREDENTIALS].get(call.body["id"])
    if credential is None or credential.user_id != call.caller.user_id:
        raise NotFound("Calendar credentials not found")
    return credential_view(call.tx[CREDENTIALS].delete(credential.id))


def _oauth_calendar(call: Call) -> str:
    integration = BY_PROVIDER.get(str(call.path["calendar"]))
    if integration is None:
        # The live text lists apple although it is refused here.
        raise BadRequest(INVALID_CALENDAR, reason="google, office365, apple")
    return integration


def _state(call: Call) -> dict[str, str]:
    """The fields of the state; `redir` is empty where it is missing."""
    text = call.query.get("state")
    fields = parse_qs(text, keep_blank_values=True) if isinstance(text, str) else {}
    missing = [(name, NOT_IN_STATE) for name in ("accessToken", "origin") if name not in fields]
    if missing:
        raise QueryInvalid(missing)
    return {name: fields.get(name, [""])[0] for name in ("accessToken", "origin", "redir")}


def _account(call: Call, integration: str, user: User, code: str) -> Account:
    """The account that was chosen on the consent page, else the user's own."""
    chosen = call.tx[ACCOUNTS].get(account_of_code(code))
    if chosen is not None and chosen.integration == integration:
        return chosen
    return open_account(call.tx, integration, user.email)


def _connect(call: Call, user: User, account: Account, primary: AccountCalendar) -> None:
    """A new connection, unless the account's primary calendar is checked for conflicts through a valid one already."""
    place = {"user_id": user.id, "integration": account.integration, "external_id": primary.external_id}
    selection = call.tx[SELECTED_CALENDARS].first(**place)
    held = None if selection is None else call.tx[CREDENTIALS].get(selection.credential_id)
    if held is not None:
        if held.invalid:
            call.tx[CREDENTIALS].update(held.id, account_id=account.id, invalid=False)
        return
    slug = INTEGRATIONS[account.integration].slug
    credential = call.tx[CREDENTIALS].create(
        type=account.integration, app_id=slug, key={}, user_id=user.id, account_id=account.id
    )
    if selection is None:
        selection = SelectedCalendar(id=call.identifiers.uuid4(), credential_id=credential.id, **place)
        call.tx[SELECTED_CALENDARS].insert(selection)
    else:
        call.tx[SELECTED_CALENDARS].update(selection.id, credential_id=credential.id)
