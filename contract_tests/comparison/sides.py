"""One of the two servers: its address, its credentials, and how requests get there and replies come back."""

from __future__ import annotations

import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import msgspec

from contract_tests.addresses import NoAddress, server_address
from contract_tests.comparison.errors import CannotCompare, NoReply
from contract_tests.fuzzing.target import NOT_SENT, Credentials
from contract_tests.known_secrets import KnownSecrets
from contract_tests.ledger import Ledger, ledger_path
from contract_tests.profiles.catalogue import Catalogue
from contract_tests.profiles.gate import Gate, GateTransport, open_gate, raw
from contract_tests.profiles.sweep import sweep
from mock_server.runtime.bundle import load_bundle

CONNECT_TIMEOUT = 5.0
REPLY_DEADLINE = 60.0
REPLY_LIMIT = 16 * 1024 * 1024
REFUSALS_IN_A_ROW = 3
LONGEST_WAIT = 120.0

ORGANIZATION_PATHS = (
    "/v2/organizations",
    "/v2/teams",
    "/v2/oauth-clients",
    "/v2/oauth/",
    "/v2/stripe/check/",
)
"""What belongs to an organization, and is asked for with the key of somebody who may administer it."""

UNDECODABLE = "<not JSON>"


@dataclass(frozen=True)
class Keys:
    """API keys: of a person, and of one who administers an organization. Both may be the same."""

    personal: str
    organization: str


SANDBOX_KEYS = Keys(personal="cal_sandbox_solo", organization="cal_sandbox_owner")
SANDBOX_CLIENT = "sandbox-client"


@dataclass(frozen=True)
class Answer:
    """A reply: `body` is JSON where it is JSON, else text."""

    status: int
    content_type: str
    location: str | None
    body: Any


@dataclass
class Side:
    """A server under comparison.

    `facts` are path parameters that hold for the whole run, such as the caller's organization. `address` is where the
    requests go: of a sandbox, a world branched off for the run. What is sent to any other server passes `gate`.
    """

    name: str
    url: str
    keys: Keys
    is_sandbox: bool
    gate: Gate | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    address: str = ""
    _world: str | None = None

    def __post_init__(self) -> None:
        self.address = self.address or self.url
        self._client = _client(None if self.gate is None else GateTransport(self.gate))

    def send(
        self, method: str, path: str, *, headers: dict[str, str], body: Any = None, query: dict[str, Any] | None = None
    ) -> Answer:
        """Sends one request and waits where the server is rate-limited. Raises NoReply and CannotCompare.

        What there is an objection to must not be sent.
        """
        for _ in range(REFUSALS_IN_A_ROW):
            reply = self._exchange(method, path, headers=headers, body=body, query=query)
            if reply.status_code != 429:
                return _answer(reply)
            time.sleep(min(LONGEST_WAIT, _seconds(reply.headers.get("retry-after"))))
        raise CannotCompare(
            f"the {self.name} server ({self.url}) refuses with 429 again and again: wait, or use a lower --rate"
        )

    def objection(self, method: str, path: str, *, headers: dict[str, str], body: Any = None) -> str | None:
        """Why a request must not be sent to this server; None where it may. `path` is without a query."""
        if self.gate is None:
            return None
        content = b"" if body is None else msgspec.json.encode(body)
        return self.gate.objection(method, path, raw(headers), content)

    def work_within(self, organization: object) -> None:
        """The organization of the caller."""
        self.facts["orgId"] = organization
        if self.gate is not None:
            self.gate.rules.work_within({"orgId": organization})

    def clean_up(self) -> list[str]:
        """Removes what was made there; says what could not be. The worlds of a sandbox are dropped as a whole."""
        if self.gate is None or not self.gate.ledger.standing():
            return []
        personal, organization = (
            {"Authorization": f"Bearer {key}"} for key in (self.keys.personal, self.keys.organization)
        )
        done = sweep(self.gate, Credentials(personal=personal, organization=organization))
        return [f"{self.name}: {name} ({reason})" for name, reason in done.left.items()]

    def headers(self, path: str) -> dict[str, str]:
        """The credentials for `path`."""
        key = self.keys.organization if path.startswith(ORGANIZATION_PATHS) else self.keys.personal
        return _bearer(key)

    def branch(self, now: str | None) -> None:
        """Of a sandbox: from here on works in a world of its own, whose clock stands at `now` if that is given."""
        try:
            made = self._client.post(f"{self.url}/_sandbox/worlds", json={})
            made.raise_for_status()
            self._world = made.json()["id"]
            self.address = f"{root(self.url)}/w/{self._world}"
            time_of_world = {} if now is None else {"now": now, "frozen": True}
            clock = self._client.put(f"{self.address}/_sandbox/clock", json=time_of_world)
            clock.raise_for_status()
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            reason = str(error).partition("\n")[0]
            raise CannotCompare(
                f"the {self.name} sandbox ({self.url}) gives no world to compare in: {reason}"
            ) from None

    def close(self) -> None:
        """Drops the world that was branched off."""
        if self._world is not None:
            # A sandbox that is gone has no worlds left.
            with suppress(httpx.HTTPError):
                self._client.delete(f"{root(self.url)}/_sandbox/worlds/{self._world}", timeout=10)
        self._client.close()
        if self.gate is not None:
            self.gate.close()

    def _exchange(
        self, method: str, path: str, *, headers: dict[str, str], body: Any, query: dict[str, Any] | None
    ) -> httpx.Response:
        """One request. A reply that trickles has an end too."""
        deadline = time.monotonic() + REPLY_DEADLINE
        options: dict[str, Any] = {} if body is None else {"json": body}
        try:
            with self._client.stream(method, self.address + path, headers=headers, params=query, **options) as reply:
                raw = bytearray()
                for chunk in reply.iter_bytes():
                    raw += chunk
                    if len(raw) > REPLY_LIMIT:
                        raise NoReply(f"the reply is larger than {REPLY_LIMIT} bytes")
                    if time.monotonic() > deadline:
                        raise NoReply(f"the reply takes longer than {REPLY_DEADLINE:.0f} seconds")
                if NOT_SENT in reply.headers:
                    raise CannotCompare(f"the {self.name} server ({self.url}): {reply.headers[NOT_SENT]}")
                plain = {name: reply.headers[name] for name in PLAIN_HEADERS if name in reply.headers}
                return httpx.Response(reply.status_code, headers=plain, content=bytes(raw))
        except httpx.HTTPError as error:
            raise NoReply(f"{type(error).__name__}: {error}".rstrip(": ")) from None
        except httpx.InvalidURL as error:
            raise NoReply(f"{path} is no address: {error}") from None


