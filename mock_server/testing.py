"""What tests do with a world of a sandbox: set its clock, inject faults, read its outbox, inbox and requests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from mock_server.control_client import control_client
from mock_server.runtime.json_values import is_object
from mock_server.webhooks.signature import verify

SHOWN_BODY = 600
"""The length, in characters, up to which a report shows a body."""


class ControlPlane:
    """The control plane of a world with this URL. Raises ValueError, with the reason, for what it refuses."""

    def __init__(self, url: str) -> None:
        self._url = url

    def ask(self, method: str, call: str, body: Any = None, **query: Any) -> Any:
        """The reply to a call such as ``clock``; parameters that are None are left out."""
        # A connection for each call: nothing is left open at the end of a test.
        with control_client(self._url) as client:
            return client.call(method, f"/{call}", query=query, body=body)


class World:
    """A test's world. `url` is where the client under test sends its requests: `{url}/v2/...`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._control = ControlPlane(url)

    def reset(self) -> None:
        """Goes back to the start world."""
        self._control.ask("POST", "reset")

    def requests(self, *, status: str | None = None, operation: str | None = None) -> list[dict[str, Any]]:
        """The requests to the API, newest first, with credentials masked. `status` is one such as 404, or 4xx."""
        return self._control.ask("GET", "requests", status=status, operation=operation)["requests"]

    def rows(self, collection: str, **fields: Any) -> list[dict[str, Any]]:
        """The rows of a collection of the state, of which `fields` may choose some: see `GET /_sandbox/state`."""
        return self._control.ask("GET", f"state/{collection}", **fields)["rows"]


class Clock:
    """The clock of a world."""

    def __init__(self, url: str) -> None:
        self._control = ControlPlane(url)

    def now(self) -> datetime:
        """The time in the world."""
        return datetime.fromisoformat(self._control.ask("GET", "clock")["now"])

    def set(self, now: datetime | str, *, frozen: bool = True) -> None:
        """Sets the time, in UTC unless it has an offset. Jobs that become due thereby run first."""
        self._control.ask("PUT", "clock", {"now": str(now), "frozen": frozen})

    def freeze(self) -> None:
        """Stops the clock at the present time."""
        self._control.ask("PUT", "clock", {"frozen": True})

    def advance(self, **by: float) -> None:
        """Moves forward by `weeks`, `days`, `hours`, `minutes`, `seconds`. Jobs that become due thereby run."""
        self._control.ask("POST", "clock/advance", by)

    def follow_real_time(self) -> None:
        """Goes back to the real time."""
        self._control.ask("PUT", "clock", {})


class Faults:
    """The faults of a world, which make its requests fail on purpose."""

    def __init__(self, url: str) -> None:
        self._control = ControlPlane(url)

    def add(self, **fault: Any) -> str:
        """Adds a fault and returns its id. Raises ValueError, which says what is wrong with it."""
        return self._control.ask("POST", "faults", fault)["id"]

    def remove(self, fault_id: str) -> None:
        """Removes a fault."""
        self._control.ask("DELETE", f"faults/{fault_id}")

    def clear(self) -> None:
        """Removes all faults."""
        self._control.ask("DELETE", "faults")

    def all(self) -> list[dict[str, Any]]:
        """The faults with the numbers of requests that each `matched` and `affected`."""
        return self._control.ask("GET", "faults")["faults"]


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A mail or text that the live service would have sent. `code` is the verification code in it."""

    id: int
    at: datetime
    channel: str
    to: str
    kind: str
    text: str
    subject: str | None = None
    code: str | None = None
    attachments: tuple[dict[str, str | None], ...] = ()
    about: dict[str, Any] = {}


class Outbox:
    """The mails and texts of a world."""

    def __init__(self, url: str) -> None:
        self._control = ControlPlane(url)

    def messages(
        self, *, to: str | None = None, kind: str | None = None, count: int = 0, wait: float = 10
    ) -> list[Message]:
        """The messages, newest first, as soon as there are `count`, or after `wait` seconds."""
        found = self._control.ask("GET", "outbox", to=to, kind=kind, count=count or None, wait=wait if count else None)
        return msgspec.convert(found["data"], list[Message])

    def code_for(self, address: str) -> str:
        """The newest verification code that was sent to the address. Raises LookupError."""
        codes = [each.code for each in self.messages(to=address) if each.code is not None]
        if not codes:
            raise LookupError(f"No code was sent to {address}.")
        return codes[0]

    def clear(self) -> None:
        """Forgets all messages."""
        self._control.ask("DELETE", "outbox")


class Delivery(msgspec.Struct, frozen=True):
    """A webhook delivery that an inbox received. `headers` have lower-case names; `json` is None for other bodies."""

    at: datetime
    headers: dict[str, str]
    body: str
    json: Any = None

    @property
    def trigger(self) -> str:
        """What happened, such as BOOKING_CREATED; empty for a body from a payload template without it."""
        return str(self.json.get("triggerEvent", "")) if is_object(self.json) else ""

    def is_signed_with(self, secret: str) -> bool:
        """Whether the signature is that of the body with this secret."""
        signature = self.headers.get("x-cal-signature-256", "")
        return verify(body=self.body.encode(), signature=signature, secret=secret)


class Inbox:
    """A subscriber inside the sandbox. `url` is the `subscriberUrl` for a webhook."""

    def __init__(self, url: str, name: str = "test") -> None:
        self.url: str = f"{url}/_sandbox/webhooks/inbox/{name}"
        self._call = f"webhooks/inbox/{name}"
        self._control = ControlPlane(url)

    def deliveries(self, *, count: int = 1, wait: float = 10) -> list[Delivery]:
        """What was received, oldest first, as soon as there are `count`, or after `wait` seconds."""
        found = self._control.ask("GET", self._call, count=count, wait=wait)
        return msgspec.convert(found["received"], list[Delivery])

    def clear(self) -> None:
        """Empties the inbox."""
        self._control.ask("DELETE", self._call)


def recent_requests(url: str, limit: int = 10) -> str:
    """The last requests of a world with their replies and hints, oldest first, masked. Empty if there are none."""
    found = ControlPlane(url).ask("GET", "requests", limit=limit)["requests"]
    return "\n".join(_in_words(each) for each in reversed(found))


def _in_words(entry: dict[str, Any]) -> str:
    request, reply, caller = entry["request"], entry["reply"], entry["caller"]
    who = "no credentials" if caller is None else f"{caller['kind']} of user {caller['userId']}"
    status = "no reply" if reply is None else reply["status"]
    lines = [f"{request['method']} {request['url']} -> {status}  {entry['operation'] or 'no operation'}, {who}"]
    lines += [f"  sent   {_shortened(request['body'])}"] if request["body"] is not None else []
    lines += [f"  got    {_shortened(reply['body'])}"] if reply is not None and reply["body"] is not None else []
    lines += [f"  hint   {entry['hint']}"] if entry["hint"] else []
    lines += [f"  fault  {entry['fault']}"] if entry["fault"] else []
    lines += [f"  breach {entry['contract']['breach']}"] if entry["contract"] and entry["contract"]["breach"] else []
    return "\n".join(lines)


def _shortened(body: Any) -> str:
    text = body if isinstance(body, str) else msgspec.json.encode(body).decode()
    return text if len(text) <= SHOWN_BODY else f"{text[:SHOWN_BODY]}... ({len(text)} characters)"
