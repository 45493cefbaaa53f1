"""Entities of allow-lists. Only a world file creates them."""

from __future__ import annotations

from typing import Literal

from mock_server.state.collection import Collection
from mock_server.state.entity import Entity


class Allowlist(Entity):
    """The IPv4 ranges of a service. The key is its name."""

    name: str
    direction: Literal["ingress-to-cal", "egress-from-cal"]
    ipv4: tuple[str, ...] = ()


ALLOWLISTS = Collection("allowlists", Allowlist, key="name")

COLLECTIONS = (ALLOWLISTS,)
