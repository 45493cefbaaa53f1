"""Reads out of the description how operations hang together: what creates, what ends it, and who hands ids to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.description import VERSION_HEADER, Description, Operation
from mock_server.runtime.effects import CREDENTIALS

Document = dict[str, Any]

ONLY_OWN = frozenset({"delete_oauth_client", "update_oauth_client", "delete_team", "delete_organization_user"})
"""Only ever sent for what the run made: for anything else they may take its credentials away."""

ENDS_BY_POST = frozenset({"cancel_booking"})

_EXPRESSION = re.compile(
    r"\$(?:request\.(?P<part>path|query)\.(?P<name>\w+)|(?P<body>request|response)\.body#(?P<pointer>/.*))"
)
_PARAMETER = re.compile(r"\{(\w+)\}")
_STRANGERS = re.compile(r"(?:^|[a-z])(?:id|Id|Uid|uid)s?$|^(?:username|usernames|owner)$|^\w+Slug$")


@dataclass(frozen=True)
class Sent:
    """What was asked and answered on one side, for the links of the reply."""

    parameters: Document
    body: Any
    reply: Any


@dataclass(frozen=True)
class Link:
    """Says which operation can follow a reply, and with what."""

    target: str
    parameters: Document
    body: Document

    def gives_item(self, target: Operation) -> bool:
        """Whether it hands an id out of the reply to the path of the operation."""
        return any(
            isinstance(value, str) and value.startswith("$response") and name in path_parameters(target)
            for name, value in self.parameters.items()
        )


class Script:
    """The operations, and what each of them is in a story."""

    def __init__(self) -> None:
        self.description = Description(load_bundle())
        self.operations = self.description.operations
        self._links = {each.id: list(self._read_links(each)) for each in self.description}
        self._kinds = {each.id: self._kind(each) for each in self.description}

    def links(self, operation: Operation) -> list[Link]:
        """The links of its success."""
        return self._links[operation.id]

    def kind(self, operation: Operation) -> str:
        """What a bare `id` in its reply is the id of, e.g. `scheduleId`."""
        return self._kinds[operation.id]

    def ends(self, operation: Operation) -> bool:
        """Whether it puts an end to one thing."""
        return operation.id in ENDS_BY_POST or (operation.method == "DELETE" and operation.path.endswith("}"))

    def revokes(self, operation: Operation) -> bool:
        """Whether it takes the credentials away that the run itself works with."""
        return any(effect.name == CREDENTIALS for effect in operation.effects)

    def creates(self, operation: Operation) -> bool:
        """Whether it makes a thing that another operation can put an end to."""
        return operation.method == "POST" and any(
            self.ends(target) and link.gives_item(target)
            for link in self.links(operation)
            for target in [self.operations[link.target]]
        )

    def item_prefix(self, operation: Operation) -> str | None:
        """The path of the thing that an operation creates."""
        for link in self.links(operation):
            target = self.operations[link.target]
            if target.path.endswith("}") and link.gives_item(target):
                return target.path
        return None

    def below(self, prefix: str) -> Iterator[Operation]:
        """The operations of a thing and of what belongs to it."""
        return (each for each in self.description if each.path == prefix or each.path.startswith(f"{prefix}/"))

    def examples(self, operation: Operation) -> list[Any]:
        """The examples of its body; empty where it takes none."""
        if operation.request_body is None:
            return []
        media = operation.request_body["content"]["application/json"]
        if "example" in media:
            return [media["example"]]
        return [self.description.deref(each)["value"] for each in media.get("examples", {}).values()]

    def version(self, operation: Operation) -> dict[str, str]:
        """The version header, where the operation needs one."""
        return {} if operation.versions is None else {VERSION_HEADER: max(operation.versions)}

    def values(self, parameter: Document) -> list[Any]:
        """The values of a parameter that has a few only."""
        return self.description.components.resolve(parameter["schema"]).get("enum", [])

    def _read_links(self, operation: Operation) -> Iterator[Link]:
        for status, response in operation.responses.items():
            if status < 300:
                for link in map(self.description.deref, response.get("links", {}).values()):
                    parameters = {name.rpartition(".")[2]: value for name, value in link.get("parameters", {}).items()}
                    body = link.get("requestBody")
                    yield Link(link["operationId"], parameters, body if isinstance(body, dict) else {})

    def _kind(self, operation: Operation) -> str:
        if operation.path.endswith("}"):
            return path_parameters(operation)[-1]
        item = re.compile(re.escape(operation.path) + r"/\{(\w+)\}")
        for each in self.description:
            if found := item.fullmatch(each.path):
                return found[1]
        return operation.path.rpartition("/")[2] + "Id"


@cache
def script() -> Script:
    """That of this repository's description, read once."""
    return Script()


def path_parameters(operation: Operation) -> list[str]:
    """Their names, in the order of the path."""
    return _PARAMETER.findall(operation.path)


def evaluate(expression: Any, sent: Sent) -> Any:
    """The value of a link's runtime expression; None where there is nothing."""
    match = _EXPRESSION.fullmatch(expression) if isinstance(expression, str) else None
    if match is None:
        return expression
    if match["name"]:
        return sent.parameters.get(match["name"])
    found = sent.reply if match["body"] == "response" else sent.body
    for part in match["pointer"].strip("/").split("/"):
        if isinstance(found, list):
            found = found[int(part)] if part.isdecimal() and int(part) < len(found) else None
        else:
            found = found.get(part) if isinstance(found, dict) else None
    return found


def is_strangers(name: str) -> bool:
    """Whether a field of that name points at something: at a thing of the sandbox's world, in an example."""
    return _STRANGERS.search(name) is not None


def points_at_strangers(value: Any) -> bool:
    """Whether an example refers to things that only the sandbox has."""
    if isinstance(value, dict):
        return any(
            (is_strangers(name) and not isinstance(each, dict)) or points_at_strangers(each)
            for name, each in value.items()
        )
    return isinstance(value, list) and any(map(points_at_strangers, value))
