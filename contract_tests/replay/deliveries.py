"""Webhook deliveries recorded on the live service, and the like deliveries of a sandbox.

`recordings/<edition>.deliveries.jsonl` has one delivery per line: what was done before it (`scenario`), whose webhook
received it (`subscriber`), headers and body. Signatures and secrets are replaced.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import Any

import httpx
import msgspec

from contract_tests.replay.gaps import RECORDED_AT
from contract_tests.replay.recordings import FOLDER
from contract_tests.replay.reply_shape import key_differences
from mock_server.runtime.json_values import is_list, is_object

ALL_TRIGGERS = [
    "BOOKING_CREATED", "BOOKING_PAYMENT_INITIATED", "BOOKING_PAID", "BOOKING_RESCHEDULED", "BOOKING_REQUESTED",
    "BOOKING_CANCELLED", "BOOKING_REJECTED", "BOOKING_NO_SHOW_UPDATED", "FORM_SUBMITTED", "MEETING_ENDED",
    "MEETING_STARTED", "RECORDING_READY", "INSTANT_MEETING", "RECORDING_TRANSCRIPTION_GENERATED", "OOO_CREATED",
    "AFTER_HOSTS_CAL_VIDEO_NO_SHOW", "AFTER_GUESTS_CAL_VIDEO_NO_SHOW", "FORM_SUBMITTED_NO_EVENT",
]  # fmt: skip
"""The triggers of all recorded webhooks."""

TEAM_TRIGGERS = ["BOOKING_CREATED", "FORM_SUBMITTED", "FORM_SUBMITTED_NO_EVENT"]
"""Those of the team's webhook."""

ORGANIZATION, TEAM = 1, 2
OWNER_KEY, SOLO_KEY = "cal_sandbox_owner", "cal_sandbox_solo"
CLIENT = {"x-cal-client-id": "sandbox-client", "x-cal-secret-key": "sandbox-client-secret"}
HOOK_SECRET = "sandbox-webhook-secret"


GENERATED = frozenset({
    "attendeeSeatId", "bookingId", "bookingUid", "createdAt", "eventTriggers", "eventTypeId", "iCalUID", "id",
    "idempotencyKey", "oneTimePassword", "participant_id", "password", "requestId", "rescheduleId", "rescheduleUid",
    "subscriberUrl", "uid", "updatedAt", "url", "videoCallUrl",
})  # fmt: skip
"""Names of values that differ between any two worlds."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery. `body` is the decoded JSON, or a text."""

    scenario: str
    subscriber: str
    headers: dict[str, str]
    body: Any

    @property
    def trigger(self) -> str | None:
        """The trigger that the body names; None for bodies made by a template."""
        return self.body.get("triggerEvent") if is_object(self.body) else None


@cache
def recorded_deliveries(edition: str) -> dict[str, tuple[Delivery, ...]]:
    """The recorded deliveries of an edition by scenario."""
    lines = (FOLDER / f"{edition}.deliveries.jsonl").read_text(encoding="utf-8").splitlines()
    found: dict[str, tuple[Delivery, ...]] = {}
    for line in lines:
        delivery = msgspec.json.decode(line, type=Delivery)
        found[delivery.scenario] = (*found.get(delivery.scenario, ()), delivery)
    return found


def delivery_differences(
    recorded: Sequence[Delivery], own: Sequence[Delivery], other_values: Collection[str] = ()
) -> list[str]:
    """Deliveries that only one side has, and the headers, keys and values in which two like deliveries differ.

    Deliveries to the same subscriber about the same trigger are compared in their order. Values are not compared where
    they are GENERATED or have the name of `other_values`.
    """
    theirs, ours = Counter(map(_kind, recorded)), Counter(map(_kind, own))
    found = [
        f"{kind}: {ours[kind]} deliveries, not {theirs[kind]}" for kind in theirs | ours if ours[kind] != theirs[kind]
    ]
    for kind in theirs & ours:
        pairs = zip(_of(kind, recorded), _of(kind, own), strict=False)
        found += [f"{kind}: {each}" for pair in pairs for each in _differences(*pair, GENERATED.union(other_values))]
    return sorted(set(found))


def _kind(delivery: Delivery) -> str:
    return f"{delivery.subscriber} {delivery.trigger or 'template'}"


def _of(kind: str, deliveries: Sequence[Delivery]) -> Iterator[Delivery]:
    return (each for each in deliveries if _kind(each) == kind)


