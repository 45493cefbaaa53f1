"""Default schedules of users, and the schedules of new users."""

from __future__ import annotations

from mock_server.identity.model import USERS, User
from mock_server.schedules.model import SCHEDULES, Schedule
from mock_server.state.transaction import Transaction

DEFAULT_SCHEDULE_NAME = "Default schedule"
SPARE_SCHEDULE_NAME = "Working Hours"


def create_default_schedule(tx: Transaction, user: User, time_zone: str) -> Schedule:
    """Creates the default schedule of a new user: Monday to Friday, 09:00 to 17:00."""
    schedule = tx[SCHEDULES].create(user_id=user.id, name=DEFAULT_SCHEDULE_NAME, time_zone=time_zone)
    make_default(tx, schedule)
    return schedule


def create_spare_schedule(tx: Transaction, user: User) -> Schedule:
    """Creates the schedule of a user created by an organization: without a time zone, and not the default."""
    return tx[SCHEDULES].create(user_id=user.id, name=SPARE_SCHEDULE_NAME)


def default_schedule(tx: Transaction, user: User) -> Schedule | None:
    """The user's default schedule; None if there is none, or if the id is not one of the user's schedules."""
    schedule = tx[SCHEDULES].get(user.default_schedule_id)
    return schedule if schedule is not None and schedule.user_id == user.id else None


def make_default(tx: Transaction, schedule: Schedule) -> None:
    """Makes `schedule` the default of its owner."""
    tx[USERS].update(schedule.user_id, default_schedule_id=schedule.id)
