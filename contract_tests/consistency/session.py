"""Sends the requests of stories and applies the checks that hold for all replies."""

from __future__ import annotations

import random
import re
import traceback
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Unpack

from contract_tests import checks
from contract_tests.cached_access import Deletions
from contract_tests.catalogue import unexpected_secrets
from contract_tests.consistency.actors import Actors, Headers
from contract_tests.consistency.findings import Finding, Report, StoryEnds
from contract_tests.curl import curl_command
from contract_tests.http import (
    SERVER_ERROR,
    Channel,
    HeldBack,
    NoReply,
    Reply,
    Request,
    RequestOptions,
    request_to,
)
from contract_tests.reports.titles import HINT, server_error
from mock_server.runtime.conformance import reply_breach
from mock_server.runtime.description import Description, Operation
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.masking import Masker

SHOWN_REPLY = 300
SERVER_ERRORS = "server_errors"
UNKNOWN_VERSION = "2020-01-01"

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_JSON = re.compile(r"application/json(; ?charset=utf-8)?", re.IGNORECASE)
_ASKS_FOR_A_ZONE = re.compile(r"[?&]timeZone=")

CLOCKS_DIFFER = 1.0
"""Seconds by which the servers of a deployment may differ."""


@dataclass
class Session:
    """A run on one server. `strict` also reports properties that the description does not name, valid requests
    that are refused with 403, and operations that answer to other versions than theirs: on a deployment, the
    credentials need not be allowed everything, and older operations may be there.

    After `patience` findings a story ends. `unavailable` says which operations are not to be called, and why. Stories
    that repeat something for many operations do so only for those with a path in `only_paths`, if it is given.
    """

    channel: Channel
    actors: Actors
    description: Description
    seed: int
    strict: bool = True
    patience: int | None = None
    unavailable: Mapping[str, str] = field(default_factory=dict[str, str])
    only_paths: Collection[str] | None = None
    report: Report = field(default_factory=Report)
    story: str = ""

    def __post_init__(self) -> None:
        self._serial = 0
        self.begin(self.story)
        self._request_ids: set[str] = set()
        self._deletions = Deletions()
        self._last: Reply | None = None
        self.clock: datetime | None = None
        """The server's time in its last error reply."""
        self._fields: dict[str, Any] = {}
        self._versions: dict[tuple[str, str], list[Operation]] = {}
        for each in self.description:
            self._versions.setdefault((each.method, each.path), []).append(each)

    def begin(self, story: str) -> None:
        """Starts a story. Its random choices and names depend on its name and the seed alone."""
        self.story = story
        self.random = random.Random(f"{self.seed} {story}")
        self._mark = f"{self.random.getrandbits(32):08x}"

    def description_of(self, method: str, template: str) -> Operation:
        """The operation of a method and a path of the description, in its current version."""
        found = self._versions[method, template]
        return next((each for each in found if each.key == each.path), found[0])

    def _reached(self, method: str, template: str, version: str | None) -> Operation:
        """The operation that a request with this version reaches, else the current one."""
        found = self._versions[method, template]
        current = self.description_of(method, template)
        return next((each for each in found if self.description.serves(each, version)), current)

    def unserved_versions(self, method: str, template: str) -> Iterator[str | None]:
        """The values of the version header with which the path does not exist; None is without the header."""
        for version in (None, UNKNOWN_VERSION, *sorted(self.description.known_versions)):
            if not any(self.description.serves(each, version) for each in self._versions[method, template]):
                yield version

    def is_available(self, method: str, template: str) -> bool:
        """Whether the operation may be called."""
        return self.description_of(method, template).id not in self.unavailable

    def lacks(self, path: str) -> bool:
        """Whether the edition does not have a path; the story is then left out."""
        if any(each.path == path for each in self.description):
            return False
        self.leave_out(f"this edition has no {path}")
        return True

    def leave_out(self, why: str) -> None:
        """Records that the story was skipped, wholly or in part."""
        self.report.left_out.setdefault(self.story, why)

    def credentials(self, purpose: str) -> Headers:
        """The headers of a purpose. Without any, the story is left out and ends."""
        headers = self.actors.of(purpose)
        if not headers:
            self.leave_out(f"there are no credentials for {purpose}")
            raise StoryEnds
        return headers

    def some(self, operations: Iterable[Operation], count: int = 12) -> list[Operation]:
        """The operations that may be called; on a deployment, `count` of them."""
        found = [each for each in operations if each.id not in self.unavailable]
        found = found if self.strict or len(found) <= count else self.random.sample(found, count)
        return [each for each in found if self.only_paths is None or each.path in self.only_paths]

    def unique(self, prefix: str) -> str:
        """A unique name in lower case."""
        return f"{prefix}-{self._mark}-{self.serial()}"

    def serial(self) -> int:
        """A number that counts up."""
        self._serial += 1
        return self._serial

    def title(self, prefix: str) -> str:
        """A text with characters that do not survive a wrong encoding."""
        return f"{prefix} Zoë Ångström 日本語 {self.unique('Story')}"

    def call(self, method: str, template: str, headers: Headers, **options: Unpack[RequestOptions]) -> Reply:
        """Sends a request to a path of the description and checks the reply. Raises StoryEnds if there is none."""
        operation = self._reached(method, template, options.get("version"))
        return self.ask(operation, request_to(method, template, headers, **options))

    def require_versions(self, method: str, template: str, headers: Headers, **options: Unpack[RequestOptions]) -> None:
        """Checks that an operation does not exist under versions that its path does not have.

        Only on the sandbox: a deployment answers such a request with an older operation, and is never sent one.
        """
        for version in self.unserved_versions(method, template) if self.strict else ():
            reply = self.call(method, template, headers, **{**options, "version": version})
            self.check("versions_are_required", reply.status == 404, reply, f"version {version} is not a 404")

    def ask(self, operation: Operation, request: Request) -> Reply:
        """Sends a request and applies the checks of all replies. Raises StoryEnds if there is none."""
        reply = self.exchange(operation, request)
        before = self.clock
        reply = self._judged(reply)
        if before is not None and self.clock is not None:
            # Several servers of a deployment have clocks of their own.
            goes_back = (before - self.clock).total_seconds() > (0 if self.strict else CLOCKS_DIFFER)
            self.check("timestamps_are_correct", not goes_back, reply, f"the clock of refusals goes back from {before}")
        return reply

    def together(self, requests: Sequence[Request], operation: Operation) -> list[Reply]:
        """Sends concurrent requests of an operation and checks the replies."""
        if operation.id in self.unavailable:
            self.exchange(operation, requests[0])
        with ThreadPoolExecutor(len(requests)) as pool:
            answers = list(pool.map(partial(self.exchange, operation), requests))
        return [self._judged(each) for each in answers]

    def _judged(self, reply: Reply) -> Reply:
        self.report.replies[reply.operation.id, reply.status] += 1
        self._last = reply
        if reply.request.method == "DELETE" and reply.succeeded:
            self._deletions.note(reply.request.path)
        self._judge(reply)
        return reply

    def exchange(self, operation: Operation, request: Request) -> Reply:
        """Sends a request without checking the reply. Raises StoryEnds."""
        if operation.id in self.unavailable:
            self.leave_out(f"{operation.id}: {self.unavailable[operation.id]}")
            raise StoryEnds
        try:
            return self.channel.send(replace(request, operation=operation))
        except HeldBack as reason:
            self.leave_out(f"{operation.id} is held back: {reason}")
            raise StoryEnds from reason
        except NoReply as error:
            self.find("answers", operation.id, f"no reply: {error}", request)
            raise StoryEnds from error

    def succeed(self, method: str, template: str, headers: Headers, **options: Unpack[RequestOptions]) -> Reply:
        """The same for a valid request. Raises StoryEnds if it does not succeed."""
        reply = self.call(method, template, headers, **options)
        if reply.status == 403 and not self.strict:
            self.leave_out(f"the credentials may not do {reply.operation.id}")
            raise StoryEnds
        if reply.status >= SERVER_ERROR:
            raise StoryEnds  # A server error is a finding already.
        if not self.check("valid_requests_succeed", reply.succeeded, reply, "a valid request is refused"):
            raise StoryEnds
        return reply

    def holds_nothing(self, reply: Reply) -> bool:
        """Whether a deployment admits to what was just deleted, and has nothing there: see CACHED_FOR."""
        is_empty = reply.request.method == "GET" and reply.succeeded and reply.data in (None, [])
        return not self.strict and is_empty and self._deletions.may_admit(reply.operation, reply.request.path)

    def check(self, name: str, passed: bool, reply: Reply, text: str) -> bool:
        """Records whether a check passed. A server error is one finding, whatever else was expected of the reply."""
        if passed:
            self.report.passed[reply.operation.id, name] += 1
        elif reply.status < SERVER_ERROR or name == SERVER_ERRORS:
            self.find(name, reply.operation.id, text, reply.request, reply)
        return passed

    def missing_fields(self, known: Any, reply: Reply, shown: Any) -> dict[str, Any]:
        """Known optional fields that the description names and the reply lacks.

        That a required one is missing breaks the description, which is a finding of its own.
        """
        if not is_object(known) or not is_object(shown):
            return {}
        names = self._fields.setdefault(reply.operation.id, reply_fields(self.description, reply.operation).keys())
        return {
            name: (value, "is missing")
            for name, value in known.items()
            if value not in (None, [], {}) and name in names - shown.keys() - self._required(reply.operation, shown)
        }

    def _required(self, operation: Operation, shown: dict[str, Any]) -> set[str]:
        """The fields that the description requires in a reply's data, or in an entry of it."""
        data = _data_schema(self.description, operation) or {}
        return set(self.description.components.likely_branch(data.get("items", data), shown).get("required", ()))

    def find(self, name: str, operation: str, text: str, request: Request, reply: Reply | None = None) -> None:
        """Records a violation and the reply."""
        curl = _curl(request, self.actors)
        mask = Masker(self.actors.secrets()).text
        shown = (None, "") if reply is None else (reply.status, mask(reply.text[:SHOWN_REPLY]))
        self.report.findings.append(Finding(self.story, name, operation, mask(text), curl, *shown))
        if self.patience is not None and len(self.report.findings) == self.patience:
            raise StoryEnds

    @contextmanager
    def ending_quietly(self) -> Generator[None]:
        """Ends a story without ending the run."""
        before = len(self.report.findings)
        try:
            yield
        except StoryEnds:
            pass
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            if self._last is None:
                raise
            # A reply lacks what the story reads in it. Where that is wrong, a check has said so already.
            place = traceback.extract_tb(error.__traceback__)[-1]
            text = (
                f"{type(error).__name__} {error} in {place.name}, line {place.lineno}, after {self._last.operation.id}"
            )
            self.leave_out(f"stopped early: {text}")
            if len(self.report.findings) == before:
                self.report.defects.append(f"{self.story}: {text}")

    def _judge(self, reply: Reply) -> None:
        said = reply.headers.get(HINT) or reply.text
        failed = server_error(reply.status, f"a request of the story of {self.story}", said)
        if not self.check(SERVER_ERRORS, reply.status < SERVER_ERROR, reply, failed):
            return
        self._judge_envelope(reply)
        self._judge_description(reply)
        self._judge_moments(reply)
        self._judge_headers(reply)
        leak = checks.find_leak(checks.without_handed_out(reply.operation.id, reply.text), self.actors.secrets())
        self.check("replies_leak_nothing", leak is None, reply, f"the reply holds {leak}")
        secret = unexpected_secrets(reply.operation.id, _names(reply.data))
        self.check("replies_leak_nothing", not secret, reply, f"the reply holds the fields {sorted(secret)}")

    def _judge_envelope(self, reply: Reply) -> None:
        complaint = ""
        try:
            checks.judge(reply.operation, reply.status, reply.headers, reply.text)
        except checks.Complaint as found:
            complaint = str(found)
        self.check("replies_have_their_envelope", not complaint, reply, complaint)
        if reply.status >= 400 and is_object(reply.content) and "path" in reply.content:
            if _UTC.fullmatch(str(reply.content.get("timestamp"))):
                self.clock = datetime.fromisoformat(reply.content["timestamp"])
            self.check(
                "errors_name_the_path",
                reply.content["path"].endswith(reply.request.target),
                reply,
                "names another path",
            )

    def _judge_description(self, reply: Reply) -> None:
        operation = reply.operation
        known = reply.status in operation.responses
        if not self.check("statuses_are_described", known, reply, "the description has no such status"):
            return
        if operation.reply_validator(reply.status, closed=self.strict) is None:
            return
        kind = reply.headers.get("content-type", "")
        self.check("content_type_is_json", _JSON.fullmatch(kind) is not None, reply, f"content type {kind!r}")
        breach = None
        if not self.holds_nothing(reply):
            breach = reply_breach(operation, reply.status, reply.text.encode(), closed=self.strict)
        self.check("replies_fit_the_description", breach is None, reply, str(breach))

    def _judge_moments(self, reply: Reply) -> None:
        if _ASKS_FOR_A_ZONE.search(reply.request.target):
            return
        wrong = [text for text in _own_texts(reply.data) if _MOMENT.fullmatch(text) and not _UTC.fullmatch(text)]
        self.check("timestamps_are_utc", not wrong, reply, f"not ISO 8601 in UTC with milliseconds: {wrong[:3]}")

    def _judge_headers(self, reply: Reply) -> None:
        origin = reply.headers.get("access-control-allow-origin")
        self.check("cors_allows_browsers", origin == "*", reply, f"allows the origin {origin}, not all")
        caching = reply.headers.get("cache-control", "").lower()
        is_shared = "public" in caching or "s-maxage" in caching
        if "authorization" in reply.request.headers:
            self.check("replies_are_private", not is_shared, reply, f"caches may give it to others: {caching}")
        request_id = reply.headers.get("x-request-id")
        if request_id and request_id != "unknown-request-id":
            fresh = request_id not in self._request_ids
            self.check("request_ids_are_fresh", fresh, reply, f"{request_id} has been seen before")
            self._request_ids.add(request_id)


