"""The commands that check servers, ``fuzz``, ``contract``, ``clean`` and ``mutants``; ``spec-check`` for a checkout."""

from __future__ import annotations

import argparse
import math
import os
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from contract_tests import environment
from contract_tests.profiles.options import Parser
from contract_tests.profiles.profile import FUZZ, PARTS, PROFILES
from mock_server.runtime.console import prepare_streams
from mock_server.runtime.editions import EDITION_VARIABLE, EDITIONS, choose_edition, chosen_edition
from mock_server.runtime.suggestions import did_you_mean

CONTRACT_PARTS = ("stories", "journeys")
"""The parts of a run that `contract` consists of."""


def make_parser(program: str = "contract_tests") -> tuple[Parser, dict[str, Parser]]:
    """The parser of the command line, and those of its commands by their names."""
    parser = Parser(prog=program, description="Checks of the description and of servers.")
    commands = parser.add_subparsers(dest="command", required=True)
    _add_runs(commands)
    commands.add_parser("spec-check", help="check the description with other tools; needs npm")
    broken = commands.add_parser(
        "mutants",
        help="show which checks detect which kind of broken server",
        description="Breaks the sandbox in one way after the other, and shows which checks detect it.",
    )
    broken.add_argument("kinds", nargs="*", help="kinds of mutants [all]")
    broken.add_argument(
        "--operations", type=int, default=10, help="operations or parameters to break for each kind [10]"
    )
    broken.add_argument(
        "--profile", choices=("pr", "staging"), default="pr", help="the profile that has to detect them [pr]"
    )
    broken.add_argument("--seed", type=int, default=20250401, help="seed of all choices [20250401]")
    broken.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="number of processes [one per core]")
    broken.add_argument("--results", type=Path, help="file to continue from: mutants that it lists are not tried again")
    return parser, commands.choices


def main(words: Sequence[str], program: str) -> int:
    """Runs the command that `words` give to `program` and returns its exit code."""
    prepare_streams()
    parser, commands = make_parser(program)
    arguments, rest = parser.parse_known_args(words)
    choose_edition(getattr(arguments, "edition", chosen_edition()))
    if arguments.command == "fuzz":
        commands["fuzz"].refuse_mistyped(rest)
        if rest and arguments.parts and FUZZ not in arguments.parts:
            commands["fuzz"].error(f"{rest[0]} is for the part fuzz, which --parts leaves out")
    elif rest:
        commands[arguments.command].refuse(rest)
    if arguments.command in ("fuzz", "contract"):
        return _fuzz(arguments, rest, shlex.join([program, *words]))
    if arguments.command == "clean":
        from contract_tests.profiles.run import clean

        if arguments.base_url is None:
            commands["clean"].error("the following arguments are required: --base-url")
        return clean(arguments.base_url, arguments.reports, arguments.rate)
    if arguments.command == "mutants":
        from contract_tests.mutants.kinds import KINDS
        from contract_tests.mutants.table import mutants

        for name in arguments.kinds:
            if name not in KINDS:
                commands["mutants"].error(f"there is no kind {name!r}{did_you_mean(name, KINDS)}")

        return mutants(
            arguments.kinds,
            arguments.operations,
            profile=arguments.profile,
            seed=arguments.seed,
            workers=arguments.workers,
            results=arguments.results,
        )
    from contract_tests.spec_check import check

    return check()


def _add_runs(commands: Any) -> None:
    passed_on = (
        "Other options are passed to schemathesis' `st run`, for example --include-tag Bookings, --max-examples 20, "
        "--max-time 60. "
    )
    exit_codes = "Exit codes: 0 clean, 1 contract broken, 2 could not run, 130 interrupted."
    fuzz = commands.add_parser(
        "fuzz",
        help="check a server against the description",
        description="Checks a server against the description with generated requests, stories and journeys. "
        + passed_on
        + exit_codes,
    )
    contract = commands.add_parser(
        "contract",
        help="check a server with stories and journeys only",
        description="Checks a server with stories and journeys, without generated requests. " + exit_codes,
    )
    clean = commands.add_parser(
        "clean",
        help="remove data that interrupted runs left on a server",
        description="Removes data that interrupted runs left on a server.",
    )
    fuzz.add_argument("--parts", nargs="+", choices=PARTS, default=(), help="run only these [the profile's]")
    contract.set_defaults(parts=CONTRACT_PARTS)
    for command in (fuzz, contract):
        _add_options_of_runs(command)
    for command in (fuzz, contract, clean):
        _add_server(command)


def _add_options_of_runs(command: Parser) -> None:
    command.add_argument("--profile", choices=PROFILES, help="settings of the run [pr, or staging with --base-url]")
    command.add_argument(
        "--all-operations", action="store_true", help="include operations that change a shared organization"
    )
    command.add_argument(
        "--baseline", type=Path, help="file of known failures [baselines/HOST.json in profile staging]"
    )
    command.add_argument("--baseline-update", action="store_true", help="add the failures of this run to the baseline")
    command.add_argument("--seed", type=int, help="seed of all choices [the profile's, or the time]")
    command.add_argument("--runs", type=_runs, default=1, help="number of runs, with consecutive seeds [1]")
    command.add_argument("--stories", nargs="+", metavar="NAME", default=(), help="run only these stories [all]")
    command.add_argument(
        "--har", choices=("failures", "all"), default="failures", help="exchanges to put into the HAR file [failures]"
    )


def _add_server(command: Parser) -> None:
    command.add_argument(
        "--edition",
        choices=EDITIONS,
        default=chosen_edition(),
        help=f"edition of the API; also {EDITION_VARIABLE} [{chosen_edition()}]",
    )
    command.add_argument(
        "--base-url",
        default=os.environ.get(environment.BASE_URL) or None,
        help="address of the server [environment variable BASE_URL]",
    )
    command.add_argument("--reports", type=Path, default=Path("reports"), help="folder for the reports [reports]")
    command.add_argument("--rate", type=_rate, help="requests per minute, 0 for no limit [60 on a deployment]")


def _rate(text: str) -> float:
    value = float(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError("the rate must be 0 or more")
    return value


def _runs(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("the number of runs must be 1 or more")
    return value


def _fuzz(arguments: argparse.Namespace, rest: list[str], command: str) -> int:
    from contract_tests.profiles.run import Choices, fuzz

    choices = Choices(
        arguments.profile, arguments.base_url, arguments.reports, arguments.all_operations, arguments.rate,
        arguments.baseline, arguments.baseline_update, arguments.seed, tuple(arguments.parts),
        tuple(arguments.stories), arguments.har == "all", command, rest,
    )  # fmt: skip
    code = fuzz(choices)
    first = arguments.seed if arguments.seed is not None else 0
    for number in range(1, arguments.runs):
        code = code or fuzz(replace(choices, seed=first + number))
    return code
