"""How operations depend on each other: which ones create and remove things, and which pass ids to which."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from contract_tests.catalogue import Catalogue, catalogue_of, ends, path_parameters
from contract_tests.links import Link, reads_reply
from mock_server.runtime.description import Operation
from mock_server.runtime.effects import CREDENTIALS
from mock_server.runtime.json_values import is_list, is_object

ONLY_CREATED = frozenset({"delete_oauth_client", "update_oauth_client", "delete_team", "delete_organization_user"})
"""Only sent for things that the run created: for others they may revoke the run's own credentials."""

_POINTS_ELSEWHERE = re.compile(r"(?:^|[a-z])(?:id|Id|Uid|uid)s?$|^(?:username|usernames|owner)$|^\w+Slug$")


class OperationGraph:
    """The operations of a catalogue, and their roles in a comparison."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.description = self.catalogue.description
        self.operations = self.catalogue.operations
        self._kinds = {each.id: self._kind(each) for each in self.description}

    def kind(self, operation: Operation) -> str:
        """The kind of a bare `id` in its reply, such as `scheduleId`."""
        return self._kinds[operation.id]

    def revokes(self, operation: Operation) -> bool:
        """Whether an operation revokes the run's own credentials."""
        return any(effect.name == CREDENTIALS for effect in operation.effects)

    def creates(self, operation: Operation) -> bool:
        """Whether an operation creates a thing that another one can remove."""
        return operation.method == "POST" and any(
            ends(target) and gives_item(link, target)
            for link in self.catalogue.links(operation)
            for target in [self.operations[link.target]]
        )

    def item_prefix(self, operation: Operation) -> str | None:
        """The path of the thing that an operation creates; None if it has none."""
        for link in self.catalogue.links(operation):
            target = self.operations[link.target]
            if target.path.endswith("}") and gives_item(link, target):
                return target.path
        return None

    def below(self, prefix: str) -> Iterator[Operation]:
        """The operations of a thing and of everything below its path."""
        return (each for each in self.description if each.path == prefix or each.path.startswith(f"{prefix}/"))

    def values(self, parameter: dict[str, Any]) -> list[Any]:
        """The values of a parameter with an enum; empty for others."""
        return self.description.components.resolve(parameter["schema"]).get("enum", [])

    def _kind(self, operation: Operation) -> str:
        if operation.path.endswith("}"):
            return path_parameters(operation)[-1]
        item = re.compile(re.escape(operation.path) + r"/\{(\w+)\}")
        for each in self.description:
            if found := item.fullmatch(each.path):
                return found[1]
        return operation.path.rpartition("/")[2] + "Id"


@cache
def operation_graph(edition: str) -> OperationGraph:
    """The graph of our own description in an edition."""
    return OperationGraph(catalogue_of(edition))


def gives_item(link: Link, target: Operation) -> bool:
    """Whether a link hands an id from the reply to the path of its target."""
    return any(reads_reply(value) and name in path_parameters(target) for name, value in link.parameters.items())


def points_elsewhere(name: str) -> bool:
    """Whether a field of this name refers to a thing: in an example, one of the default world."""
    return _POINTS_ELSEWHERE.search(name) is not None


def refers_elsewhere(value: Any) -> bool:
    """Whether an example refers to things that only a sandbox has."""
    if is_object(value):
        return any(
            (points_elsewhere(name) and not is_object(each)) or refers_elsewhere(each) for name, each in value.items()
        )
    return is_list(value) and any(map(refers_elsewhere, value))
