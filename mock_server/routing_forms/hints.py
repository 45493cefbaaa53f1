"""Hints about routing forms."""

from __future__ import annotations

from mock_server.runtime.dispatch import SuccessHint
from mock_server.slots.hints import about_no_slots

HINTS: dict[str, SuccessHint] = {"calculate_routing_form_slots": about_no_slots}
