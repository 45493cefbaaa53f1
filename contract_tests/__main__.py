"""``python -m contract_tests``, and the commands of ``cal-mock`` that check servers: see `command_line`."""

import sys
from collections.abc import Sequence

INTERRUPTED = 130
"""The exit code that shells give to a command that Ctrl-C ends."""


def main(words: Sequence[str], program: str = "contract_tests") -> int:
    """Runs the command that `words` give to `program`, and returns its exit code.

    After Ctrl-C that is the one of shells, also while the command is loading.
    """
    try:
        from contract_tests.command_line import main as run

        return run(words, program)
    except KeyboardInterrupt:
        print("Stopped by hand.", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
