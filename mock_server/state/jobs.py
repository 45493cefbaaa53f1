"""Things that are to happen at a time of the world: part of its state, run in order when they fall due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from mock_server.state.collection import Collection, Index
from mock_server.state.entity import Entity
from mock_server.state.transaction import Transaction


class Job(Entity):
    """What to do at `due`: `kind` names the function, `details` are its arguments (JSON-ready).

    `about` names what the job hangs on, such as `booking:12`, so that it can be dropped with it.
    """

    id: int
    kind: str
    due: datetime
    details: dict[str, Any]
    about: str | None = None


JOBS = Collection("jobs", Job, indexes=(Index((), ("due",)), Index(("about",), ("due",))))

JobHandler = Callable[[Transaction, Job], None]
"""Does a job in a transaction whose `now` is the time of the job, or later where nobody was there to do it."""


def schedule(tx: Transaction, kind: str, due: datetime, details: dict[str, Any], about: str | None = None) -> Job:
    """Puts a job on the world's calendar. Jobs of the same time run in the order in which they were scheduled."""
    return tx[JOBS].create(kind=kind, due=due, details=details, about=about)


def drop_jobs(tx: Transaction, about: str) -> int:
    """Takes back all jobs that hang on `about`; gives their number."""
    jobs = tx[JOBS].find(about=about)
    for job in jobs:
        tx[JOBS].delete(job.id)
    return len(jobs)


def next_job(tx: Transaction, until: datetime) -> Job | None:
    """The first job that is due at `until` or before."""
    first = tx[JOBS].page(0, 1)
    return first[0] if first and first[0].due <= until else None
