"""Which operations the stories and journeys call on the unbroken sandbox; cached by the content of code and API."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contract_tests.consistency.run import NEEDS_LIMITS, STORIES
from contract_tests.mutants.benches import Bench
from contract_tests.mutants.kinds.kind import Kind, operation_of, part_of
from contract_tests.mutants.proxy import Exchange
from contract_tests.profiles.journeys import FOLDER
from mock_server.runtime.bundle_cache import cache_folder, encode_bundle, read_bundle, remember
from mock_server.runtime.editions import chosen_edition
from mock_server.runtime.json_values import is_object
from mock_server.runtime.progress import Progress

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_PACKAGES = ("mock_server", "contract_tests")
_OBSERVING = frozenset({"benches.py", "observation.py", "proxy.py"})
"""The modules of this package that bear on what is observed; the faults do not."""


@dataclass
class Calls:
    """The calls that stories or journeys make on the unbroken sandbox, and the checks that fail there.

    Calls are counted by operation and by operation and parameter or field.
    """

    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    complaints: list[str] = field(default_factory=list[str])

    def note(self, exchange: Exchange) -> None:
        """Counts a request."""
        names = {name for name, _ in exchange.request.parameters}
        fields = exchange.request.content
        names |= fields.keys() if is_object(fields) else set()
        self.counts[exchange.operation][exchange.test] += 1
        for name in names:
            self.counts[f"{exchange.operation} {name}"][exchange.test] += 1

    def forget(self, tests: Iterable[str]) -> None:
        """Drops the calls of some stories or journeys."""
        for test in tests:
            for counted in self.counts.values():
                counted.pop(test, None)

    def of(self, kind: Kind, target: str) -> list[str]:
        """The stories or journeys that may kill a mutant; those that use the broken part come first.

        A fault of a query parameter concerns only those that send it.
        """
        operation, part = operation_of(target), part_of(target)
        near = (*kind.near, *([f"{operation} {part}"] if part else []))
        touching = self.counts.get(near[-1] if "?" in target else operation, Counter[str]())
        if kind.also is None:
            touching = sum((self.counts.get(each, Counter[str]()) for each in kind.near), Counter[str]())

        def relevance(test: str) -> tuple[int, int]:
            return sum(test in self.counts.get(each, ()) for each in near), touching[test]

        return sorted(touching, key=relevance, reverse=True)


def observe_stories(bench: Bench, seed: int) -> Calls:
    """The calls of all stories."""
    return _cached("stories", bench, seed, lambda: _watch_stories(bench, seed))


def observe_journeys(bench: Bench, seed: int) -> Calls:
    """The calls of all journeys."""
    return _cached("journeys", bench, seed, lambda: _watch_journeys(bench))


def stories_for(calls: Calls, kind: Kind, target: str) -> list[str]:
    """The stories that may kill a mutant, on a server with or without rate limits."""
    return [story for story in calls.of(kind, target) if (story in NEEDS_LIMITS) == kind.limited]


def _watch_stories(bench: Bench, seed: int) -> Calls:
    calls = Calls()
    bench.proxy.observer = calls.note
    for story in Progress().each("stories on the unbroken sandbox", list(STORIES), "stories"):
        bench.proxy.test = story
        report = bench.run_story(story, seed)
        calls.complaints += [f"{each.story}: {each.operation}: {each.check}: {each.text}" for each in report.findings]
        calls.complaints += [f"defect of the suite: {each}" for each in report.defects]
    bench.proxy.observer = None
    return calls


def _watch_journeys(bench: Bench) -> Calls:
    calls = Calls()

    class NamesThem:
        """A pytest plugin that names the present journey."""

        def pytest_runtest_logstart(self, nodeid: str) -> None:
            bench.proxy.test = node_id(nodeid)

    bench.proxy.observer = calls.note
    results = bench.run_journeys(plugins=[NamesThem()], progress=Progress())
    bench.proxy.observer = None
    calls.complaints = [f"{each.rule}: {each.title}" for each in results.failures] + results.errors
    calls.forget(node_id(f"{each.group}.py::{each.name}") for each in results.parts[-1].cases if each.left_out)
    return calls


def node_id(text: str) -> str:
    """A journey's node id with an absolute path. Its parameters may be addresses, which are no paths."""
    return f"{FOLDER.as_posix()}/{text.partition('journeys/')[2]}"


def _cached(part: str, bench: Bench, seed: int, watch: Callable[[], Calls]) -> Calls:
    """What was observed before with the same code, description and seed, unless a check failed; else observes it."""
    folder, name = cache_folder(), f"observed-{chosen_edition()}-{bench.profile}-{part}.json"
    digest = _digest(bench.description.bundle, seed)
    kept = None if folder is None else read_bundle(folder / name)
    if kept is not None and kept["of"] == digest:
        return Calls({operation: Counter(tests) for operation, tests in kept["counts"].items()})
    calls = watch()
    if not calls.complaints:
        remember(name, encode_bundle({"of": digest, "counts": calls.counts}))
    return calls


def _digest(bundle: dict[str, Any], seed: int) -> str:
    digest = hashlib.sha256(encode_bundle(bundle) + f"{seed} {FOLDER}".encode())
    for path in _code():
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def _code() -> Iterator[Path]:
    """The modules of the sandbox, the stories and the journeys."""
    for package in _PACKAGES:
        for path in sorted((_ROOT / package).rglob("*.py")):
            is_ours = path.is_relative_to(_HERE)
            if "tests" not in path.relative_to(_ROOT).parts and (not is_ours or path.name in _OBSERVING):
                yield path
