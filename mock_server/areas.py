"""The areas of the API, and what each contributes. Every area is a package of the same few modules:

`model` (COLLECTIONS), `operations` (functions named by operationIds), `access` (RULES), `jobs` (HANDLERS),
`invariants` (CHECKS), and `views` and engines of its own. An area may leave a module out. `operations` may be a
package: every module in it is looked into.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from mock_server.runtime.access import Rule
from mock_server.runtime.changes import edition_of_process
from mock_server.runtime.dispatch import Handler
from mock_server.state.collection import Collection, Schema
from mock_server.state.edition import Edition
from mock_server.state.errors import Unusable
from mock_server.state.jobs import JOBS, JobHandler
from mock_server.state.transaction import Transaction

AREAS = (
    "identity",
    "organizations",
    "teams",
    "schedules",
    "event_types",
    "slots",
    "bookings",
    "calendars",
    "apps",
    "routing_forms",
    "webhooks",
)


def schema(edition: Edition | None = None) -> Schema:
    """The collections of all areas, for worlds of an edition: by default of the one that the process has chosen."""
    collections: list[Collection[Any]] = [JOBS]
    for module in _modules("model"):
        collections += module.COLLECTIONS
    return Schema(tuple(collections), edition or edition_of_process())


def access_rules() -> dict[str, Rule]:
    """The access rules of all areas, by the name that `x-access` uses."""
    rules: dict[str, Rule] = {}
    for module in _modules("access"):
        rules |= module.RULES
    return rules


def job_handlers() -> dict[str, JobHandler]:
    """What the areas do when a job falls due, by its kind."""
    handlers: dict[str, JobHandler] = {}
    for module in _modules("jobs"):
        handlers |= module.HANDLERS
    return handlers


def invariants() -> list[Callable[[Transaction], list[str]]]:
    """What must hold in every world: functions that list what breaks it."""
    return [check for module in _modules("invariants") for check in module.CHECKS]


def find_handler(area: str, operation_id: str) -> Handler | None:
    """The function of an operation, or None while its area has none.

    Raises Unusable when two modules define it.
    """
    found = [module for module in _operation_modules(area) if _defines(module, operation_id)]
    if len(found) > 1:
        places = " and ".join(module.__name__ for module in found)
        raise Unusable(f"The operation {operation_id} has two functions, in {places}. Which one is right?")
    return getattr(found[0], operation_id) if found else None


def _defines(module: ModuleType, name: str) -> bool:
    """Whether a function is defined in a module, and not imported into it."""
    return getattr(getattr(module, name, None), "__module__", None) == module.__name__


@cache
def _operation_modules(area: str) -> tuple[ModuleType, ...]:
    whole = _module(area, "operations")
    if whole is None:
        return ()
    names = [f"{whole.__name__}.{each.name}" for each in iter_modules(getattr(whole, "__path__", ()))]
    return (whole, *map(import_module, names))


def _modules(name: str) -> list[ModuleType]:
    return [module for area in AREAS if (module := _module(area, name)) is not None]


@cache
def _module(area: str, name: str) -> ModuleType | None:
    package = f"mock_server.{area}"
    if find_spec(package) is None or find_spec(f"{package}.{name}") is None:
        return None
    return import_module(f"{package}.{name}")
