"""The page of changes for clients between two editions, as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from typing import Any

from mock_server.runtime.changes import Change
from mock_server.state.edition import EDITIONS, is_later

_CODE, _BOLD = re.compile("`([^`]*)`"), re.compile(r"\*\*([^*]*)\*\*")

_DOCUMENT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>What changed between editions</title>
<style>
body {{ font-family: sans-serif; margin: 2em; max-width: 60em }}
.entry {{ margin: 0.6em 0 0 }}
.part {{ margin: 0.2em 0 0 2em }}
</style>
</head>
<body>
{body}
</body>
</html>
"""

_TITLES = {
    "versions": "`cal-api-version`",
    "parameters": "parameters",
    "body": "body",
    "reply": "reply",
    "statuses": "statuses",
}


def upgrade_page(older: str, newer: str, changes: Sequence[Change], differences: dict[str, Any]) -> str:
    """The changes for a client that upgrades to a later edition: of behaviour, then of the description."""
    if is_later(older, newer):
        older, newer = newer, older
    lines = [f"# What changed from {older} to {newer}", ""]
    between = [change for change in changes if is_later(change.edition, older) and not is_later(change.edition, newer)]
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
    """The pages of each edition and its successor."""
    return "\n".join(upgrade_page(older, newer, changes, differences) for older, newer in pairwise(EDITIONS))


def upgrade_document(changes: Sequence[Change], differences: dict[str, Any]) -> str:
    """The pages of all editions as one HTML document."""
    body = "\n".join(map(_html_line, upgrade_pages(changes, differences).splitlines()))
    return _DOCUMENT.format(body=body)


def _html_line(line: str) -> str:
    """Converts one line of our Markdown: a heading, or a list item at any depth."""
    text = _CODE.sub(r"<code>\1</code>", _BOLD.sub(r"<b>\1</b>", escape(line.strip(), quote=False)))
    if text.startswith("#"):
        marks, _, title = text.partition(" ")
        return f"<h{len(marks)}>{title}</h{len(marks)}>"
    if text.startswith("- "):
        return f'<p class="{"part" if line.startswith(" ") else "entry"}">{text[2:]}</p>'
    return f"<p>{text}</p>" if text else ""


def _behaviour(changes: Sequence[Change]) -> Iterator[str]:
    for change in changes:
        where = "all operations" if change.operations == "all" else ", ".join(f"`{name}`" for name in change.operations)
        yield f"- **{change.name}** ({where}): {' '.join(change.text.split())}"


def _operations(operations: list[dict[str, Any]]) -> Iterator[str]:
    for operation in operations:
        yield f"- {_name(operation)}: {operation['summary']}"


def _changed(operations: list[dict[str, Any]]) -> Iterator[str]:
    for operation in operations:
        yield f"- {_name(operation)}"
        for kind, change in operation["changes"].items():
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
