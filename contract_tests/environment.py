"""The environment variables that the contract tests read, besides those of `cal-mock` itself."""

from __future__ import annotations

API_KEY = "CAL_API_KEY"
CLIENT_ID = "CAL_CLIENT_ID"
CLIENT_SECRET = "CAL_CLIENT_SECRET"
OTHER_API_KEY = "CAL_OTHER_API_KEY"
WEBHOOK_INBOX = "CAL_WEBHOOK_INBOX"
BASE_URL = "BASE_URL"
STEP_SUMMARY = "GITHUB_STEP_SUMMARY"

MEANINGS = {
    BASE_URL: "the server that is checked",
    API_KEY: "the API key that requests are made with",
    CLIENT_ID: "the OAuth client whose temporary users make the requests",
    CLIENT_SECRET: "its secret",
    OTHER_API_KEY: "the key of an unrelated user; without it, a temporary user takes that part",
    WEBHOOK_INBOX: "a receiver that webhooks may be sent to; without it, stories about them are left out",
    STEP_SUMMARY: "the file that the summary is added to, as GitHub sets it",
}
"""The meaning of each variable."""
