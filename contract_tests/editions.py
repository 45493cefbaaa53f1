"""The run's edition: which changes of behaviour, rows of ``openapi/changes.yaml``, are in force, and who serves it."""

from __future__ import annotations

from functools import cache
from typing import Any

import httpx

from contract_tests.clients import certificates
from mock_server.runtime.changes import read_changes
from mock_server.runtime.editions import EDITIONS, chosen_edition


class OtherEdition(Exception):
    """A sandbox serves another edition than the run's; the text says which."""


def require_edition(url: str) -> None:
    """Raises OtherEdition if `url` is a sandbox of another edition than the run's."""
    with httpx.Client(timeout=5, verify=certificates()) as client:
        served = served_edition(url, client)
    if served is not None and served != chosen_edition():
        choice = f": choose it with --edition {served}" if served in EDITIONS else ", which is unknown here"
        raise OtherEdition(
            f"the sandbox {url} serves the edition {served}, and this run is about {chosen_edition()}{choice}"
        )


def served_edition(url: str, client: httpx.Client) -> str | None:
    """The edition that a sandbox names; None for any other server, and for sandboxes of before there were editions."""
    try:
        reply = client.get(f"{url}/_sandbox/health")
        return str(reply.json()["edition"]) if reply.status_code == 200 else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError, LookupError):
        return None


def in_force(change: str) -> bool:
    """Whether the run's edition has a change. Raises KeyError for a name that the register does not have."""
    return is_since(_first_editions()[change])


def is_since(edition: str) -> bool:
    """Whether the run's edition is this one or a later one."""
    return EDITIONS.index(chosen_edition()) >= EDITIONS.index(edition)


def added_in(edition: str, **fields: Any) -> dict[str, Any]:
    """The fields that `edition` added to an object, if the run's edition has them; else none."""
    return fields if is_since(edition) else {}


@cache
def _first_editions() -> dict[str, str]:
    """The first edition of each change."""
    return {each.name: each.edition for each in read_changes()}
