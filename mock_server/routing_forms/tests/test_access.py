"""Who submits answers to which forms through an organization, since 2026-03."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mock_server.identity.model import USERS
from mock_server.routing_forms.access import answerable_routing_form
from mock_server.routing_forms.model import ROUTING_FORMS, RoutingForm
from mock_server.runtime.call import Call, Caller
from mock_server.runtime.errors import Forbidden
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS, TEAMS
from mock_server.worlds.tests.loaded_world import default_world

NOW = datetime(2030, 1, 1, tzinfo=UTC)
ACME, SALES = 1, 2
OWNER, ADMIN, MEMBER, SOLO = 1, 2, 3, 4
FORMS = ("of Acme", "of its team", "of its member", "of a user outside", "of another organization", "of its team there")


@pytest.fixture
def tx() -> Transaction:
    """The default world with another organization and with forms of both."""
    tx = Transaction(default_world("2026-03"), NOW)
    other = tx[TEAMS].create(name="Other", slug="other", created_at=NOW, is_organization=True)
    team = tx[TEAMS].create(name="Team", slug="team", created_at=NOW, parent_id=other.id)
    tx[MEMBERSHIPS].create(user_id=SOLO, team_id=other.id, role="OWNER", accepted=True)
    owners = ((OWNER, ACME), (OWNER, SALES), (MEMBER, None), (SOLO, None), (SOLO, other.id), (SOLO, team.id))
    for name, (user_id, team_id) in zip(FORMS, owners, strict=True):
        tx[ROUTING_FORMS].insert(RoutingForm(name, name, user_id, NOW, NOW, team_id=team_id))
    return tx


def answerable(tx: Transaction, user_id: int, *forms: str) -> list[str]:
    """Those of the forms to which the user submits answers through Acme."""

    def may_answer(form: str) -> bool:
        call = Call(tx, {"orgId": ACME, "routingFormId": form}, {}, "http://sandbox.example")
        call.caller = Caller("api-key", user_id)
        try:
            answerable_routing_form(call, None)
        except Forbidden as refused:
            assert refused.message == (
                f"Routing Form with id={form} is not a user Routing Form owned by user with id={user_id}."
            )
            return False
        return True

    return [form for form in forms if may_answer(form)]


@pytest.mark.parametrize(
    ("user_id", "expected"),
    [(OWNER, FORMS[:3]), (ADMIN, FORMS[:3]), (MEMBER, FORMS[2:3]), (SOLO, FORMS[3:4])],
)
def test_admins_answer_forms_of_the_organization_and_others_their_own(
    tx: Transaction, user_id: int, expected: tuple[str, ...]
) -> None:
    assert answerable(tx, user_id, *FORMS) == list(expected)


def test_system_administrators_answer_every_form(tx: Transaction) -> None:
    tx[USERS].update(SOLO, role="ADMIN")
    assert answerable(tx, SOLO, *FORMS) == list(FORMS)


def test_only_admins_learn_that_a_form_is_unknown(tx: Transaction) -> None:
    assert [answerable(tx, each, "unknown") for each in (OWNER, MEMBER)] == [["unknown"], []]
