"""A deployment under test: our credentials there, what we create, and how it is removed again."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

from contract_tests.catalogue import Catalogue
from contract_tests.clients import Unavailable
from contract_tests.consistency.actors import Actors, Meeting
from contract_tests.editions import in_force
from contract_tests.environment import OTHER_API_KEY, WEBHOOK_INBOX
from contract_tests.fuzzing.target import Credentials, Target, bearer
from contract_tests.http import request_to
from contract_tests.known_secrets import KnownSecrets
from contract_tests.ledger import Ledger, ledger_path
from contract_tests.profiles.cleanup import Cleanup, clean_up, remove
from contract_tests.profiles.errors import CouldNotRun
from contract_tests.profiles.fixtures import CREATES_USERS, Fixtures
from contract_tests.profiles.gate import open_gate
from contract_tests.profiles.meetings import book_meeting
from contract_tests.profiles.sanitizer import Sanitizer
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.progress import Progress

MEMBERSHIPS = "/v2/organizations/{orgId}/memberships"
PAGE = 100
"""Members per page."""


@dataclass
class Access:
    """Credentials, and the organization and the client that they belong to."""

    credentials: Credentials
    scope: dict[str, Any]


class Deployment:
    """A deployment that a run tests."""

    def __init__(
        self,
        url: str,
        access: Access,
        bundle: dict[str, Any],
        reports: Path,
        *,
        rate: float | None,
        everything: bool,
        known: KnownSecrets | None = None,
    ) -> None:
        known = known or KnownSecrets()
        known.add(access.credentials.secrets())
        self.catalogue = Catalogue(bundle)
        self.ledger = Ledger(ledger_path(reports, url), known)
        self.scope = dict(access.scope)
        self._access = access
        self.gate = open_gate(
            url, self.catalogue, self.ledger, self.scope, rate, all_operations=everything, known=known
        )  # fmt: skip
        self.rules = self.gate.rules
        self.rules.inbox = os.environ.get(WEBHOOK_INBOX)
        mark = f"{id(self) % 46655:03d}{self.ledger.number}"
        self.sanitizer = Sanitizer(self.gate.owned, mark, self.catalogue.effect_fields)
        self.target = Target(access.credentials)
        self.fixtures = Fixtures(self.gate, self.rules, self.target, self.sanitizer)
        self.gate.introduce(access.credentials)
        self._meeting: Meeting | None = None

    def introduce(self) -> None:
        """Looks up whose the credentials are. Raises CouldNotRun."""
        credentials = self._access.credentials
        if not (credentials.personal or credentials.client):
            raise CouldNotRun("there are no credentials; set CAL_API_KEY, or CAL_CLIENT_ID and CAL_CLIENT_SECRET")
        if credentials.client and "clientId" in self.scope:
            path = f"/v2/oauth-clients/{self.scope['clientId']}/users?limit=1"
            self._ask(path, credentials.client, "CAL_CLIENT_ID and CAL_CLIENT_SECRET")
        if credentials.personal:
            me = self._ask("/v2/me", credentials.personal, "CAL_API_KEY")
            organization = me.get("organizationId") if is_object(me) else None
            if organization is not None:
                self.scope.setdefault("orgId", organization)
        self.rules.work_within(self.scope)
        self.target.anywhere = {name: value for name, value in self.scope.items() if name == "orgId"}
        self.fixtures.work_within(self.scope)

    def prepare(self) -> None:
        """Creates the data that the requests need."""
        if self._access.credentials.client and "clientId" in self.scope:
            self._become_temporary_user()
        if self.rules.temporary_user is not None and in_force("absences-after-start"):
            self._meeting = book_meeting(self.gate, self.target.credentials.personal)
        self.fixtures.create_all()
        self.target.before = self.fixtures.recreate_for
        self.target.sanitize = self.sanitize

    def left_out(self) -> dict[str, str]:
        """The operations that are not called, with the reason."""
        reasons: dict[str, str] = {}
        for operation in self.catalogue.operations.values():
            reason, needed = self.rules.exclusion(operation), self.fixtures.excluded_creator(operation)
            if reason is None and needed is not None:
                reason = "it needs data that only an excluded operation creates"
            if reason is not None:
                reasons[operation.id] = reason
        return reasons

    def excluded_operations(self) -> dict[str, str]:
        """The operations that no request may call, with the reason. Stories and journeys create their own data."""
        found = {each.id: self.rules.exclusion(each) for each in self.catalogue.operations.values()}
        return {name: reason for name, reason in found.items() if reason is not None}

    def actors(self) -> Actors:
        """The credentials of stories. Without a second API key, another temporary user is the stranger."""
        credentials = self.target.credentials
        other = bearer(os.environ.get(OTHER_API_KEY))
        organization = self.scope.get("orgId")
        return Actors(
            credentials.personal, credentials.organization if self._administers_organization() else {},
            credentials.client, other or self._create_stranger(), other, organization, self.scope.get("clientId"),
            self.rules.inbox, member=credentials.member, meeting=self._meeting,
        )  # fmt: skip

    def _administers_organization(self) -> bool:
        if "orgId" not in self.scope:
            return False
        path = f"/v2/organizations/{self.scope['orgId']}/memberships?take=1"
        return self.gate.get(path, self.target.credentials.organization).status == 200

    def _create_stranger(self) -> dict[str, str]:
        if self.rules.temporary_user is None:
            return {}
        made = self._create_user()
        self.fixtures.reserve(CREATES_USERS)
        return bearer(made["accessToken"]) if made else {}

    @contextmanager
    def newcomers(self) -> Generator[Callable[[str], str] | None]:
        """Yields a function that creates a temporary user with a role in the organization and returns an access token.

        Yields None if it cannot create any. The users are deleted at the end.
        """
        made: list[str] = []

        def newcomer(role: str) -> str:
            user = self._create_user()
            if user is None:
                raise Unavailable("a temporary user could not be created")
            made.append(str(user["user"]["id"]))
            if role != "MEMBER":
                self._promote(user["user"]["id"], role)
            return user["accessToken"]

        try:
            yield newcomer if self.rules.temporary_user is not None else None
        finally:
            for thing in self.ledger.standing():
                if thing.remover == "delete_managed_user" and str(thing.ids["userId"]) in made:
                    remove(self.gate, thing, self.target.credentials)

    def sanitize(self, case: schemathesis.Case[Any]) -> None:
        """Makes a case harmless, and a valid one likely to succeed."""
        if not is_object(case.body):
            return
        name = case.operation.definition.raw["operationId"]
        is_example = case.meta is not None and case.meta.phase.name == TestPhase.EXAMPLES
        body = self.sanitizer.fresh(case.body) if is_example else self.sanitizer.harmless(case.body)
        if case.meta is None or not case.meta.is_negative_at(ParameterLocation.BODY):
            body = self.fixtures.with_free_slot(name, body)
        case.body.clear()
        case.body.update(body)

    def clean(self, progress: Progress | None = None) -> Cleanup:
        """Removes everything that was created."""
        self.gate.stopped = None
        self.rules.temporary_user = None
        things = len(self.ledger.standing())
        with (progress or Progress(StringIO())).part("cleaning up", things, "things") as step:
            return clean_up(self.gate, self.target.credentials, step)

    def close(self) -> None:
        """Closes the connections."""
        self.gate.close()

    def _become_temporary_user(self) -> None:
        """Creates a temporary user, who is the user of all personal requests from now on."""
        made = self._create_user()
        if made is None:
            return
        own = bearer(made["accessToken"])
        self.target.credentials = replace(self.target.credentials, personal=own, member=own)
        self.rules.temporary_user = made["user"]["id"]
        self.sanitizer.is_temporary_user = True
        self.fixtures.reserve(CREATES_USERS)

    def _promote(self, user_id: int, role: str) -> None:
        """Gives a temporary user another role in the organization. Raises Unavailable."""
        headers = self.target.credentials.organization
        ids = {"orgId": self.scope["orgId"], "membershipId": self._membership_of(user_id, headers)}
        body = {"role": role, "accepted": True}
        reply = self.gate.send(request_to("PATCH", f"{MEMBERSHIPS}/{{membershipId}}", headers, ids=ids, body=body))
        if reply.status != 200:
            raise Unavailable(f"a temporary user could not get the role {role}: {reply.status}")

    def _membership_of(self, user_id: int, headers: Mapping[str, str]) -> int:
        """The id of a temporary user's membership of the organization. Raises Unavailable."""
        for page in count():
            ids, query = {"orgId": self.scope["orgId"]}, {"take": PAGE, "skip": page * PAGE}
            members = self.gate.send(request_to("GET", MEMBERSHIPS, headers, ids=ids, query=query)).data
            if not is_list(members) or not members:
                break
            for each in members:
                if each.get("userId") == user_id:
                    return each["id"]
        raise Unavailable("the organization does not list the temporary user as a member")

    def _create_user(self) -> dict[str, Any] | None:
        reply = self.fixtures.create(self.catalogue.operations[CREATES_USERS])
        data = reply.data if reply is not None and reply.succeeded else None
        if not is_object(data) or "accessToken" not in data:
            return None
        user = data.get("user")
        return data if is_object(user) and "id" in user else None

    def _ask(self, path: str, headers: dict[str, str], whose: str) -> Any:
        reply = self.gate.get(path, headers)
        if self.gate.stopped is not None or reply.is_own:
            raise CouldNotRun(self.gate.stopped or f"{self.gate.base_url} does not answer")
        if reply.status in (401, 403):
            raise CouldNotRun(f"the credentials are bad: GET {path} answers {reply.status} to {whose}")
        if reply.status != 200 or not is_object(reply.content):
            raise CouldNotRun(f"GET {path} answers {reply.status} to {whose}; is it a server of this API?")
        return reply.data


@contextmanager
def ended_like_ctrl_c() -> Generator[None]:
    """Handles SIGTERM like Ctrl-C, so that everything that was created is removed."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
