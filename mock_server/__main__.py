"""``python -m mock_server`` is ``cal-mock``."""

try:
    from mock_server.cli import main

    main()
except KeyboardInterrupt:  # During the imports; a running command handles it itself.
    raise SystemExit(130) from None
