"""Allow-lists in replies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mock_server.allowlists.model import Allowlist

METADATA = {"schemaVersion": "1"}


def allowlists_view(services: Iterable[Allowlist]) -> dict[str, Any]:
    """All services by their names."""
    return {"metadata": METADATA, "services": {each.name: _service_view(each) for each in services}}


def allowlist_view(service: Allowlist) -> dict[str, Any]:
    """One service, with its name."""
    return {"metadata": METADATA, "service": {**_service_view(service), "name": service.name}}


def _service_view(service: Allowlist) -> dict[str, Any]:
    return {"direction": service.direction, "ipv4": list(service.ipv4)}
