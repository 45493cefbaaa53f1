"""The scheduled jobs of a world, for `GET /_sandbox/jobs`: what happens when its clock gets there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.runtime.dates import iso
from mock_server.sandbox.queries import DEFAULT_LIMIT, PAGE, whole_number
from mock_server.state.jobs import JOBS, Job
from mock_server.state.worlds import World

PARAMETERS = PAGE


def list_jobs(world: World, query: Mapping[str, str]) -> dict[str, Any]:
    """A page of the jobs, in the order in which they fall due. Raises Refused."""
    jobs = world.begin()[JOBS]
    skip, limit = whole_number(query, "skip", 0), whole_number(query, "limit", DEFAULT_LIMIT)
    return {"total": jobs.count(), "skip": skip, "limit": limit, "jobs": [_view(job) for job in jobs.page(skip, limit)]}


def _view(job: Job) -> dict[str, Any]:
    return {"id": job.id, "kind": job.kind, "due": iso(job.due), "about": job.about, "details": job.details}
