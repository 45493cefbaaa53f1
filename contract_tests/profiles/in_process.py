"""A sandbox in this process whose world is reset before each request, so that runs with one seed are the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from contract_tests.fuzzing.provision import provision
from contract_tests.fuzzing.target import Before, Target, Undo
from mock_server.server import Sandbox

WORLD = "http://testserver/w/fuzz"
_SEEDED = "http://testserver/w/seeded"
_LATER = timedelta(days=30 * 365)
"""By then, the meetings of the description's examples have begun."""


def reset_world_before_each_request(sandbox: Sandbox, schema: Any, target: Target) -> Before:
    """Each request finds what the examples created; one that creates something, the state before its example.

    `schema` is schemathesis', served by `sandbox`. The requests go to WORLD.
    """
    seeded = sandbox.worlds.create("seeded")
    found: dict[str, Any] = {}

    def about_to(operation_id: str) -> None:
        found[operation_id] = seeded.root

    def protect() -> Undo:
        root = seeded.root

        def undo() -> None:
            seeded.restore(sandbox.worlds.new_state(root))

        return undo

    for refused in provision(schema, target, protect, _SEEDED, about_to, lambda: seeded.advance(_LATER)):
        del found[refused]
    world = sandbox.worlds.create("fuzz", "seeded")

    def before(operation_id: str) -> None:
        world.restore(sandbox.worlds.new_state(found.get(operation_id, world.start)))

    return before
