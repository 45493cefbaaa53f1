"""The doctor finds inconsistencies of a world."""

from __future__ import annotations

from datetime import UTC, datetime

import immutables
import pytest

from mock_server import areas
from mock_server.identity.model import API_KEYS, OAUTH_CLIENTS, USERS
from mock_server.sandbox.doctor import examine
from mock_server.state.collection import Collection
from mock_server.state.root import Root
from mock_server.state.table import Table
from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS
from mock_server.worlds.tests.loaded_world import default_world

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def healthy() -> Root:
    return default_world()


def complaints(root: Root) -> list[str]:
    return examine(root, NOW, areas.invariants())


def with_table(root: Root, collection: Collection, table: Table) -> Root:
    tables = root.tables.set(collection.name, table)
    return Root(root.schema, tables, root.sequences, root.drawn, root.clock, root.seed)


def test_the_default_world_is_healthy(healthy: Root) -> None:
    assert complaints(healthy) == []


def test_a_dangling_reference_is_found(healthy: Root) -> None:
    users = healthy.table(USERS).drop(4)
    assert "api_keys key-solo: user_id names users 4, which does not exist" in complaints(
        with_table(healthy, USERS, users)
    )


def test_an_index_that_disagrees_with_its_rows_is_found(healthy: Root) -> None:
    keys = healthy.table(API_KEYS)
    fewer = Table(API_KEYS, keys.rows.delete("key-solo"), keys.indexes, keys.uniques)
    found = complaints(with_table(healthy, API_KEYS, fewer))
    assert "api_keys: the index on user_id is wrong for (4,)" in found
    assert any(each.startswith("api_keys: the unique key on hashed_key is wrong for") for each in found)


def test_rows_that_share_a_unique_key_are_found(healthy: Root) -> None:
    users = healthy.table(USERS)
    double = users.rows[5].changed(email="solo@example.com")
    found = complaints(
        with_table(healthy, USERS, Table(USERS, users.rows.set(5, double), users.indexes, users.uniques))
    )
    assert any("email = ('solo@example.com',) exists already" in each for each in found)


def test_a_row_under_another_key_is_found(healthy: Root) -> None:
    users = healthy.table(USERS)
    moved = Table(USERS, users.rows.set(5, users.rows[4]), users.indexes, users.uniques)
    assert "users 5: the row says that its key is 4" in complaints(with_table(healthy, USERS, moved))


def test_a_number_that_would_be_reused_is_found(healthy: Root) -> None:
    forgetful = Root(healthy.schema, healthy.tables, immutables.Map(), healthy.drawn, healthy.clock, healthy.seed)
    assert "users: number 5 exists, but only 0 were assigned" in complaints(forgetful)


def test_invariants_of_areas_are_checked(healthy: Root) -> None:
    found = examine(healthy, NOW, [lambda tx: [f"{tx[USERS].require(4).name} sings"]])
    assert found == ["Sam Solo sings"]


@pytest.mark.parametrize("collection", [USERS, TEAMS, OAUTH_CLIENTS], ids=lambda each: each.name)
def test_deleting_any_row_leaves_a_consistent_world(healthy: Root, collection: Collection) -> None:
    for key in healthy.table(collection).rows:
        tx = Transaction(healthy, NOW)
        tx[collection].delete(key)
        assert complaints(tx.root()) == [], f"after the deletion of {collection.name} {key}"
