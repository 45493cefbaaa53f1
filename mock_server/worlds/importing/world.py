"""The world file of what an API key can read from a deployment."""

from __future__ import annotations

from typing import Any, NamedTuple

from mock_server.state.clock import Clock, real_time
from mock_server.state.collection import Schema
from mock_server.state.root import Root
from mock_server.state.transaction import Transaction
from mock_server.worlds.export import to_yaml
from mock_server.worlds.importing.collected import Collected
from mock_server.worlds.importing.importer import Importer
from mock_server.worlds.importing.people import People
from mock_server.worlds.importing.source import Deployment, Source
from mock_server.worlds.json_schema import DEFAULT_SEED
from mock_server.worlds.loader import DEFAULT_WORLD_FILE
from mock_server.worlds.yaml_text import YamlText

_FROM_THE_DEFAULT_WORLD = ("workspace_platforms", "account_catalogue")
"""What users need to connect calendars."""

_COUNTED = ("users", "schedules", "event_types", "teams", "webhooks", "bookings")


class ImportedWorld(NamedTuple):
    """The text of a world file, how much of which kind it has, the users' API keys, and what could not be read."""

    text: str
    counts: dict[str, int]
    keys: list[str]
    unread: list[str]


def import_world(schema: Schema, deployment: Deployment, key: str, *, keep_names: bool) -> ImportedWorld:
    """Reads a deployment with an API key, which the world file does not have. Raises KeyRefused."""
    source = Source(deployment)
    tx = Transaction(Root.empty(schema, DEFAULT_SEED), Clock().read(real_time()))
    collected = Collected(tx, People(keep_names=keep_names, key=key))
    Importer(source, collected).read()
    entries = collected.entries()
    counts = {name: len(entries.get(name, ())) for name in _COUNTED}
    keys = [str(each["key"]) for each in entries["api_keys"]]
    text = to_yaml({"seed": DEFAULT_SEED}, {**_default_entries(), **entries})
    return ImportedWorld(text, counts, keys, list(dict.fromkeys(source.unread)))


def _default_entries() -> dict[str, list[dict[str, Any]]]:
    document = YamlText(DEFAULT_WORLD_FILE.read_text(encoding="utf-8")).value
    return {name: document[name] for name in _FROM_THE_DEFAULT_WORLD}
