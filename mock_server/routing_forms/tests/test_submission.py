"""Answers, routes and their destinations, without HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.model import USERS
from mock_server.organizations.model import ATTRIBUTE_ASSIGNMENTS, ATTRIBUTE_OPTIONS, ATTRIBUTES
from mock_server.routing_forms.fields import fields_of, webhook_answers
from mock_server.routing_forms.model import RoutingForm
from mock_server.routing_forms.routes import external_address
from mock_server.routing_forms.submission import event_type_of, read_submission
from mock_server.routing_forms.tests.test_conditions import group, rule
from mock_server.runtime.errors import BadRequest, NotFound
from mock_server.state.root import Root
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS, TEAMS
from mock_server.worlds.tests.loaded_world import schema_of

NOW = datetime(2031, 5, 1, tzinfo=UTC)
TEXT = {"id": "t", "type": "text", "label": "Your name", "required": True}
MAIL = {"id": "m", "type": "email", "label": "Mail", "identifier": "mail"}
NUMBER = {"id": "n", "type": "number", "label": "People", "identifier": "people"}
CHOICE = {
    "id": "c",
    "type": "multiselect",
    "label": "Topics",
    "identifier": "topics",
    "options": [{"id": "o-1", "label": "One"}, {"id": "o-2", "label": "Two"}],
}
OLD_CHOICE = {"id": "o", "type": "select", "label": "Old", "options": [{"label": "First"}]}
MESSAGE = {"id": "last", "isFallback": True, "action": {"type": "customPageMessage", "value": "Bye"}}


def form(
    *routes: dict[str, Any], fields: list[dict[str, Any]] | None = None, team_id: int | None = None
) -> RoutingForm:
    """A form with these routes before the fallback."""
    fields = [TEXT] if fields is None else fields
    return RoutingForm("form", "Form", 1, NOW, NOW, team_id=team_id, routes=[MESSAGE, *routes], fields=fields)


def route(value: str, action: str = "eventTypeRedirectUrl", **more: Any) -> dict[str, Any]:
    return {"id": "first", "action": {"type": action, "value": value}, "queryValue": group(), **more}


def test_fields_without_identifier_are_answered_by_label() -> None:
    found = read_submission(form(), {"Your name": "Ada"})
    assert found.response == {"t": {"label": "Your name", "value": "Ada"}}


@pytest.mark.parametrize(
    ("field", "sent", "stored"),
    [
        (NUMBER, "3", 3),
        (NUMBER, 2.5, 2.5),
        (NUMBER, "many", "many"),
        (NUMBER, "", ""),
        (NUMBER, "1e300", 1e300),
        (CHOICE, "One,o-2,Three", ["o-1", "o-2", "Three"]),
        (CHOICE, ["Two"], ["o-2"]),
        (OLD_CHOICE, "First", "First"),
        (MAIL, ["a@example.com"], "a@example.com"),
        (TEXT, True, "true"),
        (TEXT, None, ""),
    ],
)
def test_answers_are_stored_in_the_form_s_own_manner(field: dict[str, Any], sent: Any, stored: Any) -> None:
    optional = {**field, "required": False}
    found = read_submission(form(fields=[optional]), {field.get("identifier", field["label"]): sent})
    assert found.answers == {field["id"]: stored}
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found.answers)) == found.answers


def test_webhooks_show_the_labels_of_options() -> None:
    fields = fields_of(form(fields=[CHOICE, OLD_CHOICE]))
    shown = webhook_answers(fields, {"c": ["o-1", "x"], "o": "First"})
    assert shown["topics"] == {
        "value": ["One", "x"],
        "response": [{"label": "One", "id": "o-1"}, {"label": "x", "id": None}],
    }
    assert shown["Old"] == {"value": ["First"], "response": [{"label": "First", "id": None}]}


def test_malformed_addresses_are_refused_after_missing_answers() -> None:
    asked = form(fields=[TEXT, MAIL])
    with pytest.raises(BadRequest, match="Missing required fields Your name"):
        read_submission(asked, {"mail": "x"})
    with pytest.raises(BadRequest, match="Invalid value for fields 'Mail' with value 'x' should be valid email"):
        read_submission(asked, {"Your name": "Ada", "mail": "x"})


def test_the_first_route_that_matches_decides_and_the_fallback_comes_last() -> None:
    no = route("a", queryValue=group(rule("equal", "Bob", field="t")))
    assert read_submission(form(no, route("b"), route("c")), {"Your name": "Ada"}).route.value == "b"
    assert read_submission(form(no), {"Your name": "Ada"}).route.value == "Bye"
    with pytest.raises(BadRequest, match="No matching route"):
        read_submission(RoutingForm("form", "Form", 1, NOW, NOW), {})


def test_answers_fill_in_the_variables_of_an_address() -> None:
    asked = form(route("team/{Your name}/{topics}-{unknown}"), fields=[TEXT, CHOICE])
    found = read_submission(asked, {"Your name": "Ada B", "topics": "o-1"})
    assert found.address == "team/ada-b/one-{unknown}"


def test_an_external_address_keeps_its_own_query() -> None:
    found = external_address("https://example.com/?a=1", form(), {"b": ["x", "y z"]})
    assert found == "https://example.com/?a=1&b=x%2Cy%20z&form=form&cal.action=externalRedirectUrl"


class World:
    """An organization (1) with a team (2), and two members with attributes."""

    def __init__(self) -> None:
        self.tx = tx = Transaction(Root.empty(schema_of(), "forms"), NOW)
        tx[TEAMS].create(name="Acme", slug="acme", is_organization=True, created_at=NOW)
        tx[TEAMS].create(name="Sales", slug="sales", parent_id=1, created_at=NOW)
        made = {"created_at": NOW, "updated_at": NOW}
        for number in (1, 2):
            tx[USERS].create(email=f"user{number}@example.com", created_date=NOW, time_zone="UTC")
            for team_id in (1, 2):
                tx[MEMBERSHIPS].create(user_id=number, team_id=team_id, role="MEMBER", accepted=True)
        attribute = {"team_id": 1, "type": "SINGLE_SELECT", "name": "Office", "slug": "office"}
        tx[ATTRIBUTES].insert(ATTRIBUTES.entity(id="office", **attribute, **made))
        for place, value in enumerate(("Rome", "Oslo"), 1):
            option = {"id": value.lower(), "attribute_id": "office", "value": value, "slug": value.lower()}
            tx[ATTRIBUTE_OPTIONS].insert(ATTRIBUTE_OPTIONS.entity(**option, place=place))
            member = tx[MEMBERSHIPS].first(user_id=place, team_id=1)
            assert member is not None
            assigned = {"id": f"a-{place}", "member_id": member.id, "attribute_option_id": value.lower()}
            tx[ATTRIBUTE_ASSIGNMENTS].insert(ATTRIBUTE_ASSIGNMENTS.entity(**assigned, created_at=NOW))

    def members(self, name: str, **conditions: Any) -> tuple[int, ...]:
        """The ids of the members to whom an answer leads."""
        return read_submission(form(route("x", **conditions), team_id=2), {"Your name": name}).members(self.tx)


@pytest.fixture
def world() -> World:
    return World()


def test_members_match_by_their_attributes(world: World) -> None:
    in_oslo = group(rule("select_equals", "oslo", field="office"))
    assert world.members("Ada") == ()
    assert world.members("Ada", attributesQueryValue=in_oslo) == (2,)
    as_answered = group(rule("select_any_in", ["{field:t}"], field="office"))
    assert world.members("Rome", attributesQueryValue=as_answered, fallbackAttributesQueryValue=in_oslo) == (1,)
    assert world.members("Paris", attributesQueryValue=as_answered) == ()
    assert world.members("Paris", attributesQueryValue=as_answered, fallbackAttributesQueryValue=in_oslo) == (2,)


def test_the_last_part_of_an_address_names_the_event_type(world: World) -> None:
    own = world.tx[EVENT_TYPES].create(title="Own", slug="intro", length=30, user_id=1)
    teams = world.tx[EVENT_TYPES].create(title="Team", slug="intro", length=30, team_id=2)
    body = {"Your name": "Ada"}
    of_team = read_submission(form(route("team/sales/intro?x=1"), team_id=2), body)
    assert event_type_of(world.tx, of_team, 1) == teams
    personal = read_submission(form(route("user/intro")), body)
    assert event_type_of(world.tx, personal, 1) == own
    with pytest.raises(NotFound, match="Chosen event type identified by slug intro not found"):
        event_type_of(world.tx, personal, 2)
