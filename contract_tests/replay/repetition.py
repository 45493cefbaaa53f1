"""Makes recorded requests again in a world of the sandbox, with that world's ids in place of the recorded ones.

What a request refers to is created first, by the recorded request that created it, and so on back to the default world,
in which the recordings began.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import msgspec

from contract_tests.comparison.references import is_reference
from contract_tests.http import Channel, Reply, Request, parameters_of, to_headers
from contract_tests.replay.recordings import RecordedApi, Recording
from mock_server.runtime.json_values import is_list, is_object

SECRETS = ("<secret>", "<token>")
"""What stands in the recordings for secrets."""

OTHER_SECRET = "Secret-Sandbox-1"
"""Sent in place of secrets that no reply handed out, such as passwords."""

KEYS = {
    "API key of the organization owner": "cal_sandbox_owner",
    "API key of an organization admin": "cal_sandbox_admin",
    "API key of an organization member": "cal_sandbox_member",
    "personal API key": "cal_sandbox_solo",
    "API key": "cal_sandbox_expired",
    "web session (login cookie)": "cal_sandbox_owner",
    "unknown API key": "cal_sandbox_unknown",
    "unknown bearer value": "unknown",
}
"""Keys of the default world by the kind of credentials. The recordings with "API key" are of one that had expired."""

CLIENT = {"x-cal-client-id": "sandbox-client", "x-cal-secret-key": "sandbox-client-secret"}
CLIENT_HEADERS: dict[str, dict[str, str]] = {
    "none": {},
    "OAuth client id and secret": CLIENT,
    "OAuth client id and wrong secret": {**CLIENT, "x-cal-secret-key": "wrong"},
    "OAuth client id alone": {"x-cal-client-id": CLIENT["x-cal-client-id"]},
    "OAuth client secret alone": {"x-cal-secret-key": CLIENT["x-cal-secret-key"]},
}

MANAGED_USER = "access token of a managed user"
CREATES_MANAGED_USER = "POST /v2/oauth-clients/{clientId}/users"

VERIFIED = {"emails": "verifiedEmailId", "phones": "verifiedPhoneId"}
"""How bodies name the ids of verified resources, which paths name `{id}`, by the part of the path before."""

VERIFIES = "/verification-code/verify"

Ids = dict[tuple[str, Any], Any]
"""Ids of one side by kind and id of the other. Texts have no kind, as they are unique."""


@dataclass
class RepeatedWorld:
    """One world. `repeat` sends a recorded request to it, after those that create what it needs."""

    api: RecordedApi
    makers: Makers
    channel: Channel
    _ids: Ids = field(default_factory=Ids)
    _secrets: dict[str, str] = field(default_factory=dict[str, str])
    _made: dict[int, Reply] = field(default_factory=dict[int, Reply])

    def repeat(self, recording: Recording) -> Reply:
        """The sandbox's reply to a recorded request."""
        if id(recording) in self._made:
            return self._made[id(recording)]
        self._made[id(recording)] = Reply(Request("", ""), 0)  # Requests that need one another are sent once.
        for maker in self.makers.needed(recording):
            self.repeat(maker)
        request = self._request(recording)
        if recording.operation.endswith(VERIFIES) and recording.status < 300:
            request = self._with_sent_code(request)
        reply = self.channel.send(request)
        self._made[id(recording)] = reply
        self._learn(recording, reply)
        return reply

    def _with_sent_code(self, request: Request) -> Request:
        """The request with the code that this world sends to its address, in place of the recorded one."""
        body = json.loads(request.body)
        asking = json.dumps({name: body[name] for name in body if name != "code"}).encode()
        target = request.target.removesuffix(VERIFIES) + "/verification-code/request"
        self.channel.send(Request(request.method, target, request.headers, asking))
        outbox = self.channel.send(Request("GET", "/_sandbox/outbox")).content
        return replace(request, body=json.dumps({**body, "code": outbox["data"][0]["code"]}).encode())

    def _request(self, recording: Recording) -> Request:
        method, _, template = recording.operation.partition(" ")
        path, mark, query = recording.target.partition("?")
        headers = self._credentials(recording) | recording.headers
        body = b""
        if recording.body is not msgspec.UNSET:
            headers["content-type"] = "application/json"
            secrets = self._secrets if recording.status < 400 else {}
            body = json.dumps(self._own(recording.body, "", secrets)).encode()
        target = self._own_path(template, path) + mark + self._own_query(query)
        return Request(method, target, to_headers(headers), body, self.api.operation(recording))

    def _credentials(self, recording: Recording) -> dict[str, str]:
        kind = recording.credentials
        if kind in CLIENT_HEADERS:
            return CLIENT_HEADERS[kind]
        token = self._secrets.get("accessToken", "") if kind == MANAGED_USER else KEYS[kind]
        return {"authorization": f"Bearer {token}"}

    def _own_path(self, template: str, path: str) -> str:
        kinds = dict(_path_references(template, path))
        return "/".join(
            quote(str(self._id(kinds[place], part)), safe="") if place in kinds else part
            for place, part in enumerate(path.split("/"))
        )

    def _own_query(self, query: str) -> str:
        for name, value in _query_references(query):
            query = query.replace(f"{name}={value}", f"{name}={self._id(name, value)}")
        return query.replace(quote("<token>"), self._secrets.get("accessToken", "")).replace(
            "<token>", self._secrets.get("accessToken", "")
        )

    def _own(self, value: Any, name: str, secrets: dict[str, str]) -> Any:
        """A recorded body with the ids and secrets of this world. What was refused may have been a wrong secret."""
        if is_object(value):
            return {key: self._own(each, key, secrets) for key, each in value.items()}
        if is_list(value):
            return [self._own(each, _singular(name), secrets) for each in value]
        if value in SECRETS:
            return secrets.get(name, OTHER_SECRET)
        return self._id(name, value)

    def _id(self, kind: str, value: Any) -> Any:
        """The sandbox's id for a recorded one; the same where none is known, as for things of the default world."""
        if isinstance(value, str) and value.isdecimal():
            return str(self._ids.get((kind, int(value)), value))
        return self._ids.get(("", value) if isinstance(value, str) else (kind, value), value)

    def _learn(self, recording: Recording, reply: Reply) -> None:
        kind = self.makers.kind(recording.operation)
        for name, recorded, own in _pairs(recording.reply, reply.content, kind):
            if recorded in SECRETS:
                self._secrets[name] = own
            elif type(recorded) is type(own) and _is_id(name, recorded):
                self._ids[_key(name, recorded)] = own