def _differences(recorded: Delivery, own: Delivery, other_values: frozenset[str]) -> Iterator[str]:
    missing = {name.lower() for name in recorded.headers} - {name.lower() for name in own.headers}
    yield from (f"header {name} is missing" for name in sorted(missing))
    yield from key_differences(recorded.body, own.body)
    yield from _value_differences(recorded.body, own.body, other_values)


def _value_differences(recorded: Any, own: Any, other: frozenset[str], place: str = "") -> Iterator[str]:
    if is_object(recorded) and is_object(own):
        for name in sorted(recorded.keys() & own.keys() - other):
            yield from _value_differences(recorded[name], own[name], other, f"{place}.{name}" if place else name)
    elif is_list(recorded) and is_list(own) and len(recorded) == len(own):
        for theirs, ours in zip(recorded, own, strict=True):
            yield from _value_differences(theirs, ours, other, f"{place}[]")
    elif recorded != own:
        yield f"{place} is {json.dumps(own)}, not {json.dumps(recorded)}"


class SubscribedWorld:
    """A world of a sandbox whose users, team, organization and OAuth client have webhooks, as when it was recorded.

    `edition` is that of the recording. `send` makes requests; `received` returns the deliveries since the last call.
    """

    def __init__(self, url: str, edition: str) -> None:
        self.url = url
        self._client = httpx.Client(base_url=url, headers={"cal-api-version": "2024-08-13"}, timeout=10)
        self.send("PUT", "/_sandbox/clock", {"now": RECORDED_AT[edition], "frozen": True})
        self.send("POST", "/v2/webhooks", self._webhook("solo"), SOLO_KEY)
        self.send("POST", f"/v2/organizations/{ORGANIZATION}/webhooks", self._webhook("organization"), OWNER_KEY)
        self.send("POST", "/v2/oauth-clients/sandbox-client/webhooks", self._webhook("client"), OWNER_KEY)
        self._change_webhooks()

    def subscribe_with_template(self, name: str, template: str) -> None:
        """Adds a webhook of the solo user whose bodies are made by a template."""
        body = {"triggers": ["BOOKING_CREATED"], "payloadTemplate": template, "secret": None}
        self.send("POST", "/v2/webhooks", self._webhook(name) | body, SOLO_KEY)

    def send(self, method: str, path: str, body: Any = None, key: str | None = None, **headers: str) -> Any:
        """The JSON of a reply that has to be a success."""
        headers |= {} if key is None else {"authorization": f"Bearer {key}"}
        reply = self._client.request(method, path, json=body, headers=headers)
        assert reply.is_success, f"{method} {path}: {reply.text}"
        return reply.json()

    def received(self, scenario: str, without: Collection[str] = ()) -> list[Delivery]:
        """The deliveries since the last call, oldest first, once all are finished; not those of some triggers."""
        shown = self.send("GET", "/_sandbox/webhooks/deliveries?wait=10&limit=1000")["deliveries"]
        self.send("DELETE", "/_sandbox/webhooks/deliveries")
        assert {each["status"] for each in shown} <= {"delivered"}, shown
        return [_delivery(scenario, each) for each in reversed(shown) if each["trigger"] not in without]

    def close(self) -> None:
        """Closes the connection."""
        self._client.close()

    def _webhook(self, name: str) -> dict[str, Any]:
        url = f"{self.url}/_sandbox/webhooks/inbox/{name}"
        return {"subscriberUrl": url, "triggers": ALL_TRIGGERS, "active": True, "secret": HOOK_SECRET}

    def _change_webhooks(self) -> None:
        """Does what no operation does: the team has a webhook, and no-shows are reported five minutes late."""
        world = self.send("GET", "/_sandbox/snapshot")
        webhooks: list[dict[str, Any]] = world["collections"]["webhooks"]
        [like] = [each for each in webhooks if each["team_id"] == ORGANIZATION]
        url = f"{self.url}/_sandbox/webhooks/inbox/team"
        own = {"id": str(uuid.UUID(int=1)), "subscriber_url": url, "triggers": TEAM_TRIGGERS, "team_id": TEAM}
        webhooks.append(like | own)
        for webhook in webhooks:
            webhook |= {"time": 5, "time_unit": "MINUTE"}
        self.send("PUT", "/_sandbox/snapshot", world)


def _delivery(scenario: str, shown: dict[str, Any]) -> Delivery:
    request = shown["request"]
    try:
        body = json.loads(request["body"])
    except ValueError:
        body = request["body"]
    subscriber = request["url"].rpartition("/")[2]
    return Delivery(scenario=scenario, subscriber=subscriber, headers=request["headers"], body=body)
