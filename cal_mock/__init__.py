"""The entry points of the package: the command `cal-mock` and the pytest plugin.

They are apart from ``mock_server`` because a file or folder of that name in a user's project can hide it. Then they say
which one does.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

NOT_DONE = 2
"""The exit status of a command that could not do its work."""


def clash(package: str = "mock_server") -> str | None:
    """Why a package of this distribution cannot be imported, with the remedy, if another module hides it."""
    found = PathFinder.find_spec(package)
    if found is None or _is_ours(found, package):
        return None
    return (
        f"{found.origin} hides the package {package} of cal-mock: its folder comes first in Python's search path. "
        "Rename it, or keep its folder off the path (PYTHONPATH, the current folder with `python -m`)."
    )


def hidden_module(package: str, name: str) -> str | None:
    """The file of another module with the name of `package`, if there is one and `package` has no submodule `name`."""
    if PathFinder.find_spec(f"{package}.{name}", [str(Path(__file__).parent.parent / package)]) is not None:
        return None
    found = (PathFinder.find_spec(package, [folder]) for folder in sys.path)
    return next((each.origin for each in found if each is not None and not _is_ours(each, package)), None)


def _is_ours(found: ModuleSpec, name: str) -> bool:
    if found.origin is None:  # A folder without __init__.py, which a package anywhere on the path precedes.
        return True
    return Path(found.origin).resolve() == (Path(__file__).parent.parent / name / "__init__.py").resolve()


def main() -> None:
    """The command ``cal-mock``."""
    reason = clash()
    if reason is not None:
        sys.stderr.write(f"cal-mock: {reason}\n")
        raise SystemExit(NOT_DONE)
    from mock_server.__main__ import main as run

    run()


def __getattr__(name: str) -> Any:
    """The pytest plugin, by the name that the entry point gives it. Raises UsageError where it cannot be imported."""
    if name != "pytest_plugin":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    reason = clash()
    if reason is not None:
        from pytest import UsageError

        raise UsageError(reason)
    return import_module("mock_server.pytest_plugin")
