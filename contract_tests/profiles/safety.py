"""Safety rules for deployments: only data of the suite is changed or deleted, and no person is contacted."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from contract_tests.catalogue import Catalogue, always_has, declares_effects, has_effect, is_read, path_parameters
from contract_tests.http import json_of
from contract_tests.ledger import Ledger
from contract_tests.nonexistent import LARGEST_ID, NO_CLIENT, NO_TEXT, UNKNOWN_NAME
from mock_server.runtime.description import Operation
from mock_server.runtime.effects import (
    CALLER,
    CREDENTIALS,
    DESTINATION_CALENDAR,
    IRREVERSIBLE,
    ORGANIZATION,
    REACHES_PEOPLE,
)
from mock_server.runtime.json_values import is_list, is_object

UNLESS_ALL_OPERATIONS = " (--all-operations includes it)"
IRREVERSIBLE_REASON = "it cannot be undone, or other people would notice"

SCOPES = ("orgId", "clientId")
"""Path parameters that give the scope of an operation."""

CHOICES = ("calendar", "app", "permission")
"""Path parameters that are not ids."""

REFERENCES = frozenset(
    {
        "userId",
        "toUserId",
        "eventTypeId",
        "parentId",
        "teamId",
        "scheduleId",
        "bookingUid",
        "rescheduleUid",
        "attributeId",
        "attributeOptionId",
        "activeOnEventTypeIds",
        "activeOnRoutingFormIds",
        "responseId",
        "queuedResponseId",
        "verifiedEmailId",
        "verifiedPhoneId",
    }
)
"""Fields of bodies that refer to something, which must belong to the suite."""

OTHERS = {
    "toUserId": "userId",
    "parentId": "eventTypeId",
    "rescheduleUid": "bookingUid",
    "activeOnEventTypeIds": "eventTypeId",
    "activeOnRoutingFormIds": "routingFormId",
}
"""Fields that refer to another thing than the request's own, with the parameter for a thing of that kind."""

NAME_LOOKUPS = frozenset({"username", "teamSlug", "organizationSlug", "usernames"})
"""Fields of bodies that look up users, teams or organizations by name."""

_RESERVED = re.compile(r"(.*[@.])?example\.(com|net|org)|.*\.(example|test|invalid)|localhost", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s().\-/]")
MAIL = re.compile(r"[^\s@,;]+@([^\s@,;]+\.[^\s@,;]+)")
_SERVER = re.compile(r"(?:https?:[/\\]*|\w+://)(?:[^/\\?#]*@)?([^/\\:?#]*)", re.IGNORECASE)
"""An address with its host. Servers read it as browsers do, so that slashes may be missing, or be backslashes."""
_IGNORED_IN_ADDRESSES = re.compile(r"[\x00-\x20\s\ufeff]")
"""Browsers drop control characters at the ends of an address, and tabs and line ends anywhere; servers trim spaces."""
PHONE = re.compile(r"\+\d{7,15}")
_FICTIONAL = re.compile(r"\+1\d{3}55501\d\d|\+442079460\d{3}")
"""Numbers reserved for fiction in the numbering plans of North America and the UK."""
_SHORTEST_ID = 12


class OwnedIds:
    """Ids of things that the suite created, by path parameter. They stay owned after the thing is removed."""

    def __init__(self) -> None:
        self._ids: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        self._gone: set[tuple[str, str]] = set()

    def add(self, name: str, value: Any) -> None:
        """Adds an id."""
        self._ids[kind(name)].pop(str(value), None)
        self._ids[kind(name)][str(value)] = value
        self._gone.discard((kind(name), str(value)))

    def remove(self, name: str, value: Any) -> None:
        """Records that the thing with the id is removed."""
        self._gone.add((kind(name), str(value)))

    def is_gone(self, name: str, value: Any) -> bool:
        """Whether the suite created the thing and it is removed."""
        return (kind(name), str(value)) in self._gone

    def latest(self, name: str, *, but: Any = None) -> Any:
        """The newest id of a thing that is not removed, other than `but`; None if there is none."""
        standing = [value for text, value in self._ids[kind(name)].items() if not self.is_gone(name, text)]
        others = [value for value in standing if str(value) != str(but)]
        return others[-1] if others else None

    def __contains__(self, named: tuple[str, Any]) -> bool:
        name, value = named
        return str(value) in self._ids[kind(name)]


def owned_ids_in(ledger: Ledger, catalogue: Catalogue) -> OwnedIds:
    """The ids of what earlier runs created, from their ledger."""
    owned = OwnedIds()
    for thing in reversed(ledger.standing()):
        own = path_parameters(catalogue.operations[thing.remover])[-1]
        owned.add(own, thing.ids[own])
    for remover, ids in ledger.gone():
        own = path_parameters(catalogue.operations[remover])[-1]
        owned.add(own, ids[own])
        owned.remove(own, ids[own])
    return owned


