"""A server that is not ours: who we are there, what we make, and how we leave it as it was."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

from contract_tests.fuzzing.target import Credentials, Target
from contract_tests.ledger import Ledger, ledger_path
from contract_tests.profiles.catalogue import Catalogue
from contract_tests.profiles.errors import CouldNotRun
from contract_tests.profiles.gate import GUEST, Gate, Reply
from contract_tests.profiles.pace import Pace
from contract_tests.profiles.safety import Rules, belongings_in
from contract_tests.profiles.steering import Steering
from contract_tests.profiles.stock import Stock
from contract_tests.profiles.sweep import Sweep, sweep


@dataclass
class Access:
    """Credentials, and the organization and client that they belong to."""

    credentials: Credentials
    scope: dict[str, Any]


class Deployment:
    """A run's dealings with a deployment."""

    def __init__(
        self, url: str, access: Access, bundle: dict[str, Any], reports: Path, *, rate: float | None, everything: bool
    ) -> None:
        self.catalogue = Catalogue(bundle)
        self.ledger = Ledger(ledger_path(reports, url))
        mine = belongings_in(self.ledger, self.catalogue)
        self.scope = dict(access.scope)
        self._access = access
        self.rules = Rules(self.catalogue, mine, self.scope, everything)
        self.gate = Gate(url, self.catalogue, mine, self.rules, self.ledger, Pace(rate))
        self.steering = Steering(mine, f"{id(self) % 46655:03d}{self.ledger.number}")
        self.target = Target(access.credentials)
        self.stock = Stock(self.gate, self.rules, self.target, self.steering)
        self._name_purposes(access.credentials)

    def introduce(self) -> None:
        """Learns who the credentials belong to. Raises CouldNotRun."""
        credentials = self._access.credentials
        if not (credentials.personal or credentials.client):
            raise CouldNotRun("there are no credentials; set CAL_API_KEY, or CAL_CLIENT_ID and CAL_CLIENT_SECRET")
        if credentials.client and "clientId" in self.scope:
            path = f"/v2/oauth-clients/{self.scope['clientId']}/users?limit=1"
            self._ask(path, credentials.client, "CAL_CLIENT_ID and CAL_CLIENT_SECRET")
        if credentials.personal:
            me = self._ask("/v2/me", credentials.personal, "CAL_API_KEY")
            organization = me.get("organizationId") if isinstance(me, dict) else None
            if organization is not None:
                self.scope.setdefault("orgId", organization)
        self.rules.work_within(self.scope)
        self.target.anywhere = {name: value for name, value in self.scope.items() if name == "orgId"}
        self.stock.work_within(self.scope)

    def prepare(self) -> None:
        """Makes the real data that the requests work with."""
        if self._access.credentials.client and "clientId" in self.scope:
            self._be_a_guest()
        self.stock.fill()
        self.target.before = self.stock.before
        self.target.steer = self.steer

    def left_out(self) -> dict[str, str]:
        """The operations that are not called, and why."""
        reasons: dict[str, str] = {}
        for operation in self.catalogue.operations.values():
            reason, needed = self.rules.leaves_out(operation), self.stock.needs(operation)
            if reason is None and needed is not None:
                reason = "what it works on is made by an operation that is left out"
            if reason is not None:
                reasons[operation.id] = reason
        return reasons

    def steer(self, case: schemathesis.Case) -> None:
        """Makes a case harmless, and one that should succeed likely to."""
        if not isinstance(case.body, dict):
            return
        name = case.operation.definition.raw["operationId"]
        is_example = case.meta is not None and case.meta.phase.name == TestPhase.EXAMPLES
        body = self.steering.fresh(case.body) if is_example else self.steering.harmless(case.body)
        if case.meta is None or not case.meta.is_negative_at(ParameterLocation.BODY):
            body = self.stock.timely(name, body)
        case.body.clear()
        case.body.update(body)

    def clean(self) -> Sweep:
        """Removes what was made."""
        self.gate.stopped = None
        has_guest = self.rules.guest is not None
        self.rules.guest = None
        return sweep(self.gate, self.target.credentials, has_guest=has_guest)

    def close(self) -> None:
        """Ends the connections."""
        self.gate.close()

    def _be_a_guest(self) -> None:
        """Makes a throw-away user, in whose name everything personal is done from now on."""
        reply = self.stock.make(self.catalogue.operations["create_managed_user"])
        content = reply.content if reply is not None and 200 <= reply.status < 300 else None
        data = content.get("data") if isinstance(content, dict) else None
        if not isinstance(data, dict) or "accessToken" not in data:
            return
        guest = {"Authorization": f"Bearer {data['accessToken']}"}
        self.target.credentials = replace(self.target.credentials, personal=guest)
        self._name_purposes(self.target.credentials)
        self.gate.purposes[guest["Authorization"]] = GUEST
        self.rules.guest = data["user"]["id"]
        self.steering.is_guest = True
        self.stock.forget("create_managed_user")

    def _name_purposes(self, credentials: Credentials) -> None:
        for purpose in ("client", "organization", "personal"):
            for name, value in getattr(credentials, purpose).items():
                if name != "x-cal-client-id":
                    self.gate.purposes[value] = purpose

    def _ask(self, path: str, headers: dict[str, str], whose: str) -> Any:
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        reply: Reply = self.gate.ask(path, raw)
        if self.gate.stopped is not None or reply.is_own:
            raise CouldNotRun(self.gate.stopped or f"{self.gate.base_url} does not answer")
        if reply.status in (401, 403):
            raise CouldNotRun(f"the credentials are bad: GET {path} answers {reply.status} to {whose}")
        content = reply.content
        if reply.status != 200 or not isinstance(content, dict):
            raise CouldNotRun(f"GET {path} answers {reply.status} to {whose}; is it a server of this API?")
        return content.get("data")


@contextmanager
def ended_like_ctrl_c() -> Iterator[None]:
    """Being told to end is taken like Ctrl-C, so that what was made is removed."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
