"""Operations that never succeed in a run on a deployment, and why."""

from __future__ import annotations

from contract_tests.reports.results import Results

NO_KEY = "temporary users have no API key to refresh"
NO_FORM = "no operation creates a routing form; the team needs one that was created in the web app"
NO_MEETING_ACCOUNT = "the caller or the team needs a connected account at Google, Zoom or Microsoft"
NO_CALENDAR = "the caller needs a connected Google calendar"
NO_STRIPE = "the caller or the team needs a connected Stripe account"
NO_CONSENT = "it needs a code from the consent page, which is behind the login of the web app"
NO_CODE = "it needs a code that is sent to the address alone"
NO_EVENT = "no operation creates an event, and few deployments have them"
NO_ALLOWLIST = "the deployment has to publish an allow-list"
ONLY_KEYS = "only API keys subscribe, and temporary users have none"
NOT_STARTED = "since edition 2026-03 the meeting has to have started, and no meeting of the run had yet"
NO_THIRD_PARTY_CLIENT = "no operation creates a third-party client"

UNREACHED = {
    "refresh_api_key": NO_KEY,
    "list_organization_team_routing_form_responses": NO_FORM,
    "update_organization_routing_form_response": NO_FORM,
    "update_organization_team_routing_form_response": NO_FORM,
    "calculate_routing_form_slots": NO_FORM,
    "connect_conferencing_app": NO_MEETING_ACCOUNT,
    "disconnect_conferencing_app": NO_MEETING_ACCOUNT,
    "connect_team_conferencing_app": NO_MEETING_ACCOUNT,
    "disconnect_team_conferencing_app": NO_MEETING_ACCOUNT,
    "get_calendar_event": NO_CALENDAR,
    "update_calendar_event": NO_CALENDAR,
    "check_stripe": NO_STRIPE,
    "check_team_stripe": NO_STRIPE,
    "check_organization_team_stripe": NO_STRIPE,
    "create_oauth2_tokens": NO_CONSENT,
    "get_oauth2_client": NO_THIRD_PARTY_CLIENT,
    "verify_email": NO_CODE,
    "verify_phone": NO_CODE,
    "verify_team_email": NO_CODE,
    "verify_team_phone": NO_CODE,
    "verify_organization_team_email": NO_CODE,
    "verify_organization_team_phone": NO_CODE,
    "verify_booking_code": NO_CODE,
    "mark_booking_absent": NOT_STARTED,
    "list_events": NO_EVENT,
    "get_event": NO_EVENT,
    "list_allowlists": NO_ALLOWLIST,
    "get_allowlist": NO_ALLOWLIST,
    "register_app_push_subscription": ONLY_KEYS,
    "remove_app_push_subscription": ONLY_KEYS,
    "create_slack_link_intent": ONLY_KEYS,
    "create_telegram_link_intent": ONLY_KEYS,
    "remove_slack_subscription": ONLY_KEYS,
    "remove_telegram_subscription": ONLY_KEYS,
}
"""By operationId, of all editions. `contract_tests/README.md` lists them too."""


def note_unreached(results: Results) -> None:
    """Notes why operations never succeeded, as far as that is known."""
    tallies = results.tallies
    for reason in dict.fromkeys(UNREACHED.values()):
        names = [
            name
            for name, known in UNREACHED.items()
            if known == reason and name in tallies and tallies[name].tested and not tallies[name].reached
        ]
        if names:
            results.notes.append(f"never reached: {', '.join(names)}: {reason}")
