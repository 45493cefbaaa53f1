"""Operations that a run on a deployment calls and still never sees succeed: why, and what would open them."""

from __future__ import annotations

from contract_tests.reports.results import Results

NO_KEY = "throw-away users have no API key to exchange"
NO_FORM = "no operation makes a routing form; it takes a form of the team, made in the web app"
NO_MEETING_ACCOUNT = "it takes an account at Google, Zoom or Microsoft that the caller, or the team, has connected"
NO_STRIPE = "it takes a Stripe account that the caller, or the team, has connected"

UNREACHED = {
    "refresh_api_key": NO_KEY,
    "list_organization_team_routing_form_responses": NO_FORM,
    "update_organization_routing_form_response": NO_FORM,
    "update_organization_team_routing_form_response": NO_FORM,
    "connect_conferencing_app": NO_MEETING_ACCOUNT,
    "disconnect_conferencing_app": NO_MEETING_ACCOUNT,
    "connect_team_conferencing_app": NO_MEETING_ACCOUNT,
    "set_team_default_conferencing_app": NO_MEETING_ACCOUNT,
    "disconnect_team_conferencing_app": NO_MEETING_ACCOUNT,
    "check_stripe": NO_STRIPE,
    "check_team_stripe": NO_STRIPE,
}
"""By operationId. The README lists them too."""


def note_unreached(results: Results) -> None:
    """Notes why operations were called in vain, as far as that is known."""
    for reason in dict.fromkeys(UNREACHED.values()):
        names = [
            name
            for name, known in UNREACHED.items()
            if known == reason and results.tallies[name].tested and not results.tallies[name].reached
        ]
        if names:
            results.notes.append(f"never reached: {', '.join(names)}: {reason}")
