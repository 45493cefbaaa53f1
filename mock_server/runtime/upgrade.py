"""The page on what changed for clients between two editions, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from mock_server.runtime.changes import Change
from mock_server.state.edition import EDITIONS, is_later

_TITLES = {
    "versions": "`cal-api-version`",
    "parameters": "parameters",
    "body": "body",
    "reply": "reply",
    "statuses": "statuses",
}


def upgrade_page(older: str, newer: str, changes: Sequence[Change], differences: dict[str, Any]) -> str:
    """What a client meets that goes from one edition to a later one: changes of behaviour, then of the description."""
    if is_later(older, newer):
        older, newer = newer, older
    lines = [f"# What changed from {older} to {newer}", ""]
    between = [each for each in changes if is_later(each.edition, older) and not is_later(each.edition, newer)]
    found = differences.get(f"{older} {newer}", {"added": [], "removed": [], "changed": []})
    for title, part in (
        ("Behaviour", _behaviour(between)),
        (f"New operations ({len(found['added'])})", _operations(found["added"])),
        (f"Removed operations ({len(found['removed'])})", _operations(found["removed"])),
        (f"Changed operations ({len(found['changed'])})", _changed(found["changed"])),
    ):
        if entries := list(part):
            lines += [f"## {title}", "", *entries, ""]
    return "\n".join(lines if len(lines) > 2 else [*lines, "Nothing.", ""])


def upgrade_pages(changes: Sequence[Change], differences: dict[str, Any]) -> str:
    """The page of each edition and the next one."""
    return "\n".join(upgrade_page(older, newer, changes, differences) for older, newer in pairwise(EDITIONS))


def _behaviour(changes: Sequence[Change]) -> Iterator[str]:
    for change in changes:
        where = "all operations" if change.operations == "all" else ", ".join(f"`{each}`" for each in change.operations)
        yield f"- **{change.name}** ({where}): {' '.join(change.text.split())}"


def _operations(operations: list[dict[str, Any]]) -> Iterator[str]:
    for each in operations:
        yield f"- {_name(each)}: {each['summary']}"


def _changed(operations: list[dict[str, Any]]) -> Iterator[str]:
    for each in operations:
        yield f"- {_name(each)}"
        for kind, change in each["changes"].items():
            parts = [f"{sign} {', '.join(f'`{name}`' for name in names)}" for sign, names in _signed(change)]
            yield f"    - {_TITLES[kind]}: {'; '.join(parts)}"


def _signed(change: dict[str, list[str]]) -> Iterator[tuple[str, list[str]]]:
    for word in ("added", "removed"):
        if change[word]:
            yield word, change[word]


def _name(operation: dict[str, Any]) -> str:
    versions = operation["versions"]
    version = f" under {', '.join(versions)}" if versions else ""
    return f"`{operation['method']} {operation['path']}`{version} (`{operation['id']}`)"
