"""A meeting that begins during the run: since edition 2026-03, only meetings that have started can be missed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from contract_tests.catalogue import version_of
from contract_tests.consistency.actors import Meeting
from contract_tests.http import Reply, request_to
from contract_tests.profiles.gate import Gate
from mock_server.runtime.json_values import is_list, is_object

WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
NAME = "Meeting of the contract tests"
GUEST = {"name": "Ann", "email": "ann@example.com", "timeZone": "UTC"}
OFFER = {
    "title": NAME, "slug": "begins-soon", "lengthInMinutes": 15, "slotInterval": 1, "minimumBookingNotice": 0,
}  # fmt: skip


def book_meeting(gate: Gate, headers: Mapping[str, str]) -> Meeting | None:
    """Books the first slot of a user; None if the server does not let it. A slot begins in each minute.

    Faults in the replies are for the checks to find.
    """

    def send(operation_id: str, *, body: Any = None, query: Mapping[str, str] | None = None) -> Reply:
        operation = gate.catalogue.operations[operation_id]
        version = version_of(operation)
        return gate.send(request_to(operation.method, operation.path, headers, body=body, query=query, version=version))

    hours = [{"days": WEEK, "startTime": "00:00", "endTime": "23:59"}]
    schedule = {"name": NAME, "timeZone": "UTC", "isDefault": False, "availability": hours}
    made = send("create_schedule", body=schedule).data
    if not is_object(made) or "id" not in made:
        return None
    offer = send("create_event_type", body={**OFFER, "scheduleId": made["id"]}).data
    if not is_object(offer) or "id" not in offer:
        return None
    today = datetime.now(UTC).date()
    days = {"start": f"{today}", "end": f"{today + timedelta(days=1)}"}
    start = _first(send("get_available_slots", query={"eventTypeId": offer["id"], **days}).data)
    if start is None:
        return None
    booked = send("create_booking", body={"eventTypeId": offer["id"], "start": start, "attendee": GUEST}).data
    if not is_object(booked) or "uid" not in booked:
        return None
    return Meeting(booked["uid"], datetime.fromisoformat(start), GUEST["email"])


def _first(days: Any) -> str | None:
    """The start of the first slot of a reply."""
    slots = [slot for day in days.values() if is_list(day) for slot in day] if is_object(days) else []
    return slots[0].get("start") if slots and is_object(slots[0]) else None
