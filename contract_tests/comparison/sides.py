"""One of the two servers: its address, its credentials, and the channel to it."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from contract_tests.addresses import InvalidAddress, server_address
from contract_tests.catalogue import catalogue_of
from contract_tests.clients import certificates
from contract_tests.comparison.errors import CannotCompare
from contract_tests.editions import served_edition
from contract_tests.fuzzing.target import SANDBOX_CREDENTIALS, SANDBOX_IDS, Credentials, bearer
from contract_tests.http import NOT_SENT, NoReply, Reply, Request, whole_body
from contract_tests.known_secrets import KnownSecrets
from contract_tests.ledger import Ledger, ledger_path
from contract_tests.profiles.cleanup import clean_up
from contract_tests.profiles.gate import Gate, GateTransport, open_gate
from mock_server.runtime.cookies import no_cookies
from mock_server.runtime.editions import EDITIONS
from mock_server.runtime.masking import described_in
from mock_server.runtime.progress import Progress

CONNECT_TIMEOUT = 5.0
REFUSALS_IN_A_ROW = 3
LONGEST_WAIT = 120.0

SANDBOX_KEYS = replace(SANDBOX_CREDENTIALS, client={})
SANDBOX_CLIENT = str(SANDBOX_IDS["clientId"])


@dataclass
class Side:
    """A server under comparison.

    `facts` are path parameters for the whole run, such as the caller's organization. `address` is the base URL of the
    requests: on a sandbox, a world branched for the run. Requests to any other server pass `gate`.
    `edition` is the one that a sandbox says it serves; other servers have that of the requests.
    """

    name: str
    url: str
    credentials: Credentials
    is_sandbox: bool
    edition: str
    gate: Gate | None = None
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    address: str = ""
    _world: str | None = None

    def __post_init__(self) -> None:
        self.address = self.address or self.url
        self._client = _client(None if self.gate is None else GateTransport(self.gate))

    def send(self, request: Request) -> Reply:
        """Sends one request and waits where the server is rate-limited. Raises NoReply and CannotCompare.

        A request that there is an objection to must not be sent.
        """
        for _ in range(REFUSALS_IN_A_ROW):
            reply = self._exchange(request)
            if reply.status != 429:
                return reply
            time.sleep(min(LONGEST_WAIT, _seconds(reply.headers.get("retry-after"))))
        raise CannotCompare(f"the {self.name} server ({self.url}) keeps answering 429: wait, or use a lower --rate")

    def objection(self, request: Request) -> str | None:
        """Why a request must not be sent to this server; None if it may."""
        return None if self.gate is None else self.gate.objection(request)

    def work_within(self, organization: object) -> None:
        """Sets the caller's organization."""
        self.facts["orgId"] = organization
        if self.gate is not None:
            self.gate.rules.work_within({"orgId": organization})

    def clean_up(self, progress: Progress) -> list[str]:
        """Removes what was created; returns what could not be removed. A sandbox's world is dropped as a whole."""
        if self.gate is None or not self.gate.ledger.standing():
            return []
        things = len(self.gate.ledger.standing())
        with progress.part(f"cleaning up on the {self.name} server", things, "things") as step:
            done = clean_up(self.gate, self.credentials, step)
        return [f"{self.name}: {name} ({reason})" for name, reason in done.left.items()]

    def branch(self, now: str | None) -> None:
        """Branches a world of a sandbox and uses it from now on, with its clock frozen at `now` if that is given."""
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
                f"the {self.name} sandbox ({self.url}) cannot create a world for the comparison: {reason}"
            ) from None

    def close(self) -> None:
        """Closes the connections, and drops the branched world."""
        if self._world is not None:
            # A sandbox that has stopped has no worlds left.
            with suppress(httpx.HTTPError):
                self._client.delete(f"{root(self.url)}/_sandbox/worlds/{self._world}", timeout=10)
        self._client.close()
        if self.gate is not None:
            self.gate.close()

    def _exchange(self, request: Request) -> Reply:
        url = self.address + request.target
        try:
            with self._client.stream(
                request.method, url, headers=request.headers, content=request.body or None
            ) as response:
                body = whole_body(response)
        except httpx.HTTPError as error:
            raise NoReply(f"{type(error).__name__}: {error}".rstrip(": ")) from None
        except httpx.InvalidURL as error:
            raise NoReply(f"{request.path} is not a valid path: {error}") from None
        if NOT_SENT in response.headers:
            raise CannotCompare(f"the {self.name} server ({self.url}): {response.headers[NOT_SENT]}")
        return Reply(request, response.status_code, response.headers, body)


def root(url: str) -> str:
    """The address of the sandbox itself, if `url` is that of one of its worlds."""
    return url.partition("/w/")[0]


def checked_url(name: str, url: str) -> str:
    """`url` without a trailing slash. Raises CannotCompare if it is not a server's address."""
    try:
        return server_address(f"--{name}", url).removesuffix("/v2")
    except InvalidAddress as error:
        raise CannotCompare(str(error)) from None


def find(name: str, url: str, key: str | None, otherwise: str | None, edition: str, rate: float, reports: Path) -> Side:
    """The side at `url`.

    `otherwise` is the key and `edition` the edition of a server that is no sandbox; its ledger is in `reports`. Raises
    CannotCompare.
    """
    url = checked_url(name, url)
    try:
        with _client() as client:
            clock = client.get(f"{url}/_sandbox/clock", timeout=15)
            is_sandbox = clock.status_code == 200 and "frozen" in clock.json()
            if is_sandbox:
                edition = _served_edition(name, url, client) or edition
    except (ValueError, TypeError):
        is_sandbox = False
    except httpx.HTTPError as error:
        raise CannotCompare(f"the {name} server ({url}) cannot be reached: {error or type(error).__name__}") from None
    key = key or (None if is_sandbox else otherwise)
    credentials = Credentials(personal=bearer(key), organization=bearer(key)) if key else SANDBOX_KEYS
    if not (key or is_sandbox):
        raise CannotCompare(f"there is no API key for the {name} server ({url}): give --{name}-key, or set CAL_API_KEY")
    gate = None if is_sandbox else _gate(url, credentials, edition, rate, reports)
    return Side(name, url, credentials, is_sandbox, edition, gate)


def _served_edition(name: str, url: str, client: httpx.Client) -> str | None:
    """The edition that a sandbox names, if any. Raises CannotCompare."""
    edition = served_edition(url, client)
    if edition is not None and edition not in EDITIONS:
        raise CannotCompare(
            f"the {name} sandbox ({url}) serves the edition {edition}, which is unknown here. Known: "
            f"{', '.join(EDITIONS)}"
        )
    return edition


def _gate(url: str, credentials: Credentials, edition: str, rate: float, reports: Path) -> Gate:
    known = KnownSecrets(credentials.secrets(), described_in(edition))
    gate = open_gate(url, catalogue_of(edition), Ledger(ledger_path(reports, url), known), {}, rate, known=known)
    gate.introduce(credentials)
    return gate


def _client(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    timeout = httpx.Timeout(30, connect=CONNECT_TIMEOUT)
    return httpx.Client(timeout=timeout, verify=certificates(), transport=transport, cookies=no_cookies())


def _seconds(retry_after: str | None) -> float:
    return float(retry_after) if retry_after is not None and retry_after.isdecimal() else 5.0