class Makers:
    """Which recorded requests created the things that others refer to."""

    def __init__(self, api: RecordedApi) -> None:
        self._api = api
        self._kinds = _kinds(each.operation for each in api.recordings)
        self._makers: dict[tuple[str, Any], Recording] = {}
        self._managed_user: Recording | None = None
        self._before: dict[str, list[Recording]] = {}
        self._numbered = {id(recording): name for recording, name in api.numbered}
        for recording in (*api.recordings, *api.setup):
            if recording.operation.startswith("POST ") and recording.status < 300:
                self._note(recording)
            for name in recording.before:
                self._before.setdefault(name, []).append(recording)

    def kind(self, operation: str) -> str:
        """The kind of a bare `id` in an operation's reply, such as `scheduleId`."""
        path = operation.partition(" ")[2]
        if found := re.search(r"/verified-resources/(\w+)", path):
            return VERIFIED[found[1]]
        return parameters_of(path)[-1] if path.endswith("}") else self._kinds.get(path, "")

    def needed(self, recording: Recording) -> Iterator[Recording]:
        """The requests that created what a recorded request refers to."""
        if self._managed_user is not None and _needs_managed_user(recording):
            yield self._managed_user
        for key in references(recording):
            if key in self._makers and self._makers[key] is not recording:
                yield self._makers[key]
        for name in (recording.name, self._numbered.get(id(recording), "")):
            yield from self._before.get(name, [])

    def done_before(self, recording: Recording) -> Recording | None:
        """The success after which the service probably refused a request: the most similar one of its operation."""
        known = (*self._api.recordings, *self._api.setup)
        alike = [each for each in known if each.operation == recording.operation and each.status < 300]
        return max(alike, key=lambda each: _likeness(each, recording), default=None)

    def _note(self, recording: Recording) -> None:
        if recording.operation == CREATES_MANAGED_USER:
            self._managed_user = self._managed_user or recording
        known = set(references(recording))
        for name, value, _ in _pairs(recording.reply, recording.reply, self.kind(recording.operation)):
            key = _key(name, value)
            if _is_id(name, value) and key not in known and self._is_own(name, value, recording):
                self._makers.setdefault(key, recording)

    def _is_own(self, name: str, value: Any, recording: Recording) -> bool:
        """Whether an id in a reply is of what the request created, not of what was there before."""
        if isinstance(value, str):
            return not name.startswith("rescheduled")
        return name == self.kind(recording.operation) or recording.operation == CREATES_MANAGED_USER