def differing(one: Any, other: Any) -> dict[str, Any]:
    """Fields that both have, and otherwise."""
    if not is_object(one) or not is_object(other):
        return {} if one == other else {"": (one, other)}
    return {name: (one[name], other[name]) for name in one.keys() & other.keys() if one[name] != other[name]}


def reply_fields(description: Description, operation: Operation) -> dict[str, dict[str, Any]]:
    """The fields of a success reply's data, or of its entries, with their schemas."""
    components, data = description.components, _data_schema(description, operation)
    if data is None:
        return {}
    found: dict[str, dict[str, Any]] = {}
    for each in (data, *map(components.resolve, components.branches(data))):
        properties = components.properties(each.get("items", each))
        found |= {name: components.resolve(field) for name, field in properties.items()}
    return found


def _data_schema(description: Description, operation: Operation) -> dict[str, Any] | None:
    """The schema of a success reply's data."""
    components = description.components
    schema = operation.reply_schema(operation.success_status)
    data = components.properties(schema).get("data") if schema else None
    return None if data is None else components.resolve(data)


def _own_texts(value: Any) -> Iterator[str]:
    """All texts in a JSON value, but for a `time` beside its `timeZone`: it is as another calendar has written it."""
    if isinstance(value, str):
        yield value
    elif is_object(value):
        for name, each in value.items():
            if name != "time" or "timeZone" not in value:
                yield from _own_texts(each)
    elif is_list(value):
        for each in value:
            yield from _own_texts(each)


def _names(value: Any) -> Iterator[str]:
    """All names of fields in a JSON value, but for those in `metadata`, which callers choose."""
    if is_object(value):
        for name, each in value.items():
            yield name
            if name != "metadata":
                yield from _names(each)
    elif is_list(value):
        for each in value:
            yield from _names(each)


def _curl(request: Request, actors: Actors) -> str:
    """The request as a command; credentials stand as variables of the environment."""
    return curl_command(request, actors.secrets())
