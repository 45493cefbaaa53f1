"""The booking form as the service stores it, the history's snapshot of an event type, and users by their names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mock_server.event_types.history import snapshot
from mock_server.event_types.model import EVENT_TYPES, HOSTS, BookingField, BookingWindow, Limit, SplitName
from mock_server.event_types.stored_form import stored_fields_view
from mock_server.event_types.user_directory import (
    UserDirectory,
    organization_id_by_slug,
    require_organization_id,
    require_team_by_slug,
)
from mock_server.identity.model import PROFILES, USERS
from mock_server.runtime.errors import NotFound
from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS
from mock_server.worlds.tests.loaded_world import default_world

NOW = datetime(2031, 5, 1, tzinfo=UTC)
DEFAULT = [{"id": "default", "type": "default", "label": "Default"}]
USER = [{"id": "user", "type": "user", "label": "User", "fieldRequired": True}]


@pytest.fixture
def tx() -> Transaction:
    """The default world."""
    return Transaction(default_world("2026-09"), NOW)


def field(type_: str, slug: str, **more: Any) -> BookingField:
    return BookingField(type=type_, slug=slug, **{"required": True, **more})


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (
            field("name", "name", is_default=True),
            {"defaultLabel": "your_name", "editable": "system", "sources": DEFAULT},
        ),
        (
            field("email", "email", is_default=True, label="Mail", placeholder="you@"),
            {
                "defaultLabel": "email_address",
                "editable": "system-but-optional",
                "sources": DEFAULT,
                "label": "Mail",
                "placeholder": "you@",
            },
        ),
        (field("text", "name", hidden=True), {"editable": "user", "sources": USER, "hidden": True}),
        (
            field("select", "size", required=False, options=("S", "M"), disable_on_prefill=True, label="Size"),
            {
                "editable": "user",
                "sources": USER,
                "required": False,
                "label": "Size",
                "disableOnPrefill": True,
                "options": [{"label": "S", "value": "S"}, {"label": "M", "value": "M"}],
            },
        ),
        (
            field(
                "name",
                "name",
                is_default=True,
                split_name=SplitName(first_label="First", last_placeholder="Doe", last_required=True),
            ),
            {
                "defaultLabel": "your_name",
                "editable": "system",
                "sources": DEFAULT,
                "variant": "firstAndLastName",
                "variantsConfig": {
                    "variants": {
                        "firstAndLastName": {
                            "fields": [
                                {"name": "firstName", "type": "text", "required": True, "label": "First"},
                                {"name": "lastName", "type": "text", "required": True, "placeholder": "Doe"},
                            ]
                        }
                    }
                },
            },
        ),
    ],
)
def test_a_field_is_stored_with_its_source(given: BookingField, stored: dict[str, Any]) -> None:
    plain = {"name": given.slug, "type": given.type, "required": True, "hidden": False}
    assert stored_fields_view([given]) == [{**plain, **stored}]


def test_a_snapshot_has_all_settings_as_json(tx: Transaction) -> None:
    form = (
        field("select", "size", options=("S",), label="Size", min_length=1, max_length=9, placeholder="?"),
        field("email", "mail", exclude_emails=("a.example", "b.example"), require_emails=("c.example", "d.example")),
        field("name", "name", is_default=True, split_name=SplitName(first_label="First")),
        field("phone", "smsReminderNumber", required=False, hidden=True, disable_on_prefill=True),
    )
    event_type = tx[EVENT_TYPES].create(
        title="Talk",
        slug="snapshot",
        length=30,
        team_id=2,
        scheduling_type="roundRobin",
        booking_limits=(Limit(period="day", value=2),),
        booking_window=BookingWindow(type="range", start=NOW, end=NOW),
        booking_fields=form,
    )
    tx[HOSTS].create(user_id=1, event_type_id=event_type.id, is_fixed=True, priority=3)
    found = snapshot(tx, event_type)
    assert {"id", "userId", "teamId", "parentId"}.isdisjoint(found)
    assert (found["title"], found["schedulingType"], found["seats"]) == ("Talk", "roundRobin", None)
    assert found["bookingLimits"] == [{"period": "day", "value": 2}]
    moment = "2031-05-01T00:00:00.000Z"
    window = {"type": "range", "days": 0, "rolling": False, "start": moment, "end": moment}
    assert found["bookingWindow"] == window
    assert found["hosts"] == [{"userId": 1, "isFixed": True, "priority": 3}]
    fields = {each["name"]: each for each in found["bookingFields"]}
    common = {"required": True, "hidden": False, "disableOnPrefill": False}
    assert fields["size"] == {
        **common,
        "name": "size",
        "type": "select",
        "label": "Size",
        "placeholder": "?",
        "editable": "user",
        "sources": USER,
        "options": [{"label": "S", "value": "S"}],
        "minLength": 1,
        "maxLength": 9,
    }
    assert (fields["mail"]["excludeEmails"], fields["mail"]["requireEmails"]) == (
        "a.example,b.example",
        "c.example,d.example",
    )
    assert fields["name"]["splitName"]["firstLabel"] == "First"
    assert (fields["name"]["editable"], fields["name"]["sources"]) == ("system", DEFAULT)
    reminder = fields["smsReminderNumber"]
    assert (reminder["editable"], reminder["sources"]) == ("system", USER)
    assert [reminder[name] for name in common] == [False, True, True]


def test_users_are_found_by_the_name_in_their_organization_or_their_own(tx: Transaction) -> None:
    acme = tx[TEAMS].create(name="B", slug="beta", created_at=NOW, is_organization=True)
    ada, grace = (
        tx[USERS].create(email=f"{name}@b.example", username=name, created_date=NOW) for name in ("ada", "grace")
    )
    names = {"created_at": NOW, "updated_at": NOW}
    tx[PROFILES].create(uid="grace", user_id=grace.id, organization_id=acme.id, username="hopper", **names)
    everyone = UserDirectory.of(tx, {})
    assert (everyone.find("ada"), everyone.find("grace"), everyone.find("hopper")) == (ada, grace, None)
    assert everyone.find_all([" grace", "ada ", "unknown", "grace"]) == [grace, ada]
    for query in ({"orgSlug": "beta"}, {"orgId": acme.id}, {"orgSlug": "beta", "orgId": 4040}):
        members = UserDirectory.of(tx, query)
        assert (members.find("hopper"), members.find("grace"), members.find("ada")) == (grace, None, None)
    for query in ({"orgSlug": "unknown"}, {"orgSlug": "unknown", "orgId": acme.id}, {"orgId": 4040}):
        assert UserDirectory.of(tx, query).find("hopper") is None
        assert UserDirectory.of(tx, query).find("ada") is None


def test_teams_are_found_by_their_slug_inside_or_outside_of_an_organization(tx: Transaction) -> None:
    def team(slug: str, **fields: Any) -> int:
        return tx[TEAMS].create(name=slug, slug=slug, created_at=NOW, **fields).id

    alone, beta = team("alone"), team("beta", is_organization=True)
    inside = team("club", parent_id=beta)
    assert organization_id_by_slug(tx, "beta") == require_organization_id(tx, "beta") == beta
    assert require_team_by_slug(tx, "alone", None).id == alone
    assert require_team_by_slug(tx, "club", "beta").id == inside
    for slug, organization, message in (
        ("club", None, "Team with slug club not found"),
        ("beta", None, "Team with slug beta not found"),
        ("alone", "beta", "Team with slug alone not found"),
        ("club", "club", "slots-input.service.ts: Organization with slug club not found"),
    ):
        with pytest.raises(NotFound) as refused:
            require_team_by_slug(tx, slug, organization)
        assert refused.value.message == message
    assert organization_id_by_slug(tx, "club") is None
