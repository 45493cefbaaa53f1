"""The areas of the API, and their contributions. Every area is a package with the same modules:

`model` (COLLECTIONS), `operations` (functions named by operationIds), `access` (RULES), `jobs` (HANDLERS),
`invariants` (CHECKS), `hints` (HINTS), `views`, and engine modules. All of them are optional. `operations` may be a
package, of which every module is searched.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from inspect import isfunction
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from mock_server.runtime.access import Rule
from mock_server.runtime.changes import edition_of_process
from mock_server.runtime.description import Description
from mock_server.runtime.dispatch import Handler, SuccessHint
from mock_server.runtime.suggestions import did_you_mean
from mock_server.state.collection import Collection, Schema
from mock_server.state.edition import Edition
from mock_server.state.errors import Unusable
from mock_server.state.jobs import JOBS, JobHandler
from mock_server.state.transaction import Transaction

AREAS = (
    "identity",
    "organizations",
    "teams",
    "roles",
    "schedules",
    "event_types",
    "booking_limits",
    "slots",
    "bookings",
    "calendars",
    "apps",
    "routing_forms",
    "insights",
    "webhooks",
    "workflows",
    "verified_resources",
    "credits",
    "events",
    "notifications",
    "allowlists",
)


def schema(edition: Edition | None = None) -> Schema:
    """The collections of all areas, for worlds of an edition: by default of the one that the process has chosen."""
    collections: list[Collection[Any]] = [JOBS]
    for module in _modules("model"):
        collections += module.COLLECTIONS
    return Schema(tuple(collections), edition or edition_of_process())


def access_rules() -> dict[str, Rule]:
    """The access rules of all areas, by their names in `x-access`."""
    rules: dict[str, Rule] = {}
    for module in _modules("access"):
        rules |= module.RULES
    return rules


def success_hints() -> dict[str, SuccessHint]:
    """The hints of all areas about successful replies, by operationId."""
    hints: dict[str, SuccessHint] = {}
    for module in _modules("hints"):
        hints |= getattr(module, "HINTS", {})
    return hints


def job_handlers() -> dict[str, JobHandler]:
    """The job handlers of all areas, by kind of job."""
    handlers: dict[str, JobHandler] = {}
    for module in _modules("jobs"):
        handlers |= module.HANDLERS
    return handlers


def invariants() -> list[Callable[[Transaction], list[str]]]:
    """The invariants of all areas: functions that list violations."""
    return [check for module in _modules("invariants") for check in module.CHECKS]


def find_handler(area: str, operation_id: str) -> Handler | None:
    """The function of an operation, or None if its area has none yet.

    Raises Unusable when two modules define it.
    """
    found = [module for module in _operation_modules(area) if _defines(module, operation_id)]
    if len(found) > 1:
        places = " and ".join(module.__name__ for module in found)
        raise Unusable(f"The operation {operation_id} has two functions, in {places}. Which one is right?")
    return getattr(found[0], operation_id) if found else None


def check_functions(description: Description) -> None:
    """Raises Unusable when two modules define the function of one operation."""
    for operation in description:
        find_handler(operation.area, operation.id)


def functions_without_operation(description: Description) -> list[str]:
    """Public functions of `operations` that the description of their area does not name, each with a suggestion."""
    found: list[str] = []
    for area in AREAS:
        own = {operation.id for operation in description if operation.area == area}
        for module in _operation_modules(area):
            names = [name for name in vars(module) if not name.startswith("_") and _defines(module, name)]
            found += [f"{module.__name__}.{name}{did_you_mean(name, own)}" for name in names if name not in own]
    return found


def _defines(module: ModuleType, name: str) -> bool:
    """Whether a function is defined in a module, not imported into it."""
    found = getattr(module, name, None)
    return isfunction(found) and found.__module__ == module.__name__


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
