"""The differences between the descriptions of two editions: operations, parameters, fields, statuses."""

from __future__ import annotations

from collections.abc import Iterator

from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.openapi import HTTP_METHODS, Document, deref
from mock_server.runtime.versions import VERSION_HEADER, url_path

DEEPEST = 10


def differences_between(older: Document, newer: Document) -> Document:
    """The `added`, `removed` and `changed` operations.

    An operation has `id`, `method`, `path`, `summary` and `versions`; a changed one also `changes`, which lists for its
    `versions`, `parameters`, `body`, `reply` and `statuses` the `added` and `removed` names. Fields are paths such as
    ``data.hosts[].email``; a value of an enumeration is written ``data.status = 'accepted'``.
    """
    before, after = _Outline(older).operations, _Outline(newer).operations
    return {
        "added": [after[key]["is"] for key in after if key not in before],
        "removed": [before[key]["is"] for key in before if key not in after],
        "changed": [
            {**after[key]["is"], "changes": changes}
            for key in after
            if key in before and (changes := _changes(before[key], after[key]))
        ],
    }


def _changes(before: Document, after: Document) -> Document:
    found: Document = {}
    for name in ("versions", "parameters", "body", "reply", "statuses"):
        added, removed = _only_in(after[name], before[name]), _only_in(before[name], after[name])
        if added or removed:
            found[name] = {"added": added, "removed": removed}
    return found


def _only_in(names: list[str], others: list[str]) -> list[str]:
    """The names that `others` lacks, without those nested in another such name."""
    gone = set(names) - set(others)
    return [name for name in names if name in gone and not any(outer in gone for outer in _outer(name))]


def _outer(name: str) -> Iterator[str]:
    """The names that enclose a field."""
    if " = " in name:
        name = name.partition(" = ")[0]
        yield name
    while "." in name or name.endswith("[]"):
        name = name[:-2] if name.endswith("[]") else name.rpartition(".")[0]
        yield name


class _Outline:
    """The operations of a bundle by method and path, as lists of names."""

    def __init__(self, bundle: Document) -> None:
        self._components: Document = bundle["components"]
        self._made: dict[str, list[str]] = {}
        self.operations = {
            f"{method} {path}": self._operation(method, path, item[method])
            for path, item in bundle["paths"].items()
            for method in HTTP_METHODS
            if method in item
        }

    def _operation(self, method: str, path: str, operation: Document) -> Document:
        parameters = [self._deref(parameter) for parameter in operation["parameters"]]
        versions = [
            value for parameter in parameters if parameter["name"] == VERSION_HEADER for value in _enum(parameter)
        ]
        others = [parameter for parameter in parameters if parameter["name"] != VERSION_HEADER]
        responses = {status: self._deref(response) for status, response in operation["responses"].items()}
        known = {
            "id": operation["operationId"],
            "method": method.upper(),
            "path": url_path(path),
            "summary": operation["summary"],
            "versions": versions,
        }
        return {
            "is": known,
            "versions": versions,
            "parameters": [name for parameter in others for name in self._parameter(parameter)],
            "body": self._content(self._deref(operation.get("requestBody", {}))),
            "reply": [
                name
                for status, response in responses.items()
                if status.startswith("2")
                for name in self._content(response)
            ],
            "statuses": list(responses),
        }

    def _parameter(self, parameter: Document) -> Iterator[str]:
        name = f"{parameter['in']}.{parameter['name']}"
        yield name
        yield from _inside(name, self._fields(parameter["schema"], ()))

    def _content(self, node: Document) -> list[str]:
        found = [self._fields(media.get("schema", {}), ()) for media in node.get("content", {}).values()]
        return list(dict.fromkeys(name.removeprefix(".") for names in found for name in names))

    def _fields(self, schema: Document, within: tuple[str, ...]) -> list[str]:
        """The parts of a schema: ``.name``, ``[]`` and `` = value``, each after the part that encloses it."""
        reference = schema.get("$ref")
        if reference is not None:
            name = reference.rpartition("/")[2]
            if name in within or len(within) > DEEPEST:
                return []
            if name not in self._made:
                self._made[name] = self._fields(self._components["schemas"][name], (*within, name))
            return self._made[name]
        found = [f" = {value!r}" for value in schema.get("enum", ()) if value is not None]
        for key in ("allOf", "oneOf", "anyOf"):
            for alternative in schema.get(key, ()):
                found += self._fields(alternative, within)
        if is_object(schema.get("items")):
            found += _inside("[]", self._fields(schema["items"], within))
        for name, declared in schema.get("properties", {}).items():
            found += [f".{name}", *_inside(f".{name}", self._fields(declared, within))]
        return list(dict.fromkeys(found))

    def _deref(self, node: Document) -> Document:
        return deref(self._components, node)


def _inside(place: str, names: list[str]) -> list[str]:
    return [place + name for name in names]


def _enum(parameter: Document) -> list[str]:
    values = parameter["schema"].get("enum", [])
    return values if is_list(values) else []
