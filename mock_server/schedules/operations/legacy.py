"""The older operations on schedules. They read and change the same schedules in an older form.

Source: Cal.com API v2, schedules (2024-04-15).
"""

from __future__ import annotations

from typing import cast

from mock_server.identity.model import USERS
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest, NotFound
from mock_server.runtime.reply import NOTHING, Nothing
from mock_server.schedules.defaults import default_schedule, make_default
from mock_server.schedules.legacy import LegacyScheduleBody, legacy_schedule_view, read_legacy_fields
from mock_server.schedules.model import SCHEDULES, Schedule
from mock_server.schedules.ownership import require_own_schedule


def create_schedule_2024_04_15(call: Call) -> dict[str, object]:
    """Creates a schedule of the caller, which becomes the default only if requested."""
    fields = read_legacy_fields(_body(call))
    return _saved(call, call.tx[SCHEDULES].create(user_id=call.caller.user_id, **fields))


def list_schedules_2024_04_15(call: Call) -> list[dict[str, object]]:
    """The caller's schedules, oldest first."""
    return [_view(call, each) for each in call.tx[SCHEDULES].find(user_id=call.caller.user_id)]


def get_default_schedule_2024_04_15(call: Call) -> dict[str, object] | None:
    """The caller's default schedule, or null."""
    schedule = default_schedule(call.tx, call.tx[USERS].require(call.caller.user_id))
    return None if schedule is None else _view(call, schedule)


def get_schedule_2024_04_15(call: Call) -> dict[str, object]:
    """One of the caller's schedules."""
    return _view(call, require_own_schedule(call, missing=NotFound))


def update_schedule_2024_04_15(call: Call) -> dict[str, object]:
    """Changes the given fields; lists are replaced as a whole. `isDefault: false` has no effect."""
    schedule = require_own_schedule(call, missing=NotFound)
    return _saved(call, call.tx[SCHEDULES].update(schedule.id, **read_legacy_fields(_body(call))))


def delete_schedule_2024_04_15(call: Call) -> Nothing:
    """Deletes a schedule, even the last or the default one. An unknown id is a 400 here."""
    call.tx[SCHEDULES].delete(require_own_schedule(call, missing=BadRequest).id)
    return NOTHING


def _body(call: Call) -> LegacyScheduleBody:
    return cast("LegacyScheduleBody", call.body)


def _saved(call: Call, schedule: Schedule) -> dict[str, object]:
    if _body(call).get("isDefault"):
        make_default(call.tx, schedule)
    return _view(call, schedule)


def _view(call: Call, schedule: Schedule) -> dict[str, object]:
    owner = call.tx[USERS].require(schedule.user_id)
    is_last = call.tx[SCHEDULES].count(user_id=owner.id) == 1
    return legacy_schedule_view(schedule, owner, is_last=is_last, now=call.now)
