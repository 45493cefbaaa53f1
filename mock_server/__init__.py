"""A stateful sandbox of the Cal.com API v2, driven by the OpenAPI description in ``openapi/``.

The names that can be imported from here run a sandbox in tests: see public_api.md. Each is loaded when it is first
used, so that the command line and the pytest plugin start quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mock_server.running import RunningSandbox as RunningSandbox
    from mock_server.running import running_sandbox as running_sandbox
    from mock_server.runtime.settings import Settings as Settings
    from mock_server.testing import Clock as Clock
    from mock_server.testing import Delivery as Delivery
    from mock_server.testing import Faults as Faults
    from mock_server.testing import Inbox as Inbox
    from mock_server.testing import Message as Message
    from mock_server.testing import Outbox as Outbox
    from mock_server.testing import World as World

__version__ = "0.1.0"

_MODULES = {
    "Clock": "mock_server.testing",
    "Delivery": "mock_server.testing",
    "Faults": "mock_server.testing",
    "Inbox": "mock_server.testing",
    "Message": "mock_server.testing",
    "Outbox": "mock_server.testing",
    "RunningSandbox": "mock_server.running",
    "Settings": "mock_server.runtime.settings",
    "World": "mock_server.testing",
    "running_sandbox": "mock_server.running",
}
"""The modules of the public names."""


def __getattr__(name: str) -> Any:
    """A public name. Raises ImportError where a module of the user's project was meant, which this package hides."""
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    if not name.startswith("_"):
        from cal_mock import explain_hidden

        explain_hidden(__name__, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """See module.__dir__: with the public names."""
    return sorted({*globals(), *_MODULES})
