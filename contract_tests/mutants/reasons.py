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


EQUIVALENT: tuple[Reason, ...] = (
    Reason(
        ".*", r"list_organization_team_routing_form_responses\?(after|before|sort)UpdatedAt",
        "the API neither filters nor sorts by this parameter here",
    ),
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
    Reason(
        "double_create", r"create_(organization_)?(team_)?membership",
        "a user can be a member of a team only once, so the second creation fails",
    ),
    Reason(
        "double_create", r"create_recurring_bookings\w*|reserve_slot\w*",
        "the first one takes the slots, so the second creation fails",
    ),
    Reason(
        "updates_another_too", r"update_organization_(team_)?role",
        "no two roles have one name, so the second update fails",
    ),
    Reason("double_create", "select_calendar", "a calendar that is selected already stays so"),
    Reason("deletes_twice", "delete_slot_reservation", "releasing a reservation is idempotent by the API's design"),
    Reason(
        "(deletes|updates)_another_too", r"((delete|update)_slot_reservation|deselect_calendar)\w*",
        "no operation lists the ids, or there is none in the path: there is no next one",
    ),
    Reason(
        "needs_no_version", r".*(_2024_04_15|verified_\w+|_public_event_types?|recurring_bookings)",
        "a missing header means version 2024-04-15, which the operation has",
    ),
    Reason(
        "rejects_unknown_fields|rejected_write_is_applied|accepts_invalid_body",
        r"create_\w*(team_invite|link_intent)", "it takes no body",
    ),
    Reason(
        ".*", r"(list|get)_allowlists?", "neither the live service nor the default world publishes any: it answers 404",
    ),
    Reason("create_is_lost", "verify_booking_code", "it checks a code and changes nothing"),
    Reason(r"wrong_time_zone|timestamps_\w+", "update_event_type_2024_04_15", "it answers no timestamps"),
    Reason("text_in_lower_case", "select_calendar", "the names that it answers are in lower case"),
    Reason(
        "text_(cut_off|in_wrong_encoding)", "list_(team_)?conferencing_apps",
        "its texts are short names of apps, in ASCII",
    ),
    Reason(
        "text_in_wrong_encoding", r"list_booking_conferencing_sessions|\w*verified_phones?",
        "its texts are ids, or numbers of telephones, in ASCII",
    ),
    Reason("text_in_lower_case", "get_default_conferencing_app", "names of apps are in lower case"),
    Reason("partial_update", "decline_booking", "its body has one field only"),
    Reason(
        "accepts_invalid_query", "deselect_calendar",
        "all parameters are required but one, and that takes any text",
    ),
    Reason("text_cut_off", r"\w*verified_phones?", "a telephone number is too short to be cut off"),
    Reason(
        "text_in_wrong_encoding", r"connect_calendar|\w*(auth|connect)_url", "it answers an address, which is ASCII",
    ),
    Reason(
        "ignores_filters", r"list_busy_times|get_\w*connect_url",
        "without its parameters, which are required, it is refused",
    ),
    Reason("no_content", r"remove_organization_(team_)?role_permissions", "it answers 204 by the API's design"),
    Reason(r"stale_\w+", r"get_\w*verified_(email|phone)", "a verified address never changes"),
    Reason(r"stale_\w+", r"list_\w*routing_forms", "no operation changes a form"),
    Reason(
        "wrong_item_is_returned|unknown_id_is_found", "get_(default_schedule|me|booking_limits|available_credits)",
        "the path has no id, so there is one item only",
    ),
    Reason(
        "updates_what_was_not_sent",
        r"update_destination_calendar|reschedule_booking|update_\w*team_membership|update_\w*routing_form_response",
        "all fields that could be reset are part of the request or given anew",
    ),
    Reason(
        "(list|read)_empties_field", r"\w+_organization_attributes?#usersCanEditRelation",
        "no operation sets this field, so it is always empty",
    ),
)  # fmt: skip
"""Equivalent mutants: the fault can have no effect, so no server can have it. They are not counted."""

