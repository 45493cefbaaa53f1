"""``cal-mock``, which is ``python -m mock_server`` too: see `cli`."""

import os
import signal
from types import FrameType

INTERRUPTED = 130
"""The exit code that shells give to a command that Ctrl-C ends."""

TERMINATED = 143
"""The exit code that shells give to a command that SIGTERM ends."""


def main() -> None:
    """The entry point. A running command handles Ctrl-C itself; here it comes while the command is loading."""
    if os.getpid() == 1:
        # The kernel drops the signals that the first process of a container does not handle.
        signal.signal(signal.SIGTERM, _terminate)
    try:
        from mock_server.cli import main as run

        run()
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(TERMINATED)


if __name__ == "__main__":
    main()
