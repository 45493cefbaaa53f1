"""Projects examples and replies onto schemas that lack a part of another edition."""

from __future__ import annotations

from typing import Any

from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.marks import NARROWED
from mock_server.runtime.openapi import Document, deref
from mock_server.runtime.projection import Projections
from mock_server.runtime.schemas import Components
from mock_server.state.edition import NEWEST

PROJECTED = "x-projected"
"""Marks an operation whose replies have more fields in a later edition and must be projected."""


def settle_narrowing(bundle: Document, edition: str | None) -> None:
    """Projects examples, marks the operations whose replies must be projected, and removes the selection's marks."""
    _Settlement(bundle).settle(marks_replies=edition != NEWEST)
    _remove_marks(bundle)


class _Settlement:
    def __init__(self, bundle: Document) -> None:
        self._bundle = bundle
        self._components: Document = bundle["components"]
        self._projections = Projections(Components(self._components.get("schemas", {})))

    def settle(self, *, marks_replies: bool) -> None:
        for item in self._bundle["paths"].values():
            for operation in filter(is_object, item.values()):
                if "responses" in operation:
                    self._settle_operation(operation, marks_replies=marks_replies)

    def _settle_operation(self, operation: Document, *, marks_replies: bool) -> None:
        if "requestBody" in operation:
            for media in self._deref(operation["requestBody"]).get("content", {}).values():
                self._cut_examples(media)
        for status, response in operation["responses"].items():
            for media in self._deref(response).get("content", {}).values():
                is_cut = self._cut_examples(media)
                if is_cut and marks_replies and status.startswith("2"):
                    operation[PROJECTED] = True

    def _cut_examples(self, media: Document) -> bool:
        """Projects the examples of a content whose schema is narrowed; returns whether it is."""
        if "schema" not in media or not self._is_narrowed(media, set()):
            return False
        project = self._projections.of(media["schema"])
        if project is not None:
            if "example" in media:
                media["example"] = project(media["example"])
            for example in map(self._deref, media.get("examples", {}).values()):
                example["value"] = project(example["value"])
        return True

    def _is_narrowed(self, node: Any, seen: set[str]) -> bool:
        if is_list(node):
            return any(self._is_narrowed(child, seen) for child in node)
        if not is_object(node):
            return False
        if NARROWED in node:
            return True
        reference = node.get("$ref")
        if isinstance(reference, str):
            if reference in seen:
                return False
            seen.add(reference)
            return self._is_narrowed(self._deref(node), seen)
        return any(self._is_narrowed(child, seen) for child in node.values())

    def _deref(self, node: Document) -> Document:
        return deref(self._components, node)


def _remove_marks(node: Any) -> None:
    if is_list(node):
        for child in node:
            _remove_marks(child)
    elif is_object(node):
        node.pop(NARROWED, None)
        for child in node.values():
            _remove_marks(child)
