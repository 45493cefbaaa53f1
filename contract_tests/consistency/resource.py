"""The shape of a resource: its paths, bodies and peculiarities."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from contract_tests.consistency.session import Session
from contract_tests.nonexistent import NO_NUMBER

Fields = dict[str, Any]
Within = Callable[[Session], AbstractContextManager[Fields]]


@contextmanager
def no_context(session: Session) -> Generator[Fields]:
    """The ids of the credentials' organization and OAuth client."""
    yield {"orgId": session.actors.organization_id, "clientId": session.actors.client_id}


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A kind of resource.

    `collection` is the path of creating and listing, `item` that of one thing, whose last parameter is its id.
    `body` gives valid fields of a new one, `change` of an update, and `wrong` are fields that make either invalid.
    `within` makes what has to be there before. `unlike` names fields that are not answered as they were sent, at all,
    on creation, or in lists; `changes` those that change with every update. `made` finds the thing in the reply to its
    creation, `filters` gives a query that only the thing fits, `pages` the names of the two parameters of a page.
    `create_groups` and `update_groups` are further optional fields, in groups that may be sent together. `texts` names
    fields that take any text, which updates may set.
    """

    name: str
    collection: str
    item: str
    purpose: str
    body: Callable[[Session, Fields], Fields]
    change: Callable[[Session], Fields] | None = None
    wrong: tuple[Fields, ...] = ()
    within: Within = no_context
    version: str | None = None
    unlike: frozenset[str] = frozenset()
    unlike_create: frozenset[str] = frozenset()
    made: Callable[[Any], Any] = lambda data: data
    id_field: str = "id"
    is_listed: bool = True
    is_read: bool = True
    pages: tuple[str, str] | None = ("take", "skip")
    unknown_id: Any = NO_NUMBER
    unlike_list: frozenset[str] = frozenset()
    list_query: Callable[[Fields], Fields] = lambda _: {}
    filters: Callable[[Fields], Fields] | None = None
    gone_is_null: bool = False
    update: str = "PATCH"
    changes: frozenset[str] = frozenset()
    create_groups: tuple[Fields, ...] = ()
    update_groups: tuple[Fields, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def parameter(self) -> str:
        """The name of the item's own path parameter."""
        return self.item.rpartition("{")[2].partition("}")[0]
