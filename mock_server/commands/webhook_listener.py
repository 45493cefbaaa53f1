"""Listens to the webhooks of a running sandbox: an inbox receives them, and each is printed and sent on.

Deliveries go to an inbox of the sandbox, not to this process, so that it works wherever the sandbox can be reached.
"""

from __future__ import annotations

import secrets
import signal
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from mock_server.commands.output import Output, world_time
from mock_server.control_client import ControlClient, NoSandbox, RefusedBySandbox, is_https, json_of
from mock_server.runtime.console import printable
from mock_server.runtime.json_values import is_object
from mock_server.runtime.request_summary import error_message
from mock_server.state.errors import Unusable

if TYPE_CHECKING:
    import httpx

WAIT = 2
"""Seconds until the webhooks are looked for again, which a reset of the world removes."""
FORWARD_SECONDS = 30.0
NEED_MORE = {"AFTER_HOSTS_CAL_VIDEO_NO_SHOW", "AFTER_GUESTS_CAL_VIDEO_NO_SHOW", "DELEGATION_CREDENTIAL_ERROR"}
"""Triggers that a user's webhook cannot have, or only with a delay."""
OF_THE_CONNECTION = {"host", "content-length", "connection", "transfer-encoding", "accept-encoding", "expect"}
"""Headers that belong to the connection to the inbox."""


class CannotListen(Unusable):
    """The webhooks cannot be received or forwarded as asked."""


class Subscription(NamedTuple):
    """A webhook that was created for a key."""

    key: str
    webhook_id: str


def listen(
    sandbox: ControlClient,
    output: Output,
    *,
    forward_to: str | None,
    keys: tuple[str, ...],
    triggers: tuple[str, ...],
    secret: str | None,
) -> None:
    """Prints and forwards deliveries until Ctrl-C or SIGTERM. Raises CannotListen, NoSandbox, RefusedBySandbox."""
    if forward_to is not None:
        _check_target(sandbox, forward_to)
    manifest = sandbox.get("")
    keys = keys or tuple(each["key"] for each in manifest["credentials"]["apiKeys"] if not each["expired"])
    if not keys:
        raise CannotListen("The world has no keys that the sandbox knows in full: name yours with --key.")
    listener = Listener(sandbox, keys, triggers or _all_triggers(sandbox), secret or secrets.token_hex(16))
    with _terminating(), _forwarder(forward_to) as http, listener.subscribed():
        output.line(_announcement(listener, forward_to, shows_secret=secret is None), is_note=True)
        for received in listener.deliveries():
            outcome = None if http is None or forward_to is None else _forward(http, forward_to, received)
            output.document(received if forward_to is None else {**received, "forwarded": outcome})
            output.line(_line(received, outcome))


class Listener:
    """An inbox of the sandbox, and a webhook for each key that delivers to it."""

    def __init__(self, sandbox: ControlClient, keys: Iterable[str], triggers: Iterable[str], secret: str) -> None:
        self.keys = tuple(dict.fromkeys(keys))
        self.triggers = tuple(triggers)
        self.secret = secret
        self._sandbox = sandbox
        self._inbox = f"/webhooks/inbox/listen-{secrets.token_hex(4)}"
        self._url = f"{sandbox.url}/_sandbox{self._inbox}"
        self._subscriptions: list[Subscription] = []

    @contextmanager
    def subscribed(self) -> Generator[None]:
        """Creates the webhooks, and deletes them and the inbox at the end."""
        try:
            self._subscribe()
            yield
        finally:
            with suppress(NoSandbox, RefusedBySandbox):  # It may have stopped, and its world may be dropped.
                for each in self._subscriptions:
                    self._request("DELETE", f"/v2/webhooks/{each.webhook_id}", each.key)
                self._sandbox.delete(self._inbox)

    def deliveries(self) -> Generator[dict[str, Any]]:
        """What the inbox receives, as it comes. Never ends."""
        since = 0
        while True:
            document = self._sandbox.get(self._inbox, since=since, wait=WAIT)
            yield from document["received"]
            since = document["last"]
            self._forget_lost_subscriptions()
            self._subscribe()

    def _forget_lost_subscriptions(self) -> None:
        """Forgets the webhooks that no longer exist, such as after a reset of the world."""
        rows = self._sandbox.get("/state/webhooks", subscriber_url=self._url, limit=len(self.keys))["rows"]
        present = {row["id"] for row in rows}
        self._subscriptions = [each for each in self._subscriptions if each.webhook_id in present]

    def _subscribe(self) -> None:
        """Creates the webhooks that are missing."""
        body = {"active": True, "subscriberUrl": self._url, "triggers": self.triggers, "secret": self.secret}
        for key in set(self.keys).difference(each.key for each in self._subscriptions):
            created = self._request("POST", "/v2/webhooks", key, msgspec.json.encode(body))
            self._subscriptions.append(Subscription(key, created["data"]["id"]))

    def _request(self, method: str, path: str, key: str, content: bytes | None = None) -> Any:
        """A request of the API. Raises RefusedBySandbox."""
        reply = self._sandbox.send(method, path, content=content, headers={"Authorization": f"Bearer {key}"})
        document = json_of(reply)
        if document is None:
            raise RefusedBySandbox(f"The reply to {method} {path} is not JSON.")
        if reply.status_code >= 400:
            raise RefusedBySandbox(f"{method} {path} was refused: {error_message(document)}")
        return document


