"""Connects calendar accounts, checks connections and removes them.

Source: Cal.com API v2, calendars: connect, save, credentials, check, disconnect.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import parse_qs

import msgspec

from mock_server.calendars.accounts import open_account, primary_calendar
from mock_server.calendars.connections import check_connection, own_credential
from mock_server.calendars.consent import (
    CLIENT_ID,
    REFUSED_CODE,
    account_of_code,
    bearer_for_state,
    consent_url,
    user_of_state,
)
from mock_server.calendars.hints import FLOW_REFUSED
from mock_server.calendars.integrations import APPLE, BY_PROVIDER, GOOGLE, INTEGRATIONS
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
from mock_server.runtime.errors import BadRequest, QueryInvalid, Unauthorized, ValidationFailed, property_error
from mock_server.runtime.json_values import is_object
from mock_server.runtime.reply import NOTHING, Nothing, Redirect

CHECKED_CALENDARS = {**BY_PROVIDER, "apple": APPLE}
INVALID_CALENDAR = "Invalid calendar type, available calendars are: "
NOT_IN_STATE = "Expected string, received null"


class CalendarState(NamedTuple):
    """The state that a consent page returns. `redir` is empty where it is missing; a dry run stores nothing."""

    access_token: str
    origin: str
    redir: str
    is_dry_run: bool


def connect_calendar(call: Call) -> dict[str, str]:
    """The address of the consent page. Stores nothing."""
    integration = _oauth_calendar(call)
    state = _new_state(call)
    if integration == GOOGLE:
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


def save_calendar_connection(call: Call) -> Redirect:
    """Connects the account for the user of the state's token, selects its primary calendar, and redirects."""
    state = _state(call)
    integration = _oauth_calendar(call)
    redirect = Redirect(state.redir or state.origin)
    code = call.query.get("code")
    if not code or code == "undefined" or state.is_dry_run:
        return redirect
    user = user_of_state(call, state.access_token)
    if user is None:
        raise Unauthorized("Invalid Access token.", hint=FLOW_REFUSED)
    if code == REFUSED_CODE:
        if integration == GOOGLE:
            raise BadRequest("invalid_grant")
        return redirect
    account = _account(call, integration, user, code)
    primary = primary_calendar(call.tx, account)
    if primary is not None:
        _connect(call, user, account, primary)
    return redirect


def save_calendar_credentials(call: Call) -> Nothing:
    """Connects an Apple account by user name and password, without selecting a calendar."""
    if call.path["calendar"] != "apple":
        raise BadRequest(INVALID_CALENDAR, reason="apple")
    username, password = call.body.get("username"), call.body.get("password")
    if call.has("apple-credentials-trimmed"):
        username, password = _filled(call, "username"), _filled(call, "password")
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


def check_calendar(call: Call) -> Nothing:
    """Checks the caller's first connection to the service."""
    integration = CHECKED_CALENDARS.get(str(call.path["calendar"]))
    if integration is None:
        raise BadRequest(INVALID_CALENDAR, reason="google, office365, apple")
    check_connection(call.tx, call.caller.user_id, integration)
    return NOTHING


def disconnect_calendar(call: Call) -> dict[str, object]:
    """Removes a connection of the caller, with the selected calendars and the destination calendar that use it."""
    credential = own_credential(call.tx, call.caller.user_id, call.body["id"])
    return credential_view(call.tx[CREDENTIALS].delete(credential.id))


def _filled(call: Call, name: str) -> str:
    """A credential without the spaces around it. Raises ValidationFailed if it consists of spaces."""
    text = str(call.body[name]).strip()
    if not text:
        rule = {"minLength": f"{name} must be longer than or equal to 1 characters"}
        raise ValidationFailed([{**property_error(call.body, name, rule), "value": text}])
    return text


def _oauth_calendar(call: Call) -> str:
    integration = BY_PROVIDER.get(str(call.path["calendar"]))
    if integration is None:
        # The live message lists apple, although it is not accepted here.
        raise BadRequest(INVALID_CALENDAR, reason="google, office365, apple")
    return integration


def _new_state(call: Call) -> str:
    """The state of a consent page: JSON, or a form without dry runs in older editions."""
    bearer, redir = bearer_for_state(call), call.query.get("redir")
    origin = call.headers.get("origin") or call.headers.get("host", "")
    if not call.has("calendar-state-is-json"):
        return f"accessToken={bearer}&origin={origin}&redir={redir or ''}"
    state = {"accessToken": bearer, "origin": origin, "redir": redir, "isDryRun": call.query.get("isDryRun") == "true"}
    return msgspec.json.encode({name: value for name, value in state.items() if value is not None}).decode()


def _state(call: Call) -> CalendarState:
    """The state that came back: JSON, or the form of older editions. Raises QueryInvalid without a token or origin."""
    text = call.query.get("state")
    fields = _json_state(text) if isinstance(text, str) and call.has("calendar-state-is-json") else None
    required = ("accessToken", "origin")
    if fields is None:
        form = parse_qs(text, keep_blank_values=True) if isinstance(text, str) else {}
        fields = {name: values[0] for name, values in form.items()}
        if call.has("calendar-state-is-json"):
            required = (*required, "isDryRun")
    missing = [(name, NOT_IN_STATE) for name in required if name not in fields]
    if missing:
        raise QueryInvalid(missing)
    return CalendarState(
        str(fields["accessToken"]), str(fields["origin"]), str(fields.get("redir") or ""), _is_dry_run(fields)
    )


def _is_dry_run(fields: dict[str, Any]) -> bool:
    return fields.get("isDryRun") in (True, "true")


def _json_state(text: str) -> dict[str, Any] | None:
    try:
        state = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None
    return state if is_object(state) else None


def _account(call: Call, integration: str, user: User, code: str) -> Account:
    """The account chosen on the consent page, else the user's own."""
    chosen = call.tx[ACCOUNTS].get(account_of_code(code))
    if chosen is not None and chosen.integration == integration:
        return chosen
    return open_account(call.tx, integration, user.email)


def _connect(call: Call, user: User, account: Account, primary: AccountCalendar) -> None:
    """Creates a connection, unless the account's primary calendar is already selected through another one.

    If that one has become invalid, it is renewed.
    """
    selection = call.tx[SELECTED_CALENDARS].first(
        user_id=user.id, integration=account.integration, external_id=primary.external_id
    )
    known = None if selection is None else call.tx[CREDENTIALS].get(selection.credential_id)
    if known is not None:
        if known.invalid:
            call.tx[CREDENTIALS].update(known.id, account_id=account.id, invalid=False)
        return
    slug = INTEGRATIONS[account.integration].slug
    credential = call.tx[CREDENTIALS].create(
        type=account.integration, app_id=slug, key={}, user_id=user.id, account_id=account.id
    )
    if selection is not None:
        call.tx[SELECTED_CALENDARS].update(selection.id, credential_id=credential.id)
        return
    selection = SelectedCalendar(
        id=call.identifiers.uuid4(),
        user_id=user.id,
        integration=account.integration,
        external_id=primary.external_id,
        credential_id=credential.id,
    )
    call.tx[SELECTED_CALENDARS].insert(selection)
