"""Types of arguments and options that several commands have."""

from __future__ import annotations

import re
from pathlib import Path

import click

from mock_server.runtime.editions import EDITION_VARIABLE, choose_edition
from mock_server.state.edition import DEFAULT_EDITION, EDITIONS

TOKEN_VARIABLE = "CAL_MOCK_TOKEN"
STORE_VARIABLE = "CAL_MOCK_STORE"

PORT = click.IntRange(0, 65535)
FILE = click.Path(path_type=Path, readable=False)
"""Not checked for existence or permissions, which are reported when the file is used."""


def _choose(_context: click.Context, _option: click.Parameter, name: str) -> str:
    """Makes an edition that of the whole process."""
    return choose_edition(name)


EDITION = click.option(
    "--edition",
    type=click.Choice(EDITIONS),
    envvar=EDITION_VARIABLE,
    default=DEFAULT_EDITION,
    show_envvar=True,
    help="Edition of the API.",
    callback=_choose,
)


def checked_token(_context: click.Context, _option: click.Parameter, token: str | None) -> str | None:
    """A token that is valid in a header. Raises BadParameter otherwise, without repeating the token."""
    if token is not None and not re.fullmatch(r"[!-~]+", token):
        raise click.BadParameter("a token consists of visible ASCII characters, without blanks.")
    return token
