"""The command ``python -m contract_tests stories``. Exit codes: 0 clean, 1 a check failed, 2 it could not run."""

from __future__ import annotations

import os
import sys
import time

import httpx

from contract_tests.consistency.actors import SANDBOX_ACTORS, actors_from_environment
from contract_tests.consistency.findings import Report
from contract_tests.consistency.run import STORIES, run
from mock_server.running import running_sandbox
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.description import Description

CLEAN, BROKEN, COULD_NOT_RUN = 0, 1, 2


def stories(base_url: str | None, names: list[str], seed: int | None) -> int:
    """Runs the stories on a sandbox started for it, or on `base_url` with the credentials of the environment."""
    seed = int(time.time()) if seed is None else seed
    unknown = [name for name in names if name not in STORIES]
    if unknown:
        print(f"There is no story {unknown[0]!r}. There are: {', '.join(STORIES)}.", file=sys.stderr)
        return COULD_NOT_RUN
    if base_url is None:
        with running_sandbox() as running:
            description = running.sandbox.description
            return _tell(run(running.url, SANDBOX_ACTORS, description, seed=seed, only=names or None), seed)
    url = base_url.rstrip("/")
    key = os.environ.get("CAL_API_KEY")
    try:
        me = httpx.get(f"{url}/v2/me", headers={"Authorization": f"Bearer {key}"}, timeout=30)
    except httpx.HTTPError as error:
        print(f"{url} does not answer: {error}", file=sys.stderr)
        return COULD_NOT_RUN
    if me.status_code != 200:
        print(f"GET {url}/v2/me answers {me.status_code} to CAL_API_KEY.", file=sys.stderr)
        return COULD_NOT_RUN
    actors = actors_from_environment((me.json().get("data") or {}).get("organizationId"))
    report = run(url, actors, Description(load_bundle()), seed=seed, only=names or None, strict=False)
    return _tell(report, seed)


def _tell(report: Report, seed: int) -> int:
    told: set[tuple[str, str]] = set()
    for finding in report.findings:
        if (finding.check, finding.operation) not in told:
            told.add((finding.check, finding.operation))
            print(f"{finding.operation}: {finding.check}\n  {finding.text}\n  {finding.curl}\n")
    for story, why in report.left_out.items():
        print(f"Left out: {story}: {why}.")
    calls = sum(sum(calls.values()) for calls in report.calls.values())
    print(
        f"{len(report.calls)} stories, {calls} requests to {len(report.operations())} operations, "
        f"{sum(report.applied.values())} checks: {len(told)} kinds of failures. Seed {seed}."
    )
    return BROKEN if told else CLEAN
