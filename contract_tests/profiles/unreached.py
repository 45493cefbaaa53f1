"""Operations that never succeed in a run on a deployment, and why."""

from __future__ import annotations

from contract_tests.reports.results import Results

NO_KEY = "temporary users have no API key to refresh"
NO_FORM = "no operation creates a routing form; the team needs one that was created in the web app"
NO_MEETING_ACCOUNT = "the caller or the team needs a connected account at Google, Zoom or Microsoft"
NO_STRIPE = "the caller or the team needs a connected Stripe account"

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
"""By operationId. `contract_tests/README.md` lists them too."""


def note_unreached(results: Results) -> None:
    """Notes why operations never succeeded, as far as that is known."""
    for reason in dict.fromkeys(UNREACHED.values()):
        names = [
            name
            for name, known in UNREACHED.items()
            if known == reason and results.tallies[name].tested and not results.tallies[name].reached
        ]
        if names:
            results.notes.append(f"never reached: {', '.join(names)}: {reason}")