def references(recording: Recording) -> Iterator[tuple[str, Any]]:
    """The kinds and ids of the things that a recorded request names in path, query and body."""
    path, _, query = recording.target.partition("?")
    parts = path.split("/")
    for place, kind in _path_references(recording.operation.partition(" ")[2], path):
        yield _key(kind, int(parts[place]) if parts[place].isdecimal() else parts[place])
    for name, value in _query_references(query):
        yield _key(name, int(value) if value.isdecimal() else value)
    for name, value, _ in _pairs(recording.body, recording.body, ""):
        if _is_id(name, value):
            yield _key(name, value)


def _kinds(operations: Iterator[str]) -> dict[str, str]:
    """By the path of a collection, the name of the parameter for one of its items.

    The parameter may be inside the path of the item: `/workflows/{workflowId}/routing-form` is one of
    `/workflows/routing-form`.
    """
    paths = [operation.partition(" ")[2] for operation in operations]
    parameters = [(path, match) for path in paths for match in re.finditer(r"/{(\w+)}", path)]
    inside = {path[: match.start()] + path[match.end() :]: match[1] for path, match in parameters}
    before = {path[: match.start()]: match[1] for path, match in reversed(parameters)}
    return inside | before


def _path_references(template: str, path: str) -> Iterator[tuple[int, str]]:
    """The places of a path's parameters among its parts, with their names."""
    before = ""
    for place, (expected, given) in enumerate(zip(template.split("/"), path.split("/"), strict=False)):
        if expected.startswith("{") and given:
            name = expected.strip("{}")
            yield place, VERIFIED.get(before, name) if name == "id" else name
        before = expected


def _query_references(query: str) -> Iterator[tuple[str, str]]:
    return (
        (name, value) for name, _, value in (each.partition("=") for each in query.split("&")) if _is_id(name, value)
    )


def _pairs(recorded: Any, own: Any, kind: str, name: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The scalars at the same places of two bodies, with their names; a bare `id` has the name of its kind."""
    if is_object(recorded) and is_object(own):
        for key in recorded.keys() & own.keys():
            is_bare = key == "id"
            inner = kind if key == "data" else f"{key}Id"
            yield from _pairs(recorded[key], own[key], inner, kind if is_bare else key)
    elif is_list(recorded) and is_list(own):
        for each, other in zip(recorded, own, strict=False):
            yield from _pairs(each, other, kind, _singular(name))
    elif not is_object(recorded) and not is_list(recorded):
        yield name, recorded, own


def _key(kind: str, value: Any) -> tuple[str, Any]:
    return ("", value) if isinstance(value, str) else (kind, value)


def _is_id(name: str, value: Any) -> bool:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return is_reference(name or "id", value) if is_number or isinstance(value, str) else False


def _singular(name: str) -> str:
    return name.removesuffix("s")


def _needs_managed_user(recording: Recording) -> bool:
    refreshes = is_object(recording.body) and recording.body.get("refreshToken") in SECRETS
    return recording.credentials == MANAGED_USER or "<token>" in recording.target or refreshes


def _likeness(recording: Recording, other: Recording) -> tuple[bool, int]:
    """Whether two requests have the same target, and how many fields of their bodies are equal."""
    body, other_body = recording.body, other.body
    shared = sum(body.get(name) == other_body[name] for name in other_body) if _both_objects(body, other_body) else 0
    return recording.target == other.target, shared


def _both_objects(first: Any, second: Any) -> bool:
    return is_object(first) and is_object(second)
