"""Runs the stories on a server."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from contract_tests.consistency import (
    bookings,
    clocks,
    effects,
    fidelity,
    http,
    queries,
    reads,
    refusals,
    roles,
    settings,
    staleness,
    stories,
    text,
    tokens,
    webhooks,
    writes,
)
from contract_tests.consistency.actors import Actors
from contract_tests.consistency.findings import Report
from contract_tests.consistency.life import Life
from contract_tests.consistency.resource import Resource
from contract_tests.consistency.resources import RESOURCES
from contract_tests.consistency.session import Session
from contract_tests.http import Channel
from mock_server.runtime.description import Description

Story = Callable[[Session], None]


def _life_of(resource: Resource) -> Story:
    def story(session: Session) -> None:
        with resource.within(session) as ids:
            Life(session, resource, ids).live()

    return story


STORIES: dict[str, tuple[str, Story]] = {
    **{resource.name: (resource.purpose, _life_of(resource)) for resource in RESOURCES},
    "bookings": ("personal", bookings.bookings),
    "confirmations": ("personal", bookings.confirmations),
    "reservations": ("personal", bookings.reservations),
    "own profile": ("client", stories.own_profile),
    "calendars": ("personal", stories.calendars),
    "assigned attributes": ("organization", stories.assigned_attributes),
    "organization memberships": ("organization", stories.organization_memberships),
    "looking around": ("personal", stories.looking_around),
    "rate limits": ("personal", stories.rate_limits),
    "buffers": ("personal", settings.buffers),
    "limits": ("personal", settings.limits),
    "notice": ("personal", settings.notice),
    "booking windows": ("personal", settings.windows),
    "shapes of slots": ("personal", settings.shapes),
    "seats": ("personal", settings.seats),
    "settings of confirmations": ("personal", settings.confirmation_settings),
    "booking forms": ("personal", settings.forms),
    "series": ("personal", settings.series),
    "schedules in effect": ("personal", settings.schedules_in_effect),
    "directory of event types": ("personal", settings.directory),
    "offers by name": ("personal", settings.offers_by_name),
    "queries of bookings": ("personal", queries.booking_queries),
    "queries of an organization's bookings": ("organization", queries.organization_booking_queries),
    "queries of people": ("client", queries.people_queries),
    "queries of event types": ("client", queries.event_type_queries),
    "queries of slots": ("personal", queries.slot_queries),
    "queries of absences": ("organization", queries.absence_queries),
    "full bookings": ("personal", fidelity.full_bookings),
    "schedules of people": ("organization", fidelity.schedules_of_people),
    "decided bookings": ("personal", fidelity.decided_bookings),
    "forbidden times": ("personal", refusals.forbidden_times),
    "wrong bookings": ("personal", refusals.wrong_bookings),
    "wrong settings": ("personal", refusals.wrong_settings),
    "taken names": ("client", refusals.taken_names),
    "summer time": ("personal", clocks.summer_time),
    "day line": ("personal", clocks.day_line),
    "today": ("personal", clocks.today),
    "lengths of reservations": ("personal", clocks.reservation_lengths),
    "closed doors": ("personal", reads.closed_doors),
    "routing forms": ("organization", reads.routing_forms),
    "apps": ("client", reads.apps),
    "reassignments": ("client", reads.reassignments),
    "default schedule": ("client", effects.default_schedule),
    "deleted event types": ("personal", effects.deleted_event_types),
    "deleted people": ("client", effects.deleted_people),
    "deleted teams": ("client", effects.deleted_teams),
    "slots of teams": ("client", effects.team_slots),
    "ids": ("personal", effects.numbers_given_once),
    "absences": ("organization", effects.absences),
    "deleted attributes": ("organization", effects.deleted_attributes),
    "texts": ("personal", text.kept_texts),
    "texts of bookings": ("personal", text.booked_texts),
    "addresses": ("client", text.capitals_in_addresses),
    "moments of change": ("personal", staleness.changed_moments),
    "times of refusals": ("personal", staleness.refusal_times),
    "fresh reads": ("client", staleness.fresh_reads),
    "fresh offers": ("personal", staleness.fresh_offers),
    "fresh attributes": ("organization", staleness.fresh_attributes),
    "browsers": ("personal", http.browsers),
    "heads": ("personal", http.heads),
    "entity tags": ("client", http.entity_tags),
    "broken bodies": ("personal", http.broken_bodies),
    "webhooks of bookings": ("personal", webhooks.triggers_of_bookings),
    "webhooks of requests": ("personal", webhooks.triggers_of_requests),
    "subscriptions": ("personal", webhooks.subscriptions),
    "subscriptions of clients": ("client", webhooks.client_subscriptions),
    "webhooks of meetings": ("client", webhooks.meetings),
    "roles in teams": ("client", roles.team_roles),
    "roles in organizations": ("organization", roles.organization_roles),
    "strangers": ("client", roles.strangers),
    "closed clients": ("client", roles.closed_clients),
    "lives of tokens": ("client", tokens.token_lives),
    "writes at once": ("personal", writes.writes_at_once),
    "bookings at once": ("personal", writes.bookings_at_once),
    "writes in a row": ("client", writes.writes_in_a_row),
}
"""By name: with whose credentials a story calls, and the story."""

NEEDS_LIMITS = frozenset({"rate limits"})
"""Stories that only a server that limits its callers can tell."""


def run(
    channel: Channel,
    actors: Actors,
    description: Description,
    *,
    seed: int,
    only: Iterable[str] | None = None,
    **options: Any,
) -> Report:
    """Runs the stories (`only` those named) and gives what they found. `options` are further ones of Session."""
    session = Session(channel, actors, description, seed, **options)
    try:
        for name in STORIES if only is None else only:
            purpose, story = STORIES[name]
            session.begin(name)
            if not actors.of(purpose):
                session.leave_out(f"there are no credentials for {purpose}")
                continue
            with session.telling():
                story(session)
    finally:
        channel.close()
    return session.report