class Rules:
    """Decides which requests are safe to send.

    `scope` has the organization and the client of the credentials, `temporary_user` the id of the user of personal
    requests if the suite created that user, and `inbox` the address of the configured webhook inboxes.
    """

    def __init__(self, catalogue: Catalogue, owned: OwnedIds, scope: dict[str, Any], all_operations: bool) -> None:
        self._catalogue = catalogue
        self._owned = owned
        self.work_within(scope)
        self._all_operations = all_operations
        self.temporary_user: int | None = None
        self.inbox: str | None = None

    def work_within(self, scope: dict[str, Any]) -> None:
        """Sets the organization and the client of the credentials."""
        self._scope = {name: str(value) for name, value in scope.items()}

    def exclusion(self, operation: Operation) -> str | None:
        """Why an operation is never called; None if it may be."""
        if not declares_effects(operation):
            return "the description does not declare its effects"
        if always_has(operation, IRREVERSIBLE):
            return IRREVERSIBLE_REASON
        if always_has(operation, CALLER, CREDENTIALS) and self.temporary_user is None:
            return "it changes the caller's own account, and there is no temporary user"
        if always_has(operation, DESTINATION_CALENDAR) and self.temporary_user is None and not self._all_operations:
            return f"it may choose the caller's destination calendar{UNLESS_ALL_OPERATIONS}"
        if always_has(operation, ORGANIZATION) and not self._all_operations:
            return f"it changes what a whole organization shares{UNLESS_ALL_OPERATIONS}"
        missing = [name for name in SCOPES if name in path_parameters(operation) and name not in self._scope]
        if missing:
            return f"the credentials have no {'organization' if missing == ['orgId'] else 'OAuth client'}"
        return None

    def objection(self, method: str, path: str, body: bytes, *, version: str | None, as_owner: bool) -> str | None:
        """Why a request must not be sent; None if it may.

        `version` is the value of `cal-api-version`; `as_owner` says whether it has the credentials given to the run.
        """
        if method == "OPTIONS" and self._catalogue.describes(path):
            return None
        found = self._catalogue.match("GET" if method == "HEAD" else method, path, version)
        if found is None:
            return f"{method} on this path is not described"
        operation, ids = found
        if not self._catalogue.description.serves(operation, version):
            return "an undescribed operation of another version would answer"
        if is_read(operation) and not operation.effects:
            return None
        content = json_of(body)
        return (
            self.exclusion(operation)
            or (IRREVERSIBLE_REASON if has_effect(operation, IRREVERSIBLE, content) else None)
            or (self._owner_objection(operation, content) if as_owner else None)
            or self._path_objection(operation, ids)
            or self._body_objection(operation, content)
        )

    def _owner_objection(self, operation: Operation, content: Any) -> str | None:
        if has_effect(operation, CALLER, content) or has_effect(operation, CREDENTIALS, content):
            return "it would change the owner of the credentials"
        if has_effect(operation, DESTINATION_CALENDAR, content) and not self._all_operations:
            return "it may choose the destination calendar of the credentials' owner"
        return None

    def _path_objection(self, operation: Operation, ids: dict[str, str]) -> str | None:
        for index, (name, value) in enumerate(ids.items()):
            is_scope = index < len(ids) - 1 or not operation.path.endswith(f"{{{name}}}")
            if name in CHOICES or (name in SCOPES and is_scope and self._scope.get(name) == value):
                continue
            if (name, value) not in self._owned and may_exist(value):
                return f"{name} {value!r} was not created by the suite"
            if name == "userId" and self.temporary_user is not None and value == str(self.temporary_user):
                return "it would revoke the temporary user's credentials"
        return None

    def _is_our_inbox(self, name: str, value: Any) -> bool:
        return (
            name == "subscriberUrl" and self.inbox is not None and str(value).startswith(f"{self.inbox.rstrip('/')}/")
        )

    def _body_objection(self, operation: Operation, content: Any) -> str | None:
        for name, value in _fields(content):
            if name in REFERENCES and (name, value) not in self._owned and may_exist(value):
                return f"{name} {value!r} in the body was not created by the suite"
            if name in NAME_LOOKUPS and value and value != UNKNOWN_NAME:
                return f"{name} in the body may refer to a real user or team"
            if self._is_our_inbox(name, value):
                continue
            reason = _contact_objection(name, value, numbers=has_effect(operation, REACHES_PEOPLE, content))
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
    """Whether a host name is reserved for examples, so that no one is reached there."""
    return _RESERVED.fullmatch(host) is not None


def names_foreign_server(address: str) -> bool:
    """Whether webhooks to an address would reach a server whose name is not reserved for examples."""
    host = _SERVER.match(_IGNORED_IN_ADDRESSES.sub("", address))
    return host is not None and not is_reserved(host[1])


def may_ring(value: str) -> bool:
    """Whether a text, with or without separators, is a phone number that is not reserved for fiction."""
    number = _SEPARATORS.sub("", value)
    return PHONE.fullmatch(number) is not None and _FICTIONAL.fullmatch(number) is None


def _contact_objection(name: str, value: Any, *, numbers: bool) -> str | None:
    if not isinstance(value, str):
        return None
    if numbers and may_ring(value):
        return f"{value!r} may be a real phone number"
    for host in MAIL.findall(value):
        if not is_reserved(host.rstrip(".>")):
            return f"{value!r} may be a real e-mail address"
    if name == "subscriberUrl" and names_foreign_server(value):
        return f"bookings would be sent to {value!r}"
    return None


def kind(name: str) -> str:
    """The common name of all parameters and fields that take an id of one kind."""
    return OTHERS.get(name) or {"optionId": "attributeOptionId"}.get(name, name)


def _fields(content: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """All values of a JSON document, at any depth, with the names of their fields."""
    if is_object(content):
        for key, value in content.items():
            yield from _fields(value, key)
    elif is_list(content):
        for value in content:
            yield from _fields(value, name)
    else:
        yield name, content
