"""``python -m mock_server`` is ``cal-mock``."""

try:
    from mock_server.cli import main

    main()
except KeyboardInterrupt:  # While it was still loading: a command that runs ends by itself.
    raise SystemExit(130) from None
