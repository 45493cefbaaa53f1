"""Concurrent requests for the same time."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from contract_tests.clients import BOOKINGS, Deployment, data
from contract_tests.journeys.bookings.conftest import BOOKING_PATH, Host, attendee

MANY = 200

pytestmark = pytest.mark.sandbox_only("puts a load on the server")


def all_at_once(deployment: Deployment, host: Host, event_type: int, clock: str) -> Counter[int]:
    """The statuses of MANY concurrent requests for the same time."""
    start = threading.Barrier(MANY)
    bodies = [{"eventTypeId": event_type, "start": host.at(clock), "attendee": attendee()} for _ in range(MANY)]
    clients = [deployment.anonymous() for _ in range(MANY)]

    def ask(number: int) -> int:
        start.wait()
        return clients[number].post(BOOKING_PATH, json=bodies[number], v=BOOKINGS).status_code

    with ThreadPoolExecutor(MANY) as threads:
        return Counter(threads.map(ask, range(MANY)))


def test_only_one_request_gets_the_last_slot(deployment: Deployment, host: Host) -> None:
    talk = host.offer()
    assert all_at_once(deployment, host, talk, "10:00") == {201: 1, 400: MANY - 1}
    assert len(host.listed(eventTypeId=talk)) == 1


def test_as_many_requests_succeed_as_there_are_seats(deployment: Deployment, host: Host) -> None:
    yoga = host.offer(seats={"seatsPerTimeSlot": 5, "showAttendeeInfo": True, "showAvailabilityCount": True})
    assert all_at_once(deployment, host, yoga, "10:00") == {201: 5, 409: MANY - 5}
    [uid] = host.listed(eventTypeId=yoga)
    seats = data(host.anonymous.get(f"{BOOKING_PATH}/{uid}", v=BOOKINGS))["attendees"]
    assert len({each["seatUid"] for each in seats}) == 5
