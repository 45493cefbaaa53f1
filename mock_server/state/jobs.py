"""Scheduled jobs: part of a world's state, run in order when they fall due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from mock_server.state.collection import Collection, Index
from mock_server.state.entity import Entity
from mock_server.state.transaction import Transaction


class Job(Entity):
    """A job that runs at `due`. `kind` names the handler, `details` are its arguments (JSON-compatible).

    `about` names what the job belongs to, such as `booking:12`, so that it can be deleted together with it.
    """

    id: int
    kind: str
    due: datetime
    details: dict[str, Any]
    about: str | None = None


JOBS = Collection("jobs", Job, indexes=(Index((), ("due",)), Index(("about",), ("due",))))

JobHandler = Callable[[Transaction, Job], None]
"""Runs a job. The `now` of the transaction is the time of the job, or later if the server was not running then."""


def schedule(tx: Transaction, kind: str, due: datetime, details: dict[str, Any], about: str | None = None) -> Job:
    """Schedules a job. Jobs due at the same time run in the order in which they were scheduled."""
    return tx[JOBS].create(kind=kind, due=due, details=details, about=about)


def drop_jobs(tx: Transaction, about: str) -> int:
    """Deletes all jobs that belong to `about` and returns their number."""
    jobs = tx[JOBS].find(about=about)
    for job in jobs:
        tx[JOBS].delete(job.id)
    return len(jobs)


def next_job(tx: Transaction, until: datetime) -> Job | None:
    """The first job that is due at `until` or before."""
    first = tx[JOBS].page(0, 1)
    return first[0] if first and first[0].due <= until else None
