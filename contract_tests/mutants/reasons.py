"""Reasons for equivalent and for surviving mutants. Every mutant that is not killed has to be listed here."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """Mutants by their kind and target, both regular expressions, and the reason."""

    kind: str
    target: str
    why: str

    def fits(self, kind: str, target: str) -> bool:
        """Whether it covers a mutant."""
        return re.fullmatch(self.kind, kind) is not None and re.fullmatch(self.target, target) is not None


_FORMS = r"list_organization_(team_)?routing_form(s|_responses)"

EQUIVALENT: tuple[Reason, ...] = (
    Reason(".*", rf"{_FORMS}\?(after|before)\w+", "the API rejects every value of this parameter"),
    Reason(
        "sorts_by_another_key", r"list_user_out_of_office\?\w+",
        "absences of one user do not overlap, so both orders are the same",
    ),
    Reason(
        "read_empties_field", r"get_webhook#(teamId|eventTypeId|oAuthClientId|appId|time|timeUnit|platform)",
        "a user's webhook never has a value in this field",
    ),
    Reason("takes_the_first_value_only", r"get_available_slots\?usernames", "a single name is rejected"),
    Reason(
        "broken_json_counts_as_empty", "create_booking",
        "broken JSON and an empty body get the same status, with or without credentials",
    ),
    Reason(
        "field_is_(not_written|lost_silently)", r"(create|update)_(organization_)?(team_)?event_type#disableGuests",
        "the field has no effect by the API's design: the booking field `guests` decides",
    ),
    Reason(
        "field_is_(not_written|lost_silently)", r"(create|update)_(organization_)?team#timeFormat",
        "the field cannot be set: numbers are rejected, and so are strings",
    ),
)  # fmt: skip
"""Equivalent mutants: the fault can have no effect, so no server can have it. They are not counted."""

KNOWN_SURVIVORS: tuple[Reason, ...] = (
    Reason(
        ".*", rf"{_FORMS}.*",
        "no operation creates forms or responses, and there is one of each, so order and pages make no difference",
    ),
    Reason(
        ".*", r"update_organization_(team_)?routing_form_response#.*",
        "no operation creates a response that a story could change, and none reads a single one",
    ),
    Reason(
        "errors_have_old_timestamps", ".*",
        "the clocks of a deployment's servers may differ by a second, and a run without rate limit takes less",
    ),
    Reason(
        "(broken_json|any_content_type)_.*", ".*",
        "on a deployment, broken JSON is sent to a dozen operations only",
    ),
    Reason(
        "(options_outlive|attribute_updated_at).*", ".*",
        "attributes are shared by a whole organization, so none are created on a deployment",
    ),
    Reason(
        "concurrent_writes_are_lost|concurrent_bookings_both_succeed", ".*",
        "on a deployment the gate sends one request after the other",
    ),
    Reason(
        "absence_of_attendees_is_not_read|(meeting_started|meeting_ended|booking_no_show_updated)_is_never_sent", ".*",
        "the meeting has to have started, and the clock of a deployment cannot be moved",
    ),
    Reason(
        ".*", r"deselect_calendar\?delegationCredentialId",
        "no operation gives a user the calendars of a delegation credential",
    ),
)  # fmt: skip
"""Faults that a server can have and that the checks miss. They count as survivors."""


def why_equivalent(kind: str, target: str) -> str | None:
    """The reason why a mutant without any effect is equivalent; None if it counts as a survivor."""
    return next((each.why for each in EQUIVALENT if each.fits(kind, target)), None)


def why_survives(kind: str, target: str) -> str | None:
    """The recorded reason why a mutant survives; None if there is none."""
    return next((each.why for each in KNOWN_SURVIVORS if each.fits(kind, target)), None)