KNOWN_SURVIVORS: tuple[Reason, ...] = (
    Reason(
        ".*", r"deselect_calendar\?delegationCredentialId",
        "no operation gives a user the calendars of a delegation credential",
    ),
    Reason(
        r"(leaves_out_the_bound|bound_a_day_off|page_\w+|list_reversed|lost_update|updates_another_too)",
        r"(list|update)_organization_(team_)?routing_form(s|_responses?)([?#]\w+)?",
        "editions before 2026-03 neither create forms nor answer them, and those of the default world are too few",
    ),
    Reason(
        "write_with_bad_credentials_is_applied", "create_organization_routing_form_response",
        "no operation lists the responses of a form that belongs to no team",
    ),
    Reason(
        r"rate_limit_\w+", r"\w+_insight_\w+",
        "rate limits are looked at with reads that need nothing, and figures are asked for with a body",
    ),
    Reason(
        "serves_other_users", r"\w+_team_booking_limits",
        "the fault acts as a user of the default world who takes turns in no team, and so has no such limits",
    ),
    Reason(
        "rejected_write_is_applied", r"update_\w*routing_form_response",
        "its body has one field, so that an invalid one has no valid part but that of an earlier request",
    ),
    Reason("double_create", r"create_\w*team_invite", "no operation lists the invitations of a team"),
    Reason(
        ".*", "create_team_routing_form_response",
        "the forms of the default world belong to teams of an organization, and no operation creates one",
    ),
    Reason(
        "write_with_bad_credentials_is_applied", r"\w+_phone_call", "no operation reads the settings of phone calls",
    ),
    Reason(
        "rejected_write_is_applied|ignores_filters|delete_is_lost", "(reserve_slot_2024_04_15|delete_selected_slot)",
        "only generated requests send what shows it, and they do not look at the slots afterwards",
    ),
    Reason(
        "ignores_parameter", "get_available_slots[?]username", "stories and journeys look slots up by other parameters",
    ),
    Reason(
        "repeats_request_id", "get_available_slots_2024_04_15",
        "request ids are compared by stories, and only journeys call it",
    ),
    Reason(
        "updates_what_was_not_sent", "update_me|update_organization_user_schedule",
        "stories send all texts that it has, and journeys look at the field that they changed",
    ),
    Reason(
        "stale_until_later|never_modified", "(list_organization_bookings|get_booking_calendar_links)",
        "conditional and repeated reads are tried with the reads of single resources and with plain lists",
    ),
)  # fmt: skip
"""Faults that a server can have and that the checks miss, on a sandbox too. They count as survivors."""

