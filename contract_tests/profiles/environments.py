"""Where stories and journeys run: on a sandbox, each in its own world; on a deployment, through the gate."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from contract_tests.clients import Deployment as Client
from contract_tests.clients import sandbox_deployment
from contract_tests.consistency.actors import Actors, sandbox_actors
from contract_tests.consistency.run import NEEDS_LIMITS
from contract_tests.fuzzing.target import SandboxWorld
from contract_tests.http import NOT_SENT, Channel, DirectChannel, HeldBack, NoReply, Reply, Request
from contract_tests.profiles.deployment import Deployment
from contract_tests.profiles.gate import Gate, GateTransport


class Environment(Protocol):
    """A server for stories and journeys.

    `strict` says whether every valid request must succeed; `unavailable` gives the operations that must not be called,
    with the reason.
    """

    strict: bool
    unavailable: Mapping[str, str]

    def story(self, name: str) -> AbstractContextManager[tuple[Channel, Actors]]:
        """Opens the server for a story."""
        ...

    def journey(self) -> AbstractContextManager[Client]:
        """Opens the server for a journey."""
        ...


class SandboxEnvironment:
    """A sandbox at `url`; the one at `limited_url` has rate limits."""

    strict = True

    def __init__(self, url: str, limited_url: str | None = None) -> None:
        self._url = url
        self._limited_url = limited_url or url
        self.unavailable: Mapping[str, str] = {}

    @contextmanager
    def story(self, name: str) -> Generator[tuple[Channel, Actors]]:
        """See Environment."""
        with _world(self._limited_url if name in NEEDS_LIMITS else self._url) as url:
            yield DirectChannel(url), sandbox_actors(url)

    @contextmanager
    def journey(self) -> Generator[Client]:
        """See Environment."""
        with _world(self._url) as url:
            yield sandbox_deployment(url)


class DeploymentEnvironment:
    """A deployment, where only data that the suite created is changed."""

    strict = False

    def __init__(self, deployment: Deployment, unavailable: Mapping[str, str]) -> None:
        self._open_deployment = deployment
        self._gate = deployment.gate
        self._credentials = deployment.target.credentials
        self._actors = deployment.actors()
        self.unavailable = unavailable

    @contextmanager
    def story(self, name: str) -> Generator[tuple[Channel, Actors]]:
        """See Environment."""
        del name
        yield GatedChannel(self._gate), self._actors

    @contextmanager
    def journey(self) -> Generator[Client]:
        """See Environment."""
        key, owner = _key(self._credentials.personal), _key(self._actors.organization)
        client = self._credentials.client
        with self._open_deployment.newcomers() as newcomer:
            keys = {"solo": key} if key and newcomer is None else {}
            keys |= {"owner": owner} if owner else {}
            yield Client(
                self._gate.base_url, False, keys, client.get("x-cal-client-id"), client.get("x-cal-secret-key"),
                self._actors.organization_id if owner else None, newcomer, GateTransport(self._gate),
            )  # fmt: skip


class GatedChannel:
    """A channel that sends requests through the gate."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    def send(self, request: Request) -> Reply:
        """See Channel."""
        reply = self._gate.send(request)
        if reply.is_lost:
            raise NoReply(str(reply.content))
        if reply.is_own:
            raise HeldBack(reply.headers[NOT_SENT])
        return reply

    def close(self) -> None:
        """See Channel. The gate stays open."""


def _key(headers: Mapping[str, str]) -> str:
    return headers.get("Authorization", "").removeprefix("Bearer ")


@contextmanager
def _world(url: str) -> Generator[str]:
    world = SandboxWorld(url)
    try:
        yield world.url
    finally:
        world.drop()
