"""How commands report errors that the user can fix."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import click

from mock_server.runtime.exit_status import ExitStatus
from mock_server.state.errors import Unusable


@contextmanager
def plain_errors() -> Generator[None]:
    """Prints errors that the user can fix as one line, without a traceback, and exits with ExitStatus.NOT_DONE."""
    try:
        yield
    except Unusable as error:
        click.echo(f"cal-mock: {error}", err=True)
        raise SystemExit(ExitStatus.NOT_DONE) from None
