"""Why some mutants are none, and why some survive. Every mutant that is not noticed has to stand here to be excused."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """Mutants by their kind and what they break, both regular expressions, and why."""

    kind: str
    target: str
    why: str

    def fits(self, kind: str, target: str) -> bool:
        """Whether it is about a mutant."""
        return re.fullmatch(self.kind, kind) is not None and re.fullmatch(self.target, target) is not None


_FORMS = r"list_organization_(team_)?routing_form(s|_responses)"

NO_MUTANTS: tuple[Reason, ...] = (
    Reason(".*", rf"{_FORMS}\?(after|before)\w+", "the API refuses every value of this parameter"),
    Reason(
        "sorts_by_another_key", r"list_user_out_of_office\?\w+",
        "absences of one person do not overlap, so that both orders are one",
    ),
    Reason(
        "read_empties_field", r"get_webhook#(teamId|eventTypeId|oAuthClientId|appId|time|timeUnit|platform)",
        "a person's webhook never has anything in this field",
    ),
    Reason("takes_the_first_value_only", r"get_available_slots\?usernames", "one name alone is refused"),
    Reason(
        "broken_json_needs_credentials", "create_booking",
        "broken JSON and an empty body are refused with the same status, with or without credentials",
    ),
    Reason(
        "field_is_(not_written|lost_silently)", r"(create|update)_(organization_)?(team_)?event_type#disableGuests",
        "the field has no effect by the API's design: the booking field `guests` decides",
    ),
    Reason(
        "field_is_(not_written|lost_silently)", r"(create|update)_(organization_)?team#timeFormat",
        "the field cannot be set: numbers are refused, and so are texts",
    ),
)  # fmt: skip
"""Mutants that cannot do anything, so that no server can have this fault: they are not counted."""

SURVIVE: tuple[Reason, ...] = (
    Reason(
        ".*", rf"{_FORMS}.*",
        "no operation makes forms or responses, and there is one of each: orders and pages of one entry are all alike",
    ),
    Reason(
        ".*", r"update_organization_(team_)?routing_form_response#.*",
        "no operation makes a response that a story could change, and none reads a single one",
    ),
    Reason(
        "refusals_are_old", ".*",
        "the servers of a deployment may differ by a second, which a run without rate does not take",
    ),
    Reason(
        "(broken_json|any_content_type)_.*", ".*",
        "on a deployment broken JSON is sent to a dozen of the operations only",
    ),
    Reason(
        "(options_outlive|attributes_look).*", ".*",
        "attributes are shared by a whole organization, so that a deployment is asked to make none",
    ),
    Reason(
        "writes_at_once_are_lost|two_bookings_of_one_moment", ".*",
        "on a deployment the gate sends one request after the other",
    ),
    Reason(
        "absence_of_attendees_is_not_read|(meeting_started|meeting_ended|booking_no_show_updated)_is_never_sent", ".*",
        "a meeting has to have begun, and the clock of a deployment cannot be moved",
    ),
    Reason(
        ".*", r"deselect_calendar\?delegationCredentialId",
        "no operation gives somebody the calendars of a delegation credential",
    ),
)  # fmt: skip
"""Faults that a server can have and that go unnoticed, and why that is so: they count as survivors."""


def why_none(kind: str, target: str) -> str | None:
    """Why a mutant that never did anything is none; None where it counts as a survivor."""
    return next((each.why for each in NO_MUTANTS if each.fits(kind, target)), None)


def why_survives(kind: str, target: str) -> str | None:
    """Why a mutant survives, as far as that is known."""
    return next((each.why for each in SURVIVE if each.fits(kind, target)), None)
