"""Follows a list of the control plane: what is in it, and what comes later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mock_server.commands.output import Output
from mock_server.control_client import ControlClient

WAIT = 20
"""Seconds that one request of a long poll waits."""


def newest(document: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The items of a list that is newest first, in the order of time."""
    return document[key][::-1]


def follow(sandbox: ControlClient, path: str, key: str, since: int, **query: str | None) -> Iterator[dict[str, Any]]:
    """The items that come after the number `since`, as they come. Never ends."""
    while True:
        document = sandbox.get(path, **query, since=since, wait=WAIT)
        yield from document[key]
        since = document["last"]


def print_list(
    sandbox: ControlClient,
    output: Output,
    path: str,
    key: str,
    *,
    follows: bool,
    limit: int,
    query: dict[str, str | None],
    print_items: Callable[[list[dict[str, Any]]], None],
) -> None:
    """Prints the newest items of a list and, if it `follows`, each later one: for JSON, a line for each item."""
    document = sandbox.get(path, **query, limit=limit)
    if not follows:
        output.document(document)
        print_items(newest(document, key))
        return
    for item in newest(document, key):
        _print_one(output, item, print_items)
    for item in follow(sandbox, path, key, document["last"], **query):
        _print_one(output, item, print_items)


def _print_one(output: Output, item: dict[str, Any], print_items: Callable[[list[dict[str, Any]]], None]) -> None:
    output.document(item)
    print_items([item])
