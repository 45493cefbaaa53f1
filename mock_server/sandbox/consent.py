"""Simulated consent pages of third parties: approving or denying leads to the operation that finishes the OAuth flow.

`GET /_sandbox/oauth/{provider}` accepts the query of the real page, and uses `state` and `redirect_uri`.
"""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qs

from mock_server.calendars.consent import ACCOUNT_CODE
from mock_server.calendars.integrations import BY_PROVIDER
from mock_server.calendars.model import ACCOUNTS
from mock_server.runtime.exchange import Exchange
from mock_server.runtime.reply import Reply
from mock_server.sandbox.errors import Refused

APPROVED = "sandbox-code"
SHOWN_ACCOUNTS = 50
CALLBACKS = {
    "google": "/v2/gcal/oauth/save",
    "office365": "/v2/calendars/office365/save",
    "zoom": "/v2/conferencing/zoom/oauth/callback",
    "msteams": "/v2/conferencing/msteams/oauth/callback",
    "stripe": "/v2/stripe/save",
}
NAMES = {
    "google": "Google Calendar",
    "office365": "Outlook Calendar",
    "zoom": "Zoom",
    "msteams": "Microsoft Teams",
    "stripe": "Stripe",
}

# No form-action: the form leads to the operation, which redirects to any URL that the client has chosen.
POLICY = b"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
PAGE_HEADERS = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", POLICY),
    (b"cache-control", b"no-store"),
)
PAGE_START = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{name} (sandbox)</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 4rem auto; padding: 0 1rem }}
form {{ display: inline }}
input, select, button {{ font: inherit; padding: .4rem .8rem }}
</style>
</head>
<body>
<h1>{name}</h1>
"""
PAGE = (
    PAGE_START
    + """<p>The Cal.com API sandbox stands in for the real consent page. Nothing leaves this server.</p>
<form id="approve" action="{action}" method="get">
<input type="hidden" name="state" value="{state}">
{choice}
<p><button>Approve</button></p>
</form>
<form id="deny" action="{action}" method="get">
<input type="hidden" name="state" value="{state}">
<input type="hidden" name="error" value="access_denied">
<button>Deny</button>
</form>
</body>
</html>
"""
)


def consent_page(exchange: Exchange, provider: str | None) -> Reply:
    """The page of one provider. It leads only to the operation that finishes this provider's flow."""
    if provider not in CALLBACKS:
        raise Refused(404, f"There is no consent page for {provider!r}, only for {', '.join(CALLBACKS)}.")
    query = parse_qs(exchange.query_string.decode("latin-1"), keep_blank_values=True)
    action = exchange.base_url + CALLBACKS[provider]
    if query.get("redirect_uri") != [action]:
        raise Refused(400, f"`redirect_uri` has to be {action}.")
    page = PAGE.format(
        name=escape(NAMES[provider]),
        action=escape(action),
        state=escape(query.get("state", [""])[0]),
        choice=_choice(exchange, provider),
    )
    return Reply(200, page.encode(), PAGE_HEADERS, enveloped=False)


def _choice(exchange: Exchange, provider: str) -> str:
    """The form field with the authorization code; for a calendar provider, the code selects the account."""
    if provider not in BY_PROVIDER:
        return f'<input type="hidden" name="code" value="{APPROVED}">'
    accounts = exchange.world.begin()[ACCOUNTS].page(0, SHOWN_ACCOUNTS, integration=BY_PROVIDER[provider])
    options = [f'<option value="{APPROVED}" selected>Your own account</option>']
    options += [f'<option value="{ACCOUNT_CODE}{each.id}">{escape(each.name)}</option>' for each in accounts]
    return f'<p><label>Account: <select name="code">{"".join(options)}</select></label></p>'
