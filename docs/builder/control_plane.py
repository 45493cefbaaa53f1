"""The calls of the control plane, from the table of its routes."""

from __future__ import annotations

import inspect

from docs.builder.markdown import code, table
from mock_server.sandbox.control_plane import PREFIX, QUERIES, ROUTES


def calls() -> str:
    """Every call with the query parameters that it takes and the documentation of its handler, by its first segment."""
    groups: dict[str, list[str]] = {}
    for (method, path), handler in ROUTES.items():
        text = inspect.cleandoc(handler.__doc__ or "")
        query = QUERIES.get(handler, ())
        parts = [f"### {method} {PREFIX}{path}\n", f"{text}\n"]
        if query:
            parts.append(f"Query parameters: {', '.join(map(code, query))}.\n")
        groups.setdefault(path.strip("/").partition("/")[0] or "manifest", []).append("\n".join(parts))
    overview = table(
        ("Call", "Does"),
        [
            (code(f"{method} {PREFIX}{path}"), inspect.cleandoc(handler.__doc__ or "").partition("\n")[0])
            for (method, path), handler in ROUTES.items()
        ],
    )
    details = ("\n".join([f"## {_title(name)}\n", *entries]) for name, entries in groups.items())
    return "\n".join([f"## Overview\n\n{overview}", *details])


def _title(segment: str) -> str:
    return segment.replace("-", " ").capitalize()
