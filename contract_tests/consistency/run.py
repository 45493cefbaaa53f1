"""Runs the stories on a server."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from contract_tests.consistency import (
    account,
    booking_requirements,
    bookings,
    cascades,
    clocks,
    concurrency,
    cursors,
    http_behaviour,
    invalid_requests,
    members,
    other_areas,
    participants,
    queries,
    roles,
    round_trips,
    settings,
    staleness,
    text,
    tokens,
    verified_resources,
    webhooks,
)
from contract_tests.consistency.actors import Actors
from contract_tests.consistency.crud_lifecycle import CrudLifecycle
from contract_tests.consistency.findings import Report
from contract_tests.consistency.resource import Resource
from contract_tests.consistency.resources import RESOURCES
from contract_tests.consistency.session import Session
from contract_tests.http import Channel
from mock_server.runtime.description import Description, Operation

Story = Callable[[Session], None]


def _lifecycle_of(resource: Resource) -> Story:
    def story(session: Session) -> None:
        if not any(_serves(session.description, operation, resource) for operation in session.description):
            version = "" if resource.version is None else f" in version {resource.version}"
            session.leave_out(f"this edition has no {resource.collection}{version}")
            return
        with resource.within(session) as ids:
            CrudLifecycle(session, resource, ids).run()

    return story


def _serves(description: Description, operation: Operation, resource: Resource) -> bool:
    versions = description.known_versions if operation.versions is None else operation.versions
    return operation.path == resource.collection and resource.version in (None, *versions)


STORIES: dict[str, tuple[str, Story]] = {
    **{resource.name: (resource.purpose, _lifecycle_of(resource)) for resource in RESOURCES},
    "bookings": ("personal", bookings.bookings),
    "participants": ("personal", participants.participants),
    "requests to reschedule": ("personal", bookings.reschedule_requests),
    "confirmations": ("personal", bookings.confirmations),
    "reservations": ("personal", bookings.reservations),
    "own profile": ("client", account.own_profile),
    "calendars": ("personal", account.calendars),
    "assigned attributes": ("organization", account.assigned_attributes),
    "organization memberships": ("organization", account.organization_memberships),
    "plain reads": ("personal", account.plain_reads),
    "rate limits": ("personal", account.rate_limits),
    "buffers": ("personal", settings.buffers),
    "limits": ("personal", settings.limits),
    "limits of hosts": ("client", settings.host_limits),
    "notice": ("personal", settings.notice),
    "booking windows": ("personal", settings.windows),
    "slot settings": ("personal", settings.slot_settings),
    "seats": ("personal", settings.seats),
    "settings of confirmations": ("personal", settings.confirmation_settings),
    "settings for bookers": ("personal", settings.booker_settings),
    "booking forms": ("personal", settings.forms),
    "booking fields": ("personal", booking_requirements.booking_fields),
    "verified bookers": ("personal", booking_requirements.verified_bookers),
    "series": ("personal", settings.series),
    "schedules in effect": ("personal", settings.schedules_in_effect),
    "directory of event types": ("personal", settings.directory),
    "offers by name": ("personal", settings.offers_by_name),
    "queries of bookings": ("personal", queries.booking_queries),
    "pages of bookings": ("personal", cursors.booking_pages),
    "pages of an organization's bookings": ("organization", cursors.organization_booking_pages),
    "queries of an organization's bookings": ("organization", queries.organization_booking_queries),
    "queries of managed users": ("client", queries.managed_user_queries),
    "queries of event types": ("client", queries.event_type_queries),
    "queries of slots": ("personal", queries.slot_queries),
    "queries of absences": ("organization", queries.absence_queries),
    "full bookings": ("personal", round_trips.full_bookings),
    "schedules of users": ("organization", round_trips.schedules_of_users),
    "decided bookings": ("personal", round_trips.decided_bookings),
    "unavailable times": ("personal", invalid_requests.unavailable_times),
    "invalid bookings": ("personal", invalid_requests.invalid_bookings),
    "invalid settings": ("personal", invalid_requests.invalid_settings),
    "duplicate names": ("client", invalid_requests.duplicate_names),
    "summer time": ("personal", clocks.summer_time),
    "date line": ("personal", clocks.date_line),
    "today": ("personal", clocks.today),
    "lengths of reservations": ("personal", clocks.reservation_lengths),
    "credentials and versions": ("personal", other_areas.credentials_and_versions),
    "routing forms": ("organization", other_areas.routing_forms),
    "apps": ("client", other_areas.apps),
    "private links of event types": ("personal", other_areas.private_links),
    "private links of teams' event types": ("organization", other_areas.private_links_of_teams),
    "reassignments": ("client", other_areas.reassignments),
    "verified resources": ("client", verified_resources.verified_resources),
    "verified resources of organizations": ("organization", verified_resources.verified_resources_of_organizations),
    "permissions of roles": ("organization", members.role_permissions),
    "members by attribute": ("organization", members.assigned_options),
    "history of attributes": ("organization", members.assignment_history),
    "invitations": ("organization", members.invitations),
    "default schedule": ("client", cascades.default_schedule),
    "deleted event types": ("personal", cascades.deleted_event_types),
    "workflows of event types": ("client", cascades.workflows_of_event_types),
    "deleted users": ("client", cascades.deleted_users),
    "deleted teams": ("client", cascades.deleted_teams),
    "slots of teams": ("client", cascades.team_slots),
    "ids": ("personal", cascades.unique_ids),
    "absences": ("organization", cascades.absences),
    "own absences": ("client", cascades.own_absences),
    "absences in teams": ("client", cascades.absences_in_teams),
    "deleted attributes": ("organization", cascades.deleted_attributes),
    "texts": ("personal", text.kept_texts),
    "texts of bookings": ("personal", text.booked_texts),
    "addresses": ("client", text.email_case),
    "timestamps of changes": ("personal", staleness.change_timestamps),
    "timestamps of errors": ("personal", staleness.error_timestamps),
    "fresh reads": ("client", staleness.fresh_reads),
    "fresh offers": ("personal", staleness.fresh_offers),
    "fresh lists": ("organization", staleness.fresh_lists),
    "fresh attributes": ("organization", staleness.fresh_attributes),
    "browsers": ("personal", http_behaviour.browsers),
    "HEAD requests": ("personal", http_behaviour.head_requests),
    "entity tags": ("client", http_behaviour.entity_tags),
    "malformed bodies": ("personal", http_behaviour.malformed_bodies),
    "webhooks of bookings": ("personal", webhooks.triggers_of_bookings),
    "webhooks of requests": ("personal", webhooks.triggers_of_requests),
    "subscriptions": ("personal", webhooks.subscriptions),
    "subscriptions of clients": ("client", webhooks.client_subscriptions),
    "webhooks of meetings": ("client", webhooks.meetings),
    "roles in teams": ("client", roles.team_roles),
    "roles in organizations": ("organization", roles.organization_roles),
    "other users": ("client", roles.other_users),
    "access to OAuth clients": ("client", roles.client_access),
    "token lifecycle": ("client", tokens.token_lifecycle),
    "concurrent writes": ("personal", concurrency.concurrent_writes),
    "concurrent bookings": ("personal", concurrency.concurrent_bookings),
    "sequential writes": ("client", concurrency.sequential_writes),
}
"""By name: the purpose of the credentials, and the story."""

NEEDS_LIMITS = frozenset({"rate limits"})
"""Stories that need a server with rate limits."""


def run(
    channel: Channel,
    actors: Actors,
    description: Description,
    *,
    seed: int,
    only: Iterable[str] | None = None,
    **options: Any,
) -> Report:
    """Runs the stories (`only` those named) and returns the report. `options` are passed to Session."""
    session = Session(channel, actors, description, seed, **options)
    try:
        for name in STORIES if only is None else only:
            purpose, story = STORIES[name]
            session.begin(name)
            with session.ending_quietly():
                session.credentials(purpose)
                story(session)
    finally:
        channel.close()
    return session.report
