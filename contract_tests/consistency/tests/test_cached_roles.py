"""Stories on a service that caches for minutes that a user had a role, as the live one does."""

from __future__ import annotations

import re

import httpx

from contract_tests.comparison.tests.servers import DROPPED, altered
from contract_tests.consistency.actors import sandbox_actors
from contract_tests.consistency.run import run
from contract_tests.http import DirectChannel
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.description import Description

MEMBERSHIPS = re.compile(r"/v2/(organizations|teams)/\d+/memberships")
TEAM = re.compile(r"/v2/teams/\d+")


class CachedRoles:
    """Answers reads of memberships with a list, and of a deleted team with null, once a role or a team is gone."""

    def __init__(self) -> None:
        self._changes = 0
        self._deleted: set[str] = set()

    def __call__(self, method: str, path: str, reply: httpx.Response) -> httpx.Response:
        is_change = method == "PATCH" and "/memberships/" in path and reply.status_code == 200
        is_deletion = method == "DELETE" and TEAM.fullmatch(path) is not None
        self._changes += is_change + 3 * is_deletion
        if is_deletion and reply.status_code == 200:
            self._deleted.add(path)
        if method == "GET" and MEMBERSHIPS.fullmatch(path) and self._changes >= 3 and reply.status_code >= 400:
            return found(reply, [])
        return found(reply, None) if method == "GET" and path in self._deleted else reply


def found(reply: httpx.Response, content: object) -> httpx.Response:
    """A success with the headers of a refusal."""
    kept = {name: value for name, value in reply.headers.items() if name not in DROPPED}
    return httpx.Response(200, json={"status": "success", "data": content}, headers=kept)


def test_a_cached_role_is_no_finding(cal_mock: str) -> None:
    for story in ("roles in organizations", "teams", "deleted teams"):
        with altered(cal_mock, CachedRoles()) as url:
            report = run(
                DirectChannel(url), sandbox_actors(url), Description(load_bundle()), seed=1, only=[story], strict=False
            )
        assert not report.findings, [f"{each.operation}: {each.text}" for each in report.findings]
