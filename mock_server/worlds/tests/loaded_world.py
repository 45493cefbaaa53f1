"""The default world, read once for each edition: tests share it, because a state is an immutable value."""

from __future__ import annotations

from functools import cache

from mock_server import areas
from mock_server.runtime.changes import edition_named, read_changes
from mock_server.runtime.editions import chosen_edition
from mock_server.state.collection import Schema
from mock_server.state.root import Root
from mock_server.worlds.loader import load_world


def schema_of(edition: str | None = None) -> Schema:
    """The schema of an edition, by default of the one in use."""
    return _schema(edition or chosen_edition())


def default_world(edition: str | None = None) -> Root:
    """The default world of an edition, by default of the one in use."""
    return _world(edition or chosen_edition())


@cache
def _schema(edition: str) -> Schema:
    return areas.schema(edition_named(edition, read_changes()))


@cache
def _world(edition: str) -> Root:
    return load_world(_schema(edition))
