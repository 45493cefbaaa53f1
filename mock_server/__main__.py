"""``python -m mock_server`` is ``cal-mock``."""

from mock_server.cli import main

main()
