"""The options of commands that work with a running sandbox."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, cast

import click

from mock_server.commands.errors import plain_errors
from mock_server.commands.options import TokenOption, checked_token
from mock_server.commands.output import Output
from mock_server.control_client import ControlClient, control_client

DEFAULT_URL = "http://127.0.0.1:8080"
URL_VARIABLE = "CAL_MOCK_URL"

URL = click.option(
    "--url",
    envvar=URL_VARIABLE,
    show_envvar=True,
    default=DEFAULT_URL,
    help="The sandbox, or one of its worlds: URL/w/WORLD.",
)
TOKEN = click.option(
    "--token",
    cls=TokenOption,
    metavar="TOKEN",
    callback=checked_token,
    help="The admin token of the sandbox, if it has one; CAL_MOCK_TOKEN_FILE names a file that has it.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print the JSON of the control plane.")

P = ParamSpec("P")


@contextmanager
def sandbox_at(url: str, token: str | None) -> Generator[ControlClient]:
    """A client for the sandbox, or one of its worlds, at `url`. Prints errors as `plain_errors` does."""
    with plain_errors(), control_client(url, token) as sandbox:
        sandbox.check()
        yield sandbox


def connected(command: Callable[Concatenate[ControlClient, Output, P], None]) -> Callable[..., None]:
    """Gives a command the options --url, --token and --json, and calls it with a client and an output."""

    @URL
    @TOKEN
    @JSON
    @wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> None:
        url, token, as_json = (options.pop(each) for each in ("url", "token", "as_json"))
        with sandbox_at(cast("str", url), cast("str | None", token)) as sandbox:
            command(sandbox, Output(bool(as_json)), *arguments, **options)

    return run
