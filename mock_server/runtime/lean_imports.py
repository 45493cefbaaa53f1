"""Defers packages that libraries import and the sandbox does not use. Some of them are slow to import."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

HIDDEN = (
    # Checkers of formats for jsonschema, which connexion imports. Replies are validated by jsonschema_rs.
    "fqdn",
    "isoduration",
    "jsonpointer",
    "rfc3339_validator",
    "rfc3986_validator",
    "rfc3987",
    "rfc3987_syntax",
    "uri_template",
    "webcolors",
    # Public-key algorithms for PyJWT. Tokens are signed with HS256.
    "cryptography",
)
"""Packages that libraries import only if they are installed."""

DEFERRED: dict[str, tuple[str, ...]] = {
    "httpx": (),
    "jinja2": (),
    "requests": (),
    "starlette.templating": ("Jinja2Templates",),
    "starlette.testclient": ("TestClient",),
    "uvicorn.supervisors": ("ChangeReload", "Multiprocess"),
    "werkzeug.serving": ("run_simple",),
    "werkzeug.test": ("Client",),
}
"""Modules that libraries import in any case, each with the callables that are imported from it by name."""


@contextmanager
def lean_imports() -> Generator[None]:
    """Within the block, hidden packages seem not to be installed, and deferred ones are loaded when they are used.

    Imports after the block get the real packages. Only for processes that are the sandbox's own.
    """
    deferred = {name: DeferredModule(name, callables) for name, callables in DEFERRED.items()}
    stand_ins = {
        name: stand_in for name, stand_in in {**dict.fromkeys(HIDDEN), **deferred}.items() if name not in sys.modules
    }
    sys.modules.update(stand_ins)  # pyright: ignore[reportArgumentType, reportCallIssue]
    try:
        yield
    finally:
        for name, stand_in in stand_ins.items():
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]


class DeferredModule(ModuleType):
    """Stands in for a module and loads it when an attribute is read, or when one of its `callables` is called.

    Not importlib.util.LazyLoader: on Python 3.11, a second `import` of the module loads it.
    """

    def __init__(self, name: str, callables: tuple[str, ...]) -> None:
        super().__init__(name)
        for each in callables:
            setattr(self, each, self._deferred(each))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # Read by the import system.
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return getattr(self._load(), name)

    def _deferred(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            return getattr(self._load(), name)(*arguments, **options)

        return call

    def _load(self) -> ModuleType:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return importlib.import_module(self.__name__)
