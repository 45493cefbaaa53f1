"""Finds the schedule that a path names, for its owner."""

from __future__ import annotations

from mock_server.runtime.call import Call
from mock_server.runtime.errors import ApiError, Forbidden
from mock_server.schedules.model import SCHEDULES, Schedule


def require_own_schedule(call: Call, missing: type[ApiError]) -> Schedule:
    """The schedule in the path. Raises `missing`, or Forbidden for schedules of other users."""
    schedule_id = call.path_number("scheduleId")
    schedule = call.tx[SCHEDULES].get(schedule_id)
    if schedule is None:
        raise missing(f"Schedule with ID={schedule_id} does not exist.")
    if schedule.user_id != call.caller.user_id:
        raise Forbidden(f"User with ID={call.caller.user_id} does not own schedule with ID={schedule_id}")
    return schedule