SURVIVORS_ON_A_DEPLOYMENT: tuple[Reason, ...] = (
    Reason(
        ".*", r"\w*_routing_form(s|_responses?|_slots)([?#]\w+)?",
        "no operation creates a form, and the forms of others are not answered on a deployment",
    ),
    Reason(
        ".*", r"(verify|get|list)_\w*(email|phone)s?([?#]\w+)?",
        "codes reach the address alone, so nothing is verified on a deployment",
    ),
    Reason(
        ".*", r"(\w*oauth2\w*|\w+_calendar_event)([?#]\w+)?",
        "it takes a browser: a consent page of the web app, or that of Google",
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
        ".*", r"\w*_attribute(s|_options?|_options_by_slug|_assignment|_assignment_history)?([?#]\w+)?",
        "attributes are shared by a whole organization, so none are created on a deployment",
    ),
    Reason(
        ".*", r"(list_delegation_credentials|list_events|get_event)([?#]\w+)?",
        "a run creates neither delegation credentials nor events",
    ),
    Reason(
        ".*", r"\w*_(insights?|stats|trends|routing_insight)(_\w+)?([?#]\w+)?",
        "the figures are those of an organization's own bookings and forms, which a run does not know",
    ),
    Reason(
        "rejects_good_credentials", r"request_\w+_verification_code",
        "every third call is refused, and a run asks for two codes for an address at most",
    ),
    Reason(
        r"error_\w+", "(delete|get|update)_booking_limits",
        "only users outside of every organization are refused, and temporary users are in one",
    ),
    Reason("error_without_reasons", "decline_booking", "there, only valid requests decline a booking"),
    Reason(
        "unknown_id_is_found", r"get_\w+_2024_04_15",
        "there, older versions are asked for what the run has created only",
    ),
    Reason(
        ".*", r"\w+_(app_push|slack|telegram)_\w+",
        "only API keys subscribe, and temporary users have none",
    ),
    Reason(
        "concurrent_writes_are_lost|concurrent_bookings_both_succeed", ".*",
        "on a deployment the gate sends one request after the other",
    ),
    Reason(
        "absence_of_(attendees|the_host)_is_not_(read|listed)"
        "|(meeting_started|meeting_ended|booking_no_show_updated)_is_never_sent", ".*",
        "the meeting has to have started, and the clock of a deployment cannot be moved",
    ),
    Reason(
        ".*", r"list_booking_(recordings|transcripts|conferencing_sessions)([?#]\w+)?",
        "a video meeting has to have taken place",
    ),
    Reason(
        ".*", r"\w*(conferencing|stripe)\w*([?#]\w+)?",
        "connecting an account at Google, Microsoft, Zoom or Stripe takes a browser and an account there",
    ),
    Reason(
        ".*",
        r"((dis)?connect_calendar|save_calendar_\w+|check_calendar|list_busy_times|update_destination_calendar"
        r"|(de)?select_calendar|list_(organization_team_)?booking_references)([?#]\w+)?",
        "a temporary user of a deployment has no connected calendar",
    ),
    Reason(
        ".*", "mark_booking_absent",
        "the meeting has to have started, and the clock of a deployment cannot be moved",
    ),
    Reason(
        ".*", r"\w+_organization_role(s|_permissions?)?",
        "roles are shared by a whole organization, so only those of a team are created on a deployment",
    ),
    Reason(
        "accepts_(any_token|invalid_query)", "list_organization_team_bookings|list_team_event_types",
        "the stories and journeys that call it there send valid tokens and queries only",
    ),
    Reason(
        "stale_until_later|page_starts_one_late", "list_organization_webhooks",
        "webhooks of an organization hear of all its members, so none are created on a deployment",
    ),
    Reason(
        ".*", r"list_managed_organizations([?#]\w+)?", "managed organizations are created with --all-operations only",
    ),
    Reason(
        ".*", r"list_organization_team_user_schedules([?#]\w+)?",
        "the journeys of editions before 2026-03 that look at it use teams and users of the default world",
    ),
    Reason(
        "serves_other_users", ".*",
        "the fault recognizes the users of a sandbox's default world by their keys, which the run does not use here",
    ),
    Reason(
        "write_with_bad_credentials_is_applied", "create_event_type",
        "the fault acts as a user of a sandbox's default world, whose event types the run does not read",
    ),
    Reason(
        "intermittent_connection_drop", "check_ics_feed",
        "only generated requests call it there, and a reply that never came is not judged",
    ),
    Reason(
        "(needs_no|accepts_any)_version", ".*",
        "a deployment is never sent a request under another version: an older operation would answer it",
    ),
    Reason(
        ".*", r"(list_organization_users|update_organization_user|delete_organization_user)([?#]\w+)?",
        "users are invited to an organization with --all-operations only",
    ),
    Reason(
        "(serves_other_users|needs_no_credentials|rejects_good_credentials)", ".*oauth_client.*",
        "OAuth clients are created with --all-operations only, and the credentials in use are not put at risk",
    ),
)  # fmt: skip
"""Faults that the checks miss on a deployment only. They count as survivors of profile staging."""


def why_equivalent(kind: str, target: str) -> str | None:
    """The reason why a mutant without any effect is equivalent; None if it counts as a survivor."""
    return next((each.why for each in EQUIVALENT if each.fits(kind, target)), None)


def why_survives(profile: str, kind: str, target: str) -> str | None:
    """The recorded reason why a mutant survives a profile; None if there is none."""
    known = KNOWN_SURVIVORS if profile == "pr" else (*SURVIVORS_ON_A_DEPLOYMENT, *KNOWN_SURVIVORS)
    return next((each.why for each in known if each.fits(kind, target)), None)
