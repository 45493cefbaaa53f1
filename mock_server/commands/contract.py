"""Commands that check a server against the description. They need the packages of the extra ``contract``."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec

import click

from cal_mock import clash
from mock_server.runtime.exit_status import ExitStatus

PACKAGES = ("hypothesis", "pytest", "requests_oauthlib", "schemathesis")
"""The packages of the extra that are imported, by their import names."""
INSTALL = "pip install 'cal-mock[contract]'"


def require_contract_tests() -> None:
    """Exits if a package of the user's project hides ours with the contract tests."""
    reason = clash("contract_tests")
    if reason is not None:
        click.echo(f"cal-mock: {reason}", err=True)
        raise SystemExit(ExitStatus.NOT_DONE)


def _run(command: str, words: tuple[str, ...]) -> None:
    """Runs a command of the contract tests and exits with its status."""
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        lacks = ", ".join(missing)
        click.echo(f"cal-mock: {command} needs packages that are not installed ({lacks}): {INSTALL}", err=True)
        raise SystemExit(ExitStatus.NOT_DONE)
    require_contract_tests()
    from contract_tests.__main__ import main

    raise SystemExit(main([command, *words], "cal-mock"))


class PassedOn(click.Command):
    """A command whose arguments, with those that ask for help, are parsed by the contract tests."""

    def __init__(self, name: str, short_help: str) -> None:
        super().__init__(
            name,
            params=[click.Argument(["words"], nargs=-1, type=click.UNPROCESSED)],
            callback=partial(_run, name),
            short_help=short_help,
            add_help_option=False,
            context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
        )


fuzz = PassedOn("fuzz", "Check a server with generated requests, stories and journeys.")
contract = PassedOn("contract", "Check a server with stories and journeys only.")
clean = PassedOn("clean", "Remove data that interrupted runs left on a server.")
mutants = PassedOn("mutants", "Show which checks detect which kind of broken server.")
