"""The terms of any OpenAPI document: its methods, and references to its components."""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]

HTTP_METHODS = ("get", "put", "post", "delete", "patch")


def deref(components: Document, node: Document) -> Document:
    """`node`, or the component that it refers to."""
    while "$ref" in node:
        _, _, kind, name = node["$ref"].split("/")
        node = components[kind][name]
    return node
