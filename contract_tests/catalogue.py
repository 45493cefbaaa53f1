"""The one catalogue of operations: which one a request reaches, what it creates, what deletes that, its secrets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from typing import Any
from urllib.parse import unquote

from contract_tests.http import parameters_of
from contract_tests.links import Link, reads_reply
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.description import VERSION_HEADER, Description, Operation
from mock_server.runtime.editions import chosen_edition
from mock_server.runtime.effects import OUTLIVES_ITS_MAKER
from mock_server.runtime.masking import described

NAMED_BEFORE_THE_END = frozenset({"delete_routing_form_workflow"})
"""Deletions of the thing whose id is not the last part of their path."""

REMOVING_POSTS = frozenset({"cancel_booking", "cancel_booking_2024_04_15"})
"""Operations that remove a thing without being a DELETE."""

UNDESCRIBED_SECRETS = frozenset({"passwordHash", "hashedKey"})
"""Names of fields that would hold a secret, and that no reply is described to have."""


class Catalogue:
    """All operations of a bundle."""

    def __init__(self, bundle: dict[str, Any]) -> None:
        self.bundle = bundle
        self.description = Description(bundle)
        self.operations = self.description.operations

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.operations.values())

    def match(self, method: str, path: str, version: str | None = None) -> tuple[Operation, dict[str, str]] | None:
        """The operation that a request reaches, and the values of its path parameters.

        As lenient as the live service: case, doubled and trailing slashes, `/api/v2` and `/v2/ee` make no difference.
        `version` is the value of `cal-api-version`; if no operation of the path has it, any one of them counts.
        """
        reached: tuple[Operation, dict[str, str]] | None = None
        parts = [unquote(part) for part in path.split("/") if part]
        if parts[:1] == ["api"]:
            parts = parts[1:]
        if parts[1:2] == ["ee"]:
            parts = [parts[0], *parts[2:]]
        for operation, template in self._templates.get((method.upper(), len(parts)), ()):
            if reached is not None and reached[0].path != operation.path:
                break
            names = _values_of(template, parts)
            if names is None:
                continue
            if self.description.serves(operation, version):
                return operation, names
            reached = reached or (operation, names)
        return reached

    def describes(self, path: str) -> bool:
        """Whether any operation has a path."""
        return any(self.match(method, path) is not None for method in {each.method for each in self})

    def versions_of_path(self, operation: Operation) -> frozenset[str]:
        """The versions under which the method and path of an operation exist, whichever operation that is."""
        return self._versions[operation.method, operation.path]

    def current(self, operation: Operation) -> Operation:
        """The current version of an operation: the one whose key under `paths` names no version."""
        return self._current.get((operation.method, operation.path), operation)

    def links(self, operation: Operation) -> list[Link]:
        """The links of an operation's success replies."""
        return self._links[operation.id]

    def removals(self, operation: Operation) -> list[Link]:
        """The links from a thing that an operation creates to the operation that removes it."""
        return [link for link in self._links[operation.id] if self._removes(link)]

    @cached_property
    def creating(self) -> tuple[Operation, ...]:
        """The operations that create a thing that can be removed."""
        return tuple(each for each in self if each.method == "POST" and self.removals(each))

    @cached_property
    def removing(self) -> frozenset[str]:
        """The operations that remove one such thing, each in its current version."""
        targets = (self.operations[link.target] for each in self.creating for link in self.removals(each))
        return frozenset(self.current(each).id for each in targets)

    @cached_property
    def effect_fields(self) -> frozenset[str]:
        """The fields of bodies that give a request an effect that it would not have without them."""
        return frozenset(name for each in self for effect in each.effects for name in effect.fields)

    def outlives_its_maker(self, operation_id: str) -> bool:
        """Whether a thing that an operation creates stays when the user who created it is deleted."""
        return always_has(self.operations[operation_id], OUTLIVES_ITS_MAKER)

    def examples(self, operation: Operation) -> list[Any]:
        """The examples of an operation's body; empty if it takes none."""
        if operation.request_body is None:
            return []
        media = operation.request_body["content"]["application/json"]
        if "example" in media:
            return [media["example"]]
        return [self.description.deref(each)["value"] for each in media.get("examples", {}).values()]

    def required_fields(self, operation: Operation) -> list[str]:
        """The fields that an operation's body must have."""
        schema = operation.body_schema
        return [] if schema is None else self.description.components.resolve(schema).get("required", [])

    @cached_property
    def _links(self) -> dict[str, list[Link]]:
        return {each.id: list(map(Link.read, self._link_documents(each))) for each in self}

    def _link_documents(self, operation: Operation) -> Iterator[dict[str, Any]]:
        for status, response in operation.responses.items():
            if status < 300:
                yield from map(self.description.deref, response.get("links", {}).values())

    @cached_property
    def _current(self) -> dict[tuple[str, str], Operation]:
        return {(each.method, each.path): each for each in self if each.key == each.path}

    @cached_property
    def _versions(self) -> dict[tuple[str, str], frozenset[str]]:
        found: dict[tuple[str, str], frozenset[str]] = {}
        for each in self:
            place = each.method, each.path
            found[place] = found.get(place, frozenset()) | (each.versions or frozenset())
        return found

    @cached_property
    def _templates(self) -> dict[tuple[str, int], list[tuple[Operation, list[str]]]]:
        """By method and number of segments, literal segments first."""
        found: dict[tuple[str, int], list[tuple[Operation, list[str]]]] = {}
        for operation in sorted(self, key=lambda each: each.path.replace("{", "~")):
            template = operation.path.strip("/").split("/")
            found.setdefault((operation.method, len(template)), []).append((operation, template))
        return found

    def _removes(self, link: Link) -> bool:
        """Whether it leads to the removal of the thing whose id it hands on, not of things that belong to it."""
        target = self.operations[link.target]
        return ends(target) and reads_reply(link.parameters.get(path_parameters(target)[-1]))


