"""The data of a run on a deployment."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from contract_tests.fuzzing.target import credentials_from_environment
from contract_tests.profiles.deployment import Access, Deployment
from mock_server.runtime.bundle import load_bundle


@pytest.mark.usefixtures("key_alone")
def test_bookings_of_all_versions_get_a_slot_of_the_event_type_that_has_it(deployment_url: str, tmp_path: Path) -> None:
    access = Access(credentials_from_environment(), {})
    with closing(
        Deployment(deployment_url, access, load_bundle(), tmp_path, rate=None, everything=False)
    ) as deployment:
        deployment.introduce()
        deployment.fixtures.create(deployment.catalogue.operations["create_event_type"])
        bookable = deployment.target.bodies["create_booking"]["eventTypeId"]
        asked = {"start": "2050-03-08T12:00:00Z", "eventTypeId": bookable + 1}
        slots: set[str] = set()
        for name in ("create_booking", "create_booking_2024_04_15"):
            body = deployment.fixtures.with_free_slot(name, asked)
            assert body["eventTypeId"] == bookable
            slots.add(body["start"])
        assert len(slots) == 2 and asked["start"] not in slots
        moved = deployment.fixtures.with_free_slot("reschedule_booking", {"start": asked["start"]})
        assert moved.keys() == {"start"}
        deployment.clean()
