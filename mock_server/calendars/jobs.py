"""Jobs about calendars: secrets of delegation credentials are replaced before they expire."""

from __future__ import annotations

from mock_server.calendars.secret_rotation import KIND, rotate_secret
from mock_server.state.jobs import JobHandler

HANDLERS: dict[str, JobHandler] = {KIND: rotate_secret}