PLAIN_HEADERS = ("content-type", "location", "retry-after")


def root(url: str) -> str:
    """The address of the sandbox itself, where `url` may be one of its worlds."""
    return url.partition("/w/")[0]


def checked_url(name: str, url: str) -> str:
    """`url` without a slash at its end. Raises CannotCompare where it is no address of a server."""
    try:
        return server_address(f"--{name}", url).removesuffix("/v2")
    except NoAddress as error:
        raise CannotCompare(str(error)) from None


def find(name: str, url: str, key: str | None, otherwise: str | None, rate: float, reports: Path) -> Side:
    """The side at `url`. The key `otherwise` is for one that is no sandbox, whose ledger lies in `reports`.

    Raises CannotCompare.
    """
    url = checked_url(name, url)
    try:
        with _client() as client:
            clock = client.get(f"{url}/_sandbox/clock", timeout=15)
        is_sandbox = clock.status_code == 200 and "frozen" in clock.json()
    except (ValueError, TypeError):
        is_sandbox = False
    except httpx.HTTPError as error:
        raise CannotCompare(f"the {name} server ({url}) cannot be reached: {error or type(error).__name__}") from None
    key = key or (None if is_sandbox else otherwise)
    keys = Keys(key, key) if key else SANDBOX_KEYS
    if not (key or is_sandbox):
        raise CannotCompare(f"there is no API key for the {name} server ({url}): give --{name}-key, or set CAL_API_KEY")
    return Side(name, url, keys, is_sandbox, None if is_sandbox else _gate(url, keys, rate, reports))


def _gate(url: str, keys: Keys, rate: float, reports: Path) -> Gate:
    known = KnownSecrets({keys.personal, keys.organization})
    ledger = Ledger(ledger_path(reports, url), known)
    gate = open_gate(url, Catalogue(load_bundle()), ledger, {}, rate, known=known)
    for purpose, key in (("organization", keys.organization), ("personal", keys.personal)):
        gate.purposes[_bearer(key)["Authorization"]] = purpose
    return gate


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@cache
def _certificates() -> ssl.SSLContext:
    """Read once: they take longer to read than many requests."""
    return httpx.create_ssl_context()


def _client(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    timeout = httpx.Timeout(30, connect=CONNECT_TIMEOUT)
    return httpx.Client(timeout=timeout, verify=_certificates(), transport=transport)


def _answer(reply: httpx.Response) -> Answer:
    content_type = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    body: Any = reply.text
    if content_type == "application/json":
        try:
            body = msgspec.json.decode(reply.content)
        except (msgspec.DecodeError, RecursionError):
            body = UNDECODABLE + reply.text[:1000]
    return Answer(reply.status_code, content_type, reply.headers.get("location"), body)


def _seconds(retry_after: str | None) -> float:
    return float(retry_after) if retry_after is not None and retry_after.isdecimal() else 5.0
