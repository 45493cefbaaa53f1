"""What may be sent to a deployment: nothing that the suite did not make is changed or deleted, nobody is written to."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from contract_tests.ledger import Ledger
from contract_tests.nonexistent import LARGEST_ID, NO_CLIENT, NO_TEXT, NOBODY
from contract_tests.profiles.catalogue import Catalogue, Operation

CALLBACKS = frozenset({"save_calendar_connection", "save_conferencing_connection", "save_stripe_connection"})
"""Reads by their method, which connect the caller's account to a third party."""

CHANGES_THE_CALLER = CALLBACKS | {
    "update_me", "update_destination_calendar", "select_calendar", "deselect_calendar", "create_ics_feed",
    "save_calendar_credentials", "disconnect_calendar", "connect_conferencing_app", "set_default_conferencing_app",
    "disconnect_conferencing_app",
}  # fmt: skip
"""They act on the caller's own account: only a throw-away user's is changed."""

REVOKES_THE_CALLER = frozenset({"refresh_api_key"})
"""Nobody's credentials but those of a throw-away user."""

CHOOSES_FOR_THE_CALLER = frozenset({"list_calendars", "check_calendar"})
"""Reads that choose the destination calendar of a caller who has chosen none, or whose choice is gone.

Source: Cal.com API v2, calendars: the life of the user's destination calendar.
"""

ASK_FIRST = frozenset(
    {
        # Whole organizations, people with seats that may cost money, and what all of an organization's users see.
        "create_managed_organization", "create_organization_user", "create_organization_membership",
        "create_oauth_client", "create_organization_attribute", "create_organization_webhook",
    }
)  # fmt: skip
"""The account's owners want to be asked before: `--all-operations`."""

NEVER = frozenset(
    {
        # There is no undoing these.
        "create_delegation_credential", "update_delegation_credential",
        # Somebody's telephone rings.
        "create_team_event_type_phone_call", "create_organization_team_event_type_phone_call",
        # Everything that the client's owner has subscribed to.
        "delete_all_oauth_client_webhooks",
        # Answers that somebody gave.
        "update_organization_routing_form_response", "update_organization_team_routing_form_response",
    }
)  # fmt: skip

READING = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

SCOPES = ("orgId", "clientId")
"""Path parameters that say within what an operation works."""

CHOICES = ("calendar", "app")
"""Path parameters that are no ids."""

REFERENCES = frozenset(
    {
        "userId",
        "toUserId",
        "eventTypeId",
        "parentId",
        "teamId",
        "scheduleId",
        "bookingUid",
        "attributeId",
        "attributeOptionId",
    }
)
"""Fields of bodies that name something which has to be ours."""

OTHERS = {"toUserId": "userId", "parentId": "eventTypeId"}
"""Fields that name another one than the request is about, and what it is."""

PEOPLE = frozenset({"username", "teamSlug", "organizationSlug", "usernames"})
"""Fields of bodies that find somebody by name."""

_RESERVED = re.compile(r"(.*[@.])?example\.(com|net|org)|.*\.(example|test|invalid)|localhost", re.IGNORECASE)
MAIL = re.compile(r"[^\s@]+@([^\s@]+\.[^\s@]+)")
_SHORTEST_ID = 12


class Belongings:
    """Ids of what the suite made, by the name of the path parameter that takes them. What is gone stays ours."""

    def __init__(self) -> None:
        self._ids: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        self._gone: set[tuple[str, str]] = set()

    def add(self, name: str, value: Any) -> None:
        """Takes in an id."""
        self._ids[_kind(name)].pop(str(value), None)
        self._ids[_kind(name)][str(value)] = value
        self._gone.discard((_kind(name), str(value)))

    def remove(self, name: str, value: Any) -> None:
        """What has the id is gone."""
        self._gone.add((_kind(name), str(value)))

    def is_gone(self, name: str, value: Any) -> bool:
        """Whether it was ours and is gone."""
        return (_kind(name), str(value)) in self._gone

    def latest(self, name: str) -> Any:
        """The newest id that is still there; None if there is none."""
        standing = [value for text, value in self._ids[_kind(name)].items() if not self.is_gone(name, text)]
        return standing[-1] if standing else None

    def __contains__(self, named: tuple[str, Any]) -> bool:
        name, value = named
        return str(value) in self._ids[_kind(name)]


def belongings_in(ledger: Ledger, catalogue: Catalogue) -> Belongings:
    """What earlier runs made, by their ledger."""
    mine = Belongings()
    for thing in reversed(ledger.standing()):
        own = catalogue.operations[thing.remover].parameters[-1]
        mine.add(own, thing.ids[own])
    for remover, ids in ledger.gone():
        own = catalogue.operations[remover].parameters[-1]
        mine.add(own, ids[own])
        mine.remove(own, ids[own])
    return mine