def _values_of(template: list[str], parts: list[str]) -> dict[str, str] | None:
    """The values of a template's parameters in a path; None if the path is not of the template."""
    names: dict[str, str] = {}
    for expected, given in zip(template, parts, strict=True):
        if expected.startswith("{"):
            names[expected.strip("{}")] = given
        elif expected != given.lower():
            return None
    return names


def catalogue() -> Catalogue:
    """The catalogue of our own description, in the edition of the process."""
    return catalogue_of(chosen_edition())


@cache
def catalogue_of(edition: str) -> Catalogue:
    """The catalogue of our own description in an edition."""
    return Catalogue(load_bundle(edition=edition))


def api_path(path: str) -> str | None:
    """The path from `/v2/` on, without what stands before it, such as a sandbox's world; None outside the API."""
    start = path.find("/v2/")
    return None if start < 0 else path[start:]


def path_parameters(operation: Operation) -> tuple[str, ...]:
    """The names of an operation's path parameters, in their order."""
    return parameters_of(operation.path)


def is_read(operation: Operation) -> bool:
    """Whether an operation only reads."""
    return operation.method == "GET"


def ends(operation: Operation) -> bool:
    """Whether an operation removes the thing that its path names."""
    names_a_thing = operation.path.endswith("}") or operation.id in NAMED_BEFORE_THE_END
    return operation.id in REMOVING_POSTS or (operation.method == "DELETE" and names_a_thing)


def version_of(operation: Operation) -> str | None:
    """The value of `cal-api-version` to send; None if the header makes no difference."""
    for each in operation.parameters:
        if each["name"] == VERSION_HEADER and operation.versions is not None:
            return each.get("example") or each["schema"]["enum"][-1]
    return None


def declares_effects(operation: Operation) -> bool:
    """Whether an operation's effects are known. A read that declares none has none."""
    return is_read(operation) or bool(operation.effects)


def always_has(operation: Operation, *effects: str) -> bool:
    """Whether every request to an operation has one of the effects."""
    return any(each.name in effects and not each.fields for each in operation.effects)


def has_effect(operation: Operation, effect: str, body: Any) -> bool:
    """Whether a request with this body has an effect."""
    return any(each.name == effect and each.happens(body) for each in operation.effects)


def handed_out(operation_id: str) -> frozenset[str]:
    """The names of the secret fields that an operation's replies hand out by design."""
    return described().by_operation[operation_id]


def unexpected_secrets(operation_id: str, names: Iterable[str]) -> frozenset[str]:
    """Those among the names of a reply's fields that hold secrets which the operation does not hand out."""
    return ((described().fields | UNDESCRIBED_SECRETS) & frozenset(names)) - handed_out(operation_id)
