"""Emits webhook events, and decides which webhooks may receive them.

An operation calls `emit` right where it changes the state:

    emit(call.tx, "BOOKING_CREATED", payload, booking_audience(call.tx, event_type, organizer_id))

The payload is one of `payloads`, ready for JSON, with its keys in order. Subscribers are looked up when the transaction
commits. The triggers of meetings that start and end are emitted by jobs: see `jobs.schedule_meeting`.

Source: Cal.com API v2, webhooks: triggers and subscribers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.identity.model import MANAGED_USER_LINKS
from mock_server.runtime.dates import iso
from mock_server.state.transaction import Event, Transaction
from mock_server.teams.model import MEMBERSHIPS, TEAMS
from mock_server.webhooks.bodies import FIRST_STYLE, DeliveryStyle
from mock_server.webhooks.model import INVITATIONS_VERSION
from mock_server.webhooks.payloads import Invitations, Payload, Trigger


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """The owners whose webhooks receive an event. A webhook that matches more than once receives it once."""

    user_id: int | None = None
    event_type_ids: tuple[int, ...] = ()
    team_ids: tuple[int, ...] = ()
    client_ids: tuple[str, ...] = ()


class WebhookEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event in the outbox: for an audience, or for one webhook at the URL that it had earlier.

    `invitations` are added for webhooks whose version of the payload has them.
    `rounds` is the length of the chain of deliveries that caused it.
    """

    created_at: str
    payload: Mapping[str, Any]
    audience: Audience | None = None
    webhook_id: str | None = None
    subscriber_url: str | None = None
    rounds: int = 0
    style: DeliveryStyle = FIRST_STYLE
    invitations: Mapping[str, Any] = {}

    def payload_in(self, version: str) -> Mapping[str, Any]:
        """The payload in a version."""
        return {**self.payload, **self.invitations} if version == INVITATIONS_VERSION else self.payload


def emit(
    tx: Transaction, trigger: Trigger, payload: Payload, audience: Audience, invitations: Invitations | None = None
) -> None:
    """Puts an event into the outbox."""
    event = WebhookEvent(
        created_at=iso(tx.now),
        payload=payload,
        audience=audience,
        rounds=tx.rounds,
        style=DeliveryStyle.of(tx),
        invitations=invitations or {},
    )
    tx.emit(Event(trigger, {"event": event}))


def emit_to_webhook(tx: Transaction, trigger: Trigger, payload: Payload, webhook_id: str, url: str) -> None:
    """Puts an event for a single webhook into the outbox, to be delivered to `url`."""
    event = WebhookEvent(
        created_at=iso(tx.now),
        payload=payload,
        webhook_id=webhook_id,
        subscriber_url=url,
        rounds=tx.rounds,
        style=DeliveryStyle.of(tx),
    )
    tx.emit(Event(trigger, {"event": event}))


def booking_audience(
    tx: Transaction, event_type: EventType | None, organizer_id: int | None, host_ids: Iterable[int] = ()
) -> Audience:
    """The audience of a booking: its organizer, event type, team, organization and OAuth client.

    For a team event type that is not a child of a managed one, the organizer's own webhooks are left out. `host_ids`
    are further hosts whose OAuth client counts: those of a team event type, for all events but the first.
    """
    if event_type is None:
        return Audience(user_id=organizer_id, team_ids=_organizations_of(tx, organizer_id))
    parent = tx[EVENT_TYPES].get(event_type.parent_id)
    team = tx[TEAMS].get(event_type.team_id if parent is None else parent.team_id)
    user_id = organizer_id if team is None or parent is not None else None
    team_ids = _organizations_of(tx, user_id)
    if team is not None:
        organization = () if team.parent_id is None else (team.parent_id,)
        team_ids = (team.id, *(team_ids or organization))
    clients = {
        link.client_id
        for host_id in (event_type.user_id, *host_ids)
        for link in tx[MANAGED_USER_LINKS].find(user_id=host_id)
    }
    if team is not None and team.created_by_client_id is not None:
        clients.add(team.created_by_client_id)
    return Audience(
        user_id=user_id,
        event_type_ids=(event_type.id,) if parent is None else (event_type.id, parent.id),
        team_ids=team_ids,
        client_ids=tuple(sorted(clients)),
    )


def instant_meeting_audience(tx: Transaction, event_type: EventType) -> Audience:
    """The audience of an instant meeting: only the event type, its team and its organization."""
    team = tx[TEAMS].get(event_type.team_id)
    team_ids = () if team is None else tuple(each for each in (team.id, team.parent_id) if each is not None)
    return Audience(event_type_ids=(event_type.id,), team_ids=team_ids)


def form_audience(tx: Transaction, team_id: int | None, owner_id: int) -> Audience:
    """The audience of a routing form: its team and organization, or for a personal form its owner and organization."""
    team = tx[TEAMS].get(team_id)
    if team is None:
        return Audience(user_id=owner_id, team_ids=_organizations_of(tx, owner_id))
    return Audience(team_ids=(team.id,) if team.parent_id is None else (team.id, team.parent_id))


def _organizations_of(tx: Transaction, user_id: int | None) -> tuple[int, ...]:
    """The first organization that the user has joined."""
    joined = [each.team_id for each in tx[MEMBERSHIPS].find(user_id=user_id) if each.accepted]
    return tuple([each for each in joined if tx[TEAMS].require(each).is_organization][:1])