class Rules:
    """Says what is wrong with sending a request.

    `scope` has the credentials' own organization and client, `guest` the throw-away user in whose name the suite calls,
    `inbox` the address of the webhook inboxes that the team names.
    """

    def __init__(self, catalogue: Catalogue, mine: Belongings, scope: dict[str, Any], all_operations: bool) -> None:
        self._catalogue = catalogue
        self._mine = mine
        self.work_within(scope)
        self._all_operations = all_operations
        self.guest: int | None = None
        self.inbox: str | None = None

    def work_within(self, scope: dict[str, Any]) -> None:
        """The organization and the client of the credentials, once they are known."""
        self._scope = {name: str(value) for name, value in scope.items()}

    def leaves_out(self, operation: Operation) -> str | None:
        """Why an operation is not called at all; None if it is."""
        if operation.id in NEVER:
            return "it cannot be undone, or others would notice"
        if operation.id in CHANGES_THE_CALLER | REVOKES_THE_CALLER and self.guest is None:
            return "it changes the caller's own account, and there is no throw-away user"
        if operation.id in CHOOSES_FOR_THE_CALLER and self.guest is None and not self._all_operations:
            return "it may choose the caller's destination calendar (--all-operations includes it)"
        if operation.id in ASK_FIRST and not self._all_operations:
            return "it changes what a whole organization shares (--all-operations includes it)"
        missing = [name for name in SCOPES if name in operation.parameters and name not in self._scope]
        if missing:
            return f"the credentials have no {'organization' if missing == ['orgId'] else 'OAuth client'}"
        return None

    def objection(self, method: str, path: str, body: bytes, *, as_owner: bool) -> str | None:
        """Why a request must not be sent; None if it may. `as_owner`: with the credentials that the run was given."""
        found = self._catalogue.match("GET" if method == "HEAD" else method, path)
        if method in READING and (found is None or found[0].id not in CALLBACKS | CHOOSES_FOR_THE_CALLER):
            return None
        if found is None:
            return f"{method} on this path is not described"
        operation, ids = found
        reason = self.leaves_out(operation)
        if reason is None and as_owner and self._changes_its_caller(operation):
            reason = "it would change the owner of the credentials"
        acts_on_owner = as_owner and "userId" not in ids
        return reason or self._foreign_path(operation, ids) or self._foreign_body(body, acts_on_owner=acts_on_owner)

    def _changes_its_caller(self, operation: Operation) -> bool:
        chooses = operation.id in CHOOSES_FOR_THE_CALLER and not self._all_operations
        return chooses or operation.id in CHANGES_THE_CALLER | REVOKES_THE_CALLER

    def _foreign_path(self, operation: Operation, ids: dict[str, str]) -> str | None:
        for place, (name, value) in enumerate(ids.items()):
            is_scope = place < len(ids) - 1 or not operation.path.endswith(f"{{{name}}}")
            if name in CHOICES or (name in SCOPES and is_scope and self._scope.get(name) == value):
                continue
            if (name, value) not in self._mine and may_exist(value):
                return f"{name} {value!r} is not something that the suite made"
            if name == "userId" and self.guest is not None and value == str(self.guest):
                return "it would take the throw-away user's credentials away"
        return None

    def _is_our_inbox(self, name: str, value: Any) -> bool:
        return (
            name == "subscriberUrl" and self.inbox is not None and str(value).startswith(f"{self.inbox.rstrip('/')}/")
        )

    def _foreign_body(self, body: bytes, *, acts_on_owner: bool) -> str | None:
        try:
            content = json.loads(body)
        except (ValueError, RecursionError):
            return None
        chooses = isinstance(content, dict) and content.get("destinationCalendar") is not None
        if chooses and acts_on_owner and not self._all_operations:
            return "it may choose the destination calendar of the credentials' owner"
        for name, value in _fields(content):
            if name in REFERENCES and (name, value) not in self._mine and may_exist(value):
                return f"{name} {value!r} in the body is not something that the suite made"
            if name in PEOPLE and value and value != NOBODY:
                return f"{name} in the body could be somebody"
            if name == "isDefault" and value is True and acts_on_owner:
                return "it would change the default of the credentials' owner"
            reason = None if self._is_our_inbox(name, value) else _reaches_somebody(name, value)
            if reason:
                return reason
        return None


def may_exist(value: Any) -> bool:
    """Whether a value could be the id of something."""
    if value is None or isinstance(value, bool | list | dict):
        return False
    text = str(value).strip()
    if re.fullmatch(r"[+-]?\d+", text):
        return 0 < int(text) <= LARGEST_ID
    if not any(letter.isdigit() for letter in text) and len(text) < _SHORTEST_ID:
        return False
    if text in (NO_TEXT, NO_CLIENT):
        return False
    is_plain = re.fullmatch(r"[\w-]+", text, re.ASCII) is not None
    return not is_plain or len(text) >= _SHORTEST_ID or text[:1].isdigit()


def is_reserved(host: str) -> bool:
    """Whether a host name is kept for examples, so that nobody is reached there."""
    return _RESERVED.fullmatch(host) is not None


def _reaches_somebody(name: str, value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    for host in MAIL.findall(value):
        if not is_reserved(host.rstrip(".>")):
            return f"{value!r} could be somebody's e-mail address"
    if name == "subscriberUrl":
        host = re.match(r"\w+://([^/:?#]*)", value)
        if host and not is_reserved(host[1]):
            return f"bookings would be told to {value!r}"
    return None


def _kind(name: str) -> str:
    """Parameters of one kind have one name."""
    return OTHERS.get(name) or {"optionId": "attributeOptionId"}.get(name, name)


def _fields(content: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """All values of a JSON document with the names of their fields, at any depth."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _fields(value, key)
    elif isinstance(content, list):
        for value in content:
            yield from _fields(value, name)
    else:
        yield name, content
