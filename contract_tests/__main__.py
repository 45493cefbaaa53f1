"""The command line: ``python -m contract_tests fuzz`` and ``python -m contract_tests spec-check``, ``... mutants``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def main() -> int:
    """Runs the command that was named; gives its exit code."""
    parser = argparse.ArgumentParser(prog="contract_tests", description="Checks of the description and of servers.")
    commands = parser.add_subparsers(dest="command", required=True)
    fuzz = commands.add_parser(
        "fuzz",
        help="fuzz a server against the description",
        description="Fuzzes a server against the description. Further options go to `st run` of schemathesis, "
        "for example --max-examples 20, --phases coverage, --max-time 60, --rate-limit 60/m, --seed 1.",
    )
    fuzz.add_argument(
        "--base-url",
        default=os.environ.get("BASE_URL") or None,
        help="server to fuzz [BASE_URL of the environment, else a sandbox started for the run]",
    )
    fuzz.add_argument("--reports", type=Path, default=Path("reports"), help="folder for the reports [reports]")
    commands.add_parser("spec-check", help="check the description with other tools; needs npm")
    broken = commands.add_parser("mutants", help="show which checks notice which kind of broken server")
    broken.add_argument("kinds", nargs="*", help="kinds of mutants [all]")
    broken.add_argument("--operations", type=int, default=12, help="how many operations each kind breaks [12]")
    broken.add_argument("--seed", type=int, default=20250401, help="seed of all choices [20250401]")
    broken.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes [one for each core]")
    arguments, rest = parser.parse_known_args()
    if arguments.command == "fuzz":
        from contract_tests.fuzzing.run import fuzz as run

        return run(arguments.base_url, arguments.reports, rest)
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if arguments.command == "mutants":
        from contract_tests.mutants.table import mutants

        return mutants(arguments.kinds, arguments.operations, arguments.seed, arguments.workers)
    from contract_tests.spec_check import check

    return check()


if __name__ == "__main__":
    sys.exit(main())
