"""Operations on schedules. The organization's operations on a user's schedules act as that user.

Source: Cal.com API v2, schedules.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from mock_server.event_types.model import EventType
from mock_server.identity.model import PROFILES, USERS, User
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest, NotFound
from mock_server.runtime.reply import NOTHING, Nothing
from mock_server.schedules.defaults import default_schedule, make_default
from mock_server.schedules.hours import ScheduleBody, read_availability, read_overrides
from mock_server.schedules.model import SCHEDULES, Schedule
from mock_server.schedules.ownership import require_own_schedule
from mock_server.schedules.usage import is_host, require_event_type, schedule_for
from mock_server.schedules.views import ScheduleView, schedule_view
from mock_server.teams.model import MEMBERSHIPS


def create_schedule(call: Call) -> ScheduleView:
    """Creates a schedule of the caller, which becomes the default only if requested."""
    schedule = call.tx[SCHEDULES].create(user_id=call.caller.user_id, **_fields(call))
    return _reply(call, schedule)


def list_schedules(call: Call) -> list[ScheduleView]:
    """The caller's schedules, oldest first."""
    user = _caller(call)
    return [schedule_view(schedule, user) for schedule in call.tx[SCHEDULES].find(user_id=user.id)]


def get_default_schedule(call: Call) -> ScheduleView | None:
    """The caller's default schedule, or null."""
    user = _caller(call)
    schedule = default_schedule(call.tx, user)
    return None if schedule is None else schedule_view(schedule, user)


def get_schedule(call: Call) -> ScheduleView:
    """One of the caller's schedules."""
    return schedule_view(require_own_schedule(call, missing=NotFound), _caller(call))


def update_schedule(call: Call) -> ScheduleView:
    """Changes the given fields; lists are replaced as a whole. `isDefault: false` has no effect."""
    schedule = require_own_schedule(call, missing=NotFound)
    return _reply(call, call.tx[SCHEDULES].update(schedule.id, **_fields(call)))


def delete_schedule(call: Call) -> Nothing:
    """Deletes a schedule, even the last or the default one. An unknown id is a 400 here."""
    call.tx[SCHEDULES].delete(require_own_schedule(call, missing=BadRequest).id)
    return NOTHING


def list_organization_schedules(call: Call) -> list[ScheduleView]:
    """A page of the schedules of all users who have a profile in the organization, oldest first."""
    profiles = call.tx[PROFILES].find(organization_id=call.path_number("orgId"))
    return _page(call, [profile.user_id for profile in profiles])


def list_team_schedules(call: Call) -> list[ScheduleView]:
    """A page of the schedules of the team's members, accepted or not, oldest first."""
    return _page(call, _member_ids(call))


def list_organization_team_schedules(call: Call) -> list[ScheduleView]:
    """As `list_team_schedules`, or with `eventTypeId` those that the event type uses for its hosts in the team."""
    return _page(call, _member_ids(call), _event_type(call))


def list_organization_team_user_schedules(call: Call) -> list[ScheduleView]:
    """All schedules of the member, or with `eventTypeId` the one that the event type uses."""
    user, event_type = _caller(call), _event_type(call)
    if event_type is None:
        return list_schedules(call)
    if not is_host(call.tx, user, event_type):
        raise NotFound(f"User {user.id} is not associated with event type {event_type.id}")
    return _views(call, [schedule_for(call.tx, user, event_type)])


create_organization_user_schedule = create_schedule
list_organization_user_schedules = list_schedules
get_organization_user_schedule = get_schedule
update_organization_user_schedule = update_schedule
delete_organization_user_schedule = delete_schedule


def _member_ids(call: Call) -> list[int]:
    return [each.user_id for each in call.tx[MEMBERSHIPS].find(team_id=call.path_number("teamId"))]


def _page(call: Call, user_ids: list[int], event_type: EventType | None = None) -> list[ScheduleView]:
    """A page of the schedules of these users, oldest first; only those that `event_type` uses, if it is given."""
    if event_type is None:
        found = [schedule for user_id in user_ids for schedule in call.tx[SCHEDULES].find(user_id=user_id)]
    else:
        users = [call.tx[USERS].require(user_id) for user_id in user_ids]
        used = [schedule_for(call.tx, user, event_type) for user in users if is_host(call.tx, user, event_type)]
        found = list({schedule.id: schedule for schedule in used if schedule is not None}.values())
    found.sort(key=lambda schedule: schedule.id)
    skip, take = call.query["skip"], call.query["take"]
    return _views(call, found[skip : skip + take])


def _event_type(call: Call) -> EventType | None:
    """The event type that the query names. Raises NotFound."""
    event_type_id = call.query.get("eventTypeId")
    return None if event_type_id is None else require_event_type(call.tx, event_type_id)


def _views(call: Call, schedules: Iterable[Schedule | None]) -> list[ScheduleView]:
    return [schedule_view(each, call.tx[USERS].require(each.user_id)) for each in schedules if each is not None]


def _caller(call: Call) -> User:
    return call.tx[USERS].require(call.caller.user_id)


def _reply(call: Call, schedule: Schedule) -> ScheduleView:
    """The created or updated schedule, after it became the default if requested."""
    if _body(call).get("isDefault"):
        make_default(call.tx, schedule)
    return schedule_view(schedule, _caller(call))


def _body(call: Call) -> ScheduleBody:
    return cast("ScheduleBody", call.body)


def _fields(call: Call) -> dict[str, Any]:
    """The fields of the schedule that the body gives."""
    body = _body(call)
    availability, overrides = body.get("availability"), body.get("overrides")
    fields = {
        "name": body.get("name"),
        "time_zone": body.get("timeZone"),
        "availability": None if availability is None else read_availability(availability),
        "overrides": None if overrides is None else read_overrides(overrides),
    }
    return {name: value for name, value in fields.items() if value is not None}
