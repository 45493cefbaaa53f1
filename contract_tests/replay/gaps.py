"""Where our description and the sandbox differ from the recordings: what is found, and what is known.

`known_gaps.yaml` lists what is known, by edition. Tests assert that exactly this is found.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import yaml

from contract_tests.http import DirectChannel, Reply, Request, to_headers
from contract_tests.proxy.check import Checker
from contract_tests.replay.recordings import RecordedApi, Recording, recordings
from contract_tests.replay.repetition import Makers, RepeatedWorld
from contract_tests.replay.reply_shape import key_differences, undescribed
from contract_tests.replay.server import ReplayServer
from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime.editions import EDITIONS
from mock_server.runtime.progress import Progress
from mock_server.runtime.settings import Settings

KNOWN_GAPS = Path(__file__).parent / "known_gaps.yaml"

RECORDED_AT = {
    "2025-04": "2026-11-29T08:00:00Z",
    "2026-03": "2026-11-29T08:00:00Z",
    "2026-09": "2026-09-08T02:40:00Z",
}
"""When the recording of each edition began: what was in the future then must be so again."""

HEAD = """\
# Where our description and the sandbox differ from the recordings of the real service, by edition and operation.
# Tests assert that exactly these differences are found: a line whose gap is closed has to go. `make recordings`
# rewrites the sections that are found; corrected and not_repeated are written by hand. Server errors are left out.
#
# not_described: recorded operations that the description does not have (yet).
# not_recorded:  described operations without a recording, in this edition or an earlier one.
# description:   what recorded exchanges have that the description does not allow.
# sandbox:       what the sandbox answers differently to the like request.
# corrected:     the same, on purpose: `openapi/corrections.yaml` says why.
# not_repeated:  recorded requests that no like request can be made of, with the reason.
"""

Gaps = dict[str, list[str]]
"""Differences by operation, each as a text without recorded values."""


@dataclass
class EditionGaps:
    """The gaps of an edition, as the head of the file says."""

    not_described: list[str] = field(default_factory=list[str])
    not_recorded: list[str] = field(default_factory=list[str])
    description: Gaps = field(default_factory=Gaps)
    sandbox: Gaps = field(default_factory=Gaps)
    corrected: Gaps = field(default_factory=Gaps)
    not_repeated: dict[str, str] = field(default_factory=dict[str, str])


def known_gaps() -> dict[str, EditionGaps]:
    """The known gaps by edition."""
    content = yaml.load(KNOWN_GAPS.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return msgspec.convert(content, dict[str, EditionGaps])


def write_gaps(gaps: dict[str, EditionGaps]) -> None:
    """Writes the file of known gaps."""
    content = {
        edition: {name: value for name, value in msgspec.to_builtins(each).items() if value}
        for edition, each in gaps.items()
    }
    text = yaml.safe_dump(content, sort_keys=False, width=10_000, allow_unicode=True)
    KNOWN_GAPS.write_text(HEAD + "\n" + text, encoding="utf-8")


def description_gaps(api: RecordedApi, progress: Progress) -> Gaps:
    """What recorded exchanges have that the description does not allow. Server errors are left out, as defects."""
    server, checker = ReplayServer(refusal(api)), Checker(api.catalogue)
    found: dict[str, set[str]] = {}
    for recording, operation in progress.each(f"{api.edition}, description", api.described, "recordings"):
        if recording.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            server.play(recording)
            texts = undescribed(checker, operation, server.answer(recording.request(operation)))
            found.setdefault(recording.operation, set()).update(texts)
    return _sorted(found)


def refusal(api: RecordedApi) -> Recording:
    """The recorded reply to unknown credentials; of the edition before where an edition has none."""
    earlier = reversed(EDITIONS[: EDITIONS.index(api.edition) + 1])
    known = (each for edition in earlier for each in recordings(edition))
    return next(each for each in known if each.credentials.startswith("unknown ") and each.status == 401)


class Repetition:
    """Makes recorded requests again, each in a world of its own of a running sandbox."""

    def __init__(self, api: RecordedApi, running: RunningSandbox) -> None:
        self._api = api
        self._makers = Makers(api)
        self._running = running
        self._serial = count()
        clock = msgspec.json.encode({"now": RECORDED_AT[api.edition], "frozen": True})
        headers = to_headers({"content-type": "application/json"})
        self._channel = DirectChannel(running.url)
        self._channel.send(Request("PUT", "/_sandbox/clock", headers, clock))

    def differences(self, recording: Recording) -> list[str]:
        """What the sandbox answers differently to the like request."""
        own = self._reply(recording)
        if own.status != recording.status:
            return [f"{recording.status} is {own.status}: {recording.name.removesuffix(f' {recording.status}')}"]
        theirs = None if recording.reply is msgspec.UNSET else recording.reply
        return [f"{own.status} {each}" for each in key_differences(theirs, own.content)]

    def close(self) -> None:
        """Closes the connection."""
        self._channel.close()

    def _reply(self, recording: Recording) -> Reply:
        """The reply; to what was refused and the sandbox accepts, the reply after the same was done before."""
        reply = self._repeat(recording)
        before = self._makers.done_before(recording)
        if recording.status < HTTPStatus.BAD_REQUEST or reply.status == recording.status or before is None:
            return reply
        again = self._repeat(before, recording)
        return again if again.status == recording.status else reply

    def _repeat(self, *recordings: Recording) -> Reply:
        """The last reply to these requests in a fresh world."""
        name = f"recorded-{next(self._serial)}"
        worlds = self._running.sandbox.worlds
        worlds.create(name)
        try:
            world = RepeatedWorld(self._api, self._makers, _WorldChannel(self._channel, f"/w/{name}"))
            return [world.repeat(each) for each in recordings][-1]
        finally:
            worlds.drop(name)


def sandbox_gaps(api: RecordedApi, not_repeated: dict[str, str], progress: Progress) -> Gaps:
    """What the sandbox answers differently to recorded requests, where the edition has a set-up for them."""
    found: dict[str, set[str]] = {}
    if not api.setup:
        return {}
    with running_sandbox(Settings(edition=api.edition, strict=True)) as running:
        repetition = Repetition(api, running)
        for recording, _ in progress.each(f"{api.edition}, sandbox", api.described, "recordings"):
            if recording.status < HTTPStatus.INTERNAL_SERVER_ERROR and recording.name not in not_repeated:
                found.setdefault(recording.operation, set()).update(repetition.differences(recording))
        repetition.close()
    return _sorted(found)


def found_gaps(api: RecordedApi, known: EditionGaps, progress: Progress | None = None) -> EditionGaps:
    """What is found, without what is corrected on purpose; `corrected` holds those of the known ones that are found."""
    progress = progress or Progress(StringIO())
    description = description_gaps(api, progress)
    sandbox = sandbox_gaps(api, known.not_repeated, progress)
    corrected = {
        name: set(texts) & {*description.get(name, ()), *sandbox.get(name, ())}
        for name, texts in known.corrected.items()
    }
    return EditionGaps(
        not_described=api.undescribed,
        not_recorded=api.unrecorded,
        description=_without(description, known.corrected),
        sandbox=_without(sandbox, known.corrected),
        corrected=_sorted(corrected),
        not_repeated=known.not_repeated,
    )


def _without(gaps: Gaps, corrected: Gaps) -> Gaps:
    return _sorted({name: set(texts) - set(corrected.get(name, ())) for name, texts in gaps.items()})


class _WorldChannel:
    """Sends requests to one world over a shared connection."""

    def __init__(self, channel: DirectChannel, prefix: str) -> None:
        self._channel = channel
        self._prefix = prefix

    def send(self, request: Request) -> Reply:
        """See Channel."""
        target = self._prefix + request.target
        return self._channel.send(Request(request.method, target, request.headers, request.body, request.operation))

    def close(self) -> None:
        """See Channel."""


def _sorted(found: Any) -> Gaps:
    return {name: sorted(texts) for name, texts in found.items() if texts}
