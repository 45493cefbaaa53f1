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


def explain_hidden(package: str, name: str) -> None:
    """Raises ImportError if `name` was meant to be imported from another module, which has the name of `package`."""
    if PathFinder.find_spec(f"{package}.{name}", [str(Path(__file__).parent.parent / package)]) is not None:
        return
    for folder in sys.path:
        found = PathFinder.find_spec(package, [folder])
        if found is not None and not _is_ours(found, package):
            raise ImportError(
                f"{found.origin} cannot be imported, because the package {package} of cal-mock has the same name and "
                f"was imported first; that one has no {name!r}. Rename the module."
            )


class HiddenModules:
    """A finder, the last one of a pytest run, that finds nothing: it explains missing submodules of ``mock_server``."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        """See importlib.abc.MetaPathFinder. Raises ImportError."""
        del path, target
        package, _, rest = name.partition(".")
        if package == "mock_server" and rest:
            explain_hidden(package, rest.partition(".")[0])


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
    if HiddenModules not in sys.meta_path:
        sys.meta_path.append(HiddenModules)
    return import_module("mock_server.pytest_plugin")
