"""What the description's links say about making and removing."""

import pytest

from contract_tests.catalogue import catalogue

CATALOGUE = catalogue()


def removers(maker: str) -> list[str]:
    return [link.target for link in CATALOGUE.removals(CATALOGUE.operations[maker])]


@pytest.mark.parametrize(
    ("maker", "emptying", "remover"),
    [
        ("create_oauth_client", "delete_all_oauth_client_webhooks", "delete_oauth_client"),
        ("create_event_type", "delete_all_event_type_webhooks", "delete_event_type"),
    ],
)
def test_to_remove_all_that_belongs_to_a_thing_is_not_to_remove_the_thing(
    maker: str, emptying: str, remover: str
) -> None:
    links = CATALOGUE.links(CATALOGUE.operations[maker])
    assert emptying in [link.target for link in links]
    assert removers(maker) == [remover]
    assert emptying not in CATALOGUE.removing


def test_bookings_can_only_be_cancelled() -> None:
    assert set(removers("create_booking")) == set(removers("reschedule_booking")) == {"cancel_booking"}


def test_what_is_assigned_to_a_user_is_removed_and_not_the_user() -> None:
    assert removers("assign_attribute_option") == ["unassign_attribute_option"]


def test_nothing_is_made_that_has_two_removers() -> None:
    assert {each.id: found for each in CATALOGUE.creating if len(found := set(removers(each.id))) > 1} == {}
