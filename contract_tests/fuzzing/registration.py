"""Registers hooks and checks with schemathesis, whose decorators have no complete types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import schemathesis

Function = TypeVar("Function", bound=Callable[..., Any])

_schemathesis = cast("Any", schemathesis)


def hook(function: Function) -> Function:
    """Registers the hook that has the function's name."""
    return _schemathesis.hook(function)


def credentials_provider(provider: type) -> None:
    """Registers the provider of credentials; it is asked before every request."""
    _schemathesis.auth(refresh_interval=None)(provider)
