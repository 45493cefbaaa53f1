"""Operations on schedules. The organization's views of a user's schedules act as that user.

Source: Cal.com API v2, schedules.
"""

from __future__ import annotations

from typing import Any

from mock_server.identity.model import USERS, User
from mock_server.organizations.model import PROFILES
from mock_server.runtime.call import Call
from mock_server.runtime.errors import ApiError, BadRequest, Forbidden, NotFound
from mock_server.runtime.reply import NOTHING
from mock_server.schedules.defaults import default_schedule, make_default
from mock_server.schedules.hours import read_availability, read_overrides
from mock_server.schedules.model import SCHEDULES, Schedule
from mock_server.schedules.views import schedule_view


def create_schedule(call: Call) -> Any:
    """A new schedule of the caller; the default one only if asked for."""
    body = call.body
    schedule = call.tx[SCHEDULES].create(user_id=call.caller.user_id, **_hours(body), **_named(body))
    if body["isDefault"]:
        make_default(call.tx, schedule)
    return schedule_view(schedule, _caller(call))


def list_schedules(call: Call) -> Any:
    """The caller's schedules, in the order in which they were made."""
    user = _caller(call)
    return [schedule_view(schedule, user) for schedule in call.tx[SCHEDULES].find(user_id=user.id)]


def get_default_schedule(call: Call) -> Any:
    """The caller's default schedule, or null."""
    user = _caller(call)
    schedule = default_schedule(call.tx, user)
    return None if schedule is None else schedule_view(schedule, user)


def get_schedule(call: Call) -> Any:
    """One of the caller's schedules."""
    return schedule_view(_own_schedule(call, missing=NotFound), _caller(call))


def update_schedule(call: Call) -> Any:
    """Changes what is given; a given list replaces the present one. `isDefault: false` has no effect."""
    schedule = _own_schedule(call, missing=NotFound)
    schedule = call.tx[SCHEDULES].update(schedule.id, **_hours(call.body), **_named(call.body))
    if call.body.get("isDefault"):
        make_default(call.tx, schedule)
    return schedule_view(schedule, _caller(call))


def delete_schedule(call: Call) -> Any:
    """Removes the schedule, also the last or the default one. An unknown one is a bad request here."""
    call.tx[SCHEDULES].delete(_own_schedule(call, missing=BadRequest).id)
    return NOTHING


def list_organization_schedules(call: Call) -> Any:
    """A page of the schedules of everybody who has a profile in the organization, oldest first."""
    profiles = call.tx[PROFILES].find(organization_id=call.path_number("orgId"))
    owners = {profile.user_id: call.tx[USERS].require(profile.user_id) for profile in profiles}
    schedules = [schedule for user_id in owners for schedule in call.tx[SCHEDULES].find(user_id=user_id)]
    schedules.sort(key=lambda schedule: schedule.id)
    skip, take = call.query["skip"], call.query["take"]
    return [schedule_view(schedule, owners[schedule.user_id]) for schedule in schedules[skip : skip + take]]


create_organization_user_schedule = create_schedule
list_organization_user_schedules = list_schedules
get_organization_user_schedule = get_schedule
update_organization_user_schedule = update_schedule
delete_organization_user_schedule = delete_schedule
list_organization_team_user_schedules = list_schedules


def _caller(call: Call) -> User:
    return call.tx[USERS].require(call.caller.user_id)


def _own_schedule(call: Call, missing: type[ApiError]) -> Schedule:
    """The schedule that the path names. Raises `missing`, or Forbidden for somebody else's."""
    schedule_id = call.path_number("scheduleId")
    schedule = call.tx[SCHEDULES].get(schedule_id)
    if schedule is None:
        raise missing(f"Schedule with ID={schedule_id} does not exist.")
    if schedule.user_id != call.caller.user_id:
        raise Forbidden(f"User with ID={call.caller.user_id} does not own schedule with ID={schedule_id}")
    return schedule


def _named(body: dict[str, Any]) -> dict[str, Any]:
    fields = {"name": body.get("name"), "time_zone": body.get("timeZone")}
    return {field: value for field, value in fields.items() if value is not None}


def _hours(body: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if body.get("availability") is not None:
        fields["availability"] = read_availability(body["availability"])
    if body.get("overrides") is not None:
        fields["overrides"] = read_overrides(body["overrides"])
    return fields
