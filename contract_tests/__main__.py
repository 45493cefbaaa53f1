"""``python -m contract_tests``: see `command_line`."""

import sys

INTERRUPTED = 130
"""The exit code that shells give to a command that Ctrl-C ends."""


def main() -> int:
    """Runs the command and returns its exit code; that of shells after Ctrl-C, also while the command is loading."""
    try:
        from contract_tests.command_line import main as run

        return run()
    except KeyboardInterrupt:
        print("Stopped by hand.", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
