"""The description's operations: which one a request reaches, what it makes, and what removes that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, unquote

from contract_tests.fuzzing.links import is_of_reply, links_of, resolved
from mock_server.runtime.effects import OUTLIVES_ITS_MAKER, Effect, read_effects

HTTP_METHODS = ("get", "put", "post", "delete", "patch")
VERSION_HEADER = "cal-api-version"
REMOVING_POSTS = frozenset({"cancel_booking"})


@dataclass(frozen=True)
class Operation:
    """One method on one path.

    `version` is the value of `cal-api-version` to send, and `versions` are those that it is described for: with
    another one, or without any, a server may answer with an operation of which nothing is known. Both are None where
    the header makes no difference.
    """

    id: str
    method: str
    path: str
    version: str | None
    versions: frozenset[str] | None
    raw: dict[str, Any]

    @cached_property
    def effects(self) -> tuple[Effect, ...]:
        """What it does besides answering."""
        return read_effects(self.raw["x-effects"]) if "x-effects" in self.raw else ()

    @property
    def is_declared(self) -> bool:
        """Whether its effects are known. A read that declares none has none."""
        return self.is_read or bool(self.effects)

    def always(self, *effects: str) -> bool:
        """Whether each request has one of the effects."""
        return any(each.name in effects and not each.fields for each in self.effects)

    def has(self, effect: str, body: Any) -> bool:
        """Whether a request with this body has an effect."""
        return any(each.name == effect and each.happens(body) for each in self.effects)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Names of the path's parameters."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    def at(self, ids: Mapping[str, Any]) -> str:
        """The path with these ids."""
        return re.sub(r"{(\w+)}", lambda found: quote(str(ids[found[1]]), safe=""), self.path)

    @property
    def is_read(self) -> bool:
        """Whether it asks only."""
        return self.method == "GET"


class Catalogue:
    """All operations of a bundle."""

    def __init__(self, bundle: dict[str, Any]) -> None:
        self.bundle = bundle
        self.operations = {
            raw["operationId"]: Operation(raw["operationId"], method.upper(), path, *_versions(bundle, raw), raw)
            for path, item in bundle["paths"].items()
            for method, raw in item.items()
            if method in HTTP_METHODS
        }

    def removals(self, operation: Operation) -> list[dict[str, Any]]:
        """Links from what an operation makes to what removes it."""
        return [link for link in self._links[operation.id] if self._removes(link)]

    def links(self, operation: Operation) -> list[dict[str, Any]]:
        """All links of an operation's success replies."""
        return self._links[operation.id]

    @cached_property
    def making(self) -> list[Operation]:
        """Operations that make something that can be removed."""
        return [each for each in self.operations.values() if each.method == "POST" and self.removals(each)]

    @cached_property
    def removing(self) -> frozenset[str]:
        """What removes one such thing."""
        return frozenset(link["operationId"] for each in self.making for link in self.removals(each))

    @cached_property
    def asking(self) -> frozenset[str]:
        """Fields of bodies that have an effect which the request would not have without them."""
        return frozenset(name for each in self.operations.values() for effect in each.effects for name in effect.fields)

    def outlives_its_maker(self, operation_id: str) -> bool:
        """Whether what an operation made stays when the user who made it goes."""
        return self.operations[operation_id].always(OUTLIVES_ITS_MAKER)

    def match(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation that a request reaches, and its path parameters.

        Lenient as the live service is: case, doubled and trailing slashes, `/api/v2` and `/v2/ee` make no difference.
        """
        parts = [unquote(part) for part in path.split("/") if part]
        if parts[:1] == ["api"]:
            parts = parts[1:]
        if parts[1:2] == ["ee"]:
            parts = [parts[0], *parts[2:]]
        for operation, template in self._templates.get((method.upper(), len(parts)), ()):
            names: dict[str, str] = {}
            for expected, given in zip(template, parts, strict=True):
                if expected.startswith("{"):
                    names[expected.strip("{}")] = given
                elif expected != given.lower():
                    break
            else:
                return operation, names
        return None

    @cached_property
    def _links(self) -> dict[str, list[dict[str, Any]]]:
        return {each.id: links_of(self.bundle, each.raw) for each in self.operations.values()}

    @cached_property
    def _templates(self) -> dict[tuple[str, int], list[tuple[Operation, list[str]]]]:
        """By method and number of segments, literal ones first."""
        found: dict[tuple[str, int], list[tuple[Operation, list[str]]]] = {}
        for operation in sorted(self.operations.values(), key=lambda each: each.path.replace("{", "~")):
            template = operation.path.strip("/").split("/")
            found.setdefault((operation.method, len(template)), []).append((operation, template))
        return found

    def _removes(self, link: dict[str, Any]) -> bool:
        """Whether it leads to what removes the very thing whose id it hands on, and not what belongs to that."""
        target = self.operations[link["operationId"]]
        removes = target.id in REMOVING_POSTS or (target.method == "DELETE" and target.path.endswith("}"))
        return removes and is_of_reply(link.get("parameters", {}).get(target.parameters[-1]))


def _versions(bundle: dict[str, Any], raw: dict[str, Any]) -> tuple[str, frozenset[str]] | tuple[None, None]:
    for each in raw.get("parameters", []):
        parameter = resolved(bundle, each)
        if parameter["name"] == VERSION_HEADER and parameter.get("required"):
            values = parameter["schema"]["enum"]
            return parameter.get("example") or values[-1], frozenset(values)
    return None, None
