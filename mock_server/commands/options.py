"""Types of arguments and options that several commands have."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import click

from mock_server.runtime.editions import EDITION_VARIABLE, choose_edition
from mock_server.state.edition import DEFAULT_EDITION, EDITIONS

PREFIX = "CAL_MOCK"
TOKEN_VARIABLE = f"{PREFIX}_TOKEN"
TOKEN_FILE_VARIABLE = f"{TOKEN_VARIABLE}_FILE"

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


class TokenOption(click.Option):
    """The admin token, also from the environment: `CAL_MOCK_TOKEN`, or the file that `CAL_MOCK_TOKEN_FILE` names.

    Container engines mount secrets as files.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, envvar=[TOKEN_VARIABLE, TOKEN_FILE_VARIABLE], show_envvar=True, **settings)

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """See click.Option. Raises UsageError if both variables are set, or the file has no token."""
        token, file = os.environ.get(TOKEN_VARIABLE) or None, os.environ.get(TOKEN_FILE_VARIABLE)
        if not file:
            return token
        if token is not None:
            raise click.UsageError(f"{TOKEN_VARIABLE} and {TOKEN_FILE_VARIABLE} are both set: set one of them.", ctx)
        try:
            token = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            raise click.UsageError(f"{TOKEN_FILE_VARIABLE}: {file} cannot be read: {reason}.", ctx) from None
        if not token:
            raise click.UsageError(f"{TOKEN_FILE_VARIABLE}: {file} is empty.", ctx)
        return token


class PortOption(click.Option):
    """A port. Ignores the address that Kubernetes puts into `CAL_MOCK_PORT` beside a service called cal-mock."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """See click.Option."""
        value = super().resolve_envvar_value(ctx)
        return None if value is not None and value.startswith("tcp://") else value


class Configurable(click.Command):
    """A command whose options can all be set by environment variables too, which its help names."""

    def __init__(self, *arguments: Any, prefix: str = PREFIX, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        for option in self.params:
            if isinstance(option, click.Option):
                option.envvar = option.envvar or f"{prefix}_{option.human_readable_name.upper()}"
                option.show_envvar = True
