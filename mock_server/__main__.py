"""``cal-mock``, which is ``python -m mock_server`` too: see `cli`."""

INTERRUPTED = 130
"""The exit code that shells give to a command that Ctrl-C ends."""


def main() -> None:
    """The entry point. A running command handles Ctrl-C itself; here it comes while the command is loading."""
    try:
        from mock_server.cli import main as run

        run()
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


if __name__ == "__main__":
    main()