def _check_target(sandbox: ControlClient, url: str) -> None:
    if not url.lower().startswith(("http://", "https://")):
        raise CannotListen(f"--forward-to takes a receiver's URL, such as http://localhost:3000/hook, not {url!r}.")
    if url.startswith(f"{sandbox.url}/_sandbox/"):
        raise CannotListen("--forward-to cannot be the sandbox's own control plane: each delivery would cause another.")


def _all_triggers(sandbox: ControlClient) -> list[str]:
    """The triggers that a user's webhook can have, by the description that the sandbox serves."""
    schemas = sandbox.send("GET", "/openapi.json").json()["components"]["schemas"]
    items = schemas["CreateWebhookInput"]["properties"]["triggers"]["items"]
    named = schemas[items["$ref"].rpartition("/")[2]] if "$ref" in items else items
    return [each for each in named["enum"] if each not in NEED_MORE]


@contextmanager
def _forwarder(url: str | None) -> Generator[httpx.Client | None]:
    if url is None:
        yield None
        return
    import httpx

    with httpx.Client(timeout=FORWARD_SECONDS, follow_redirects=False, verify=is_https(url)) as http:
        http.headers.clear()
        yield http


def _forward(http: httpx.Client, url: str, received: dict[str, Any]) -> dict[str, Any]:
    """Sends the same body and headers to `url`. Returns the status of its reply, or why there is none."""
    import httpx

    headers = {name: value for name, value in received["headers"].items() if name not in OF_THE_CONNECTION}
    try:
        reply = http.post(url, content=received["body"].encode(), headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return {"url": url, "status": None, "reason": str(error) or type(error).__name__}
    return {"url": url, "status": reply.status_code, "reason": None}


@contextmanager
def _terminating() -> Generator[None]:
    """Handles SIGTERM like Ctrl-C, so that the webhooks are deleted."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        previous = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # Only the main thread can.
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _announcement(listener: Listener, forward_to: str | None, *, shows_secret: bool) -> str:
    count = len(listener.keys)
    text = f"Listening to webhooks of {count} key{'' if count == 1 else 's'}"
    text += f", forwarding to {forward_to}" if forward_to else ""
    text += f"; they are signed with the secret {listener.secret}" if shows_secret else ""
    return f"{text}. Ctrl-C ends it."


def _line(received: dict[str, Any], outcome: dict[str, Any] | None) -> str:
    event = received["json"] if is_object(received["json"]) else {}
    payload = event.get("payload")
    details = payload if is_object(payload) else {}
    about = " ".join(str(details[name]) for name in ("uid", "title") if details.get(name))
    line = f"{world_time(received['at'])} {event.get('triggerEvent') or 'webhook'}  {about}".rstrip()
    if outcome is not None:
        line += f"  -> {outcome['status'] or 'not forwarded: ' + outcome['reason']}"
    return printable(line)
