"""Invariants of events, which hold in every world."""

from __future__ import annotations

from mock_server.events.model import EVENT_CO_HOSTS, EVENTS
from mock_server.state.transaction import Transaction


def events_end_after_their_start(tx: Transaction) -> list[str]:
    """An event ends after its start."""
    return [
        f"event {each.uuid} starts at {each.start} and ends at {each.end}"
        for each in tx.table(EVENTS).rows.values()
        if each.end <= each.start
    ]


def owners_are_no_co_hosts(tx: Transaction) -> list[str]:
    """The owner of an event is not one of its co-hosts."""
    return [
        f"user {each.user_id} is owner and co-host of event {each.event_uuid}"
        for each in tx.table(EVENT_CO_HOSTS).rows.values()
        if tx[EVENTS].require(each.event_uuid).user_id == each.user_id
    ]


CHECKS = (events_end_after_their_start, owners_are_no_co_hosts)
