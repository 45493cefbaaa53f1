"""The description as the runtime uses it: operations with their parameters, bodies, replies, versions and rules."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from mock_server.runtime.access_rule import read_access
from mock_server.runtime.body_encoding import FORM_TYPE
from mock_server.runtime.effects import Effect, read_effects
from mock_server.runtime.limit import Limit, read_limit
from mock_server.runtime.narrowing import PROJECTED
from mock_server.runtime.openapi import HTTP_METHODS, Document, deref
from mock_server.runtime.projection import Project, Projections
from mock_server.runtime.rules import ValidationErrorReporter
from mock_server.runtime.schemas import Components, Schema
from mock_server.runtime.versions import DEFAULT_VERSION, VERSION_HEADER, effective_version, url_path


class Operation:
    """One method on one path, in one or all of its versions. `key` is its key under `paths` in the document."""

    def __init__(self, description: Description, key: str, method: str, document: Document) -> None:
        self._description = description
        self.key = key
        self.path = url_path(key)
        self.method = method.upper()
        self.id: str = document["operationId"]
        self.area: str = document["x-area"]
        self.file: str = document["x-file"]
        self.tag: str = document["tags"][0]
        self.summary: str = document["summary"]
        self.evidence: str | None = document.get("x-evidence")
        self.access = read_access(document["x-access"])
        self.effects: tuple[Effect, ...] = read_effects(document["x-effects"]) if "x-effects" in document else ()
        self.rate_limit: Limit | None = read_limit(document["x-rate-limit"]) if "x-rate-limit" in document else None
        self.parameters: list[Document] = [description.deref(parameter) for parameter in document["parameters"]]
        self.responses: dict[int, Document] = {
            int(status): description.deref(response) for status, response in document["responses"].items()
        }
        self.has_retry_after = "Retry-After" in self.responses.get(429, {}).get("headers", {})
        self.request_body: Document | None = (
            description.deref(document["requestBody"]) if "requestBody" in document else None
        )
        # One operation of this edition can only refuse; then its refusal is the described reply.
        # Some operations validate their own input, in their own order and with their own texts.
        self.validates_itself = document.get("x-validation") == "operation"
        self.joins_complaints = document.get("x-validation") == "joined"
        self.refusals_show_defaults = document.get("x-refusals-show-defaults") is True
        self.success_status = min([status for status in self.responses if status < 304] or self.responses)
        self.path_types: dict[str, str | None] = {
            parameter["name"]: self.type_of(parameter) for parameter in self.parameters if parameter["in"] == "path"
        }
        self.query_types: dict[str, Document] = {
            parameter["name"]: parameter for parameter in self.parameters if parameter["in"] == "query"
        }
        self.defaulting = frozenset(
            name for name, parameter in self.query_types.items() if parameter.get("x-empty-is-default")
        )
        """Query parameters that are treated as absent if empty."""
        self._reply_validators: dict[tuple[int, bool], Any] = {}
        self.projections: dict[int, Project] = self._projections() if document.get(PROJECTED) else {}
        """By status, the projection of the newest edition's replies onto this one. Other replies are unchanged."""

    @property
    def place(self) -> str:
        """Where the operation is described, for the start of messages."""
        return f"{self.file}: {self.method} {self.path}"

    @cached_property
    def versions(self) -> frozenset[str] | None:
        """The values of `cal-api-version` under which the operation exists; None for all."""
        for parameter in self.parameters:
            if parameter["name"] == VERSION_HEADER and "enum" in parameter["schema"]:
                return frozenset(parameter["schema"]["enum"])
        return None

    @cached_property
    def query_schema(self) -> Schema:
        """The schema of all query parameters as one object."""
        return {
            "type": "object",
            "properties": {
                name: {**self._description.components.resolve(parameter["schema"]), **_own_rules(parameter)}
                for name, parameter in self.query_types.items()
            },
            "required": [name for name, parameter in self.query_types.items() if parameter.get("required")],
        }

    @cached_property
    def query_validator(self) -> Any:
        """Validates the query parameters as one object."""
        return self._description.components.compile(self.query_schema, request=True)

    @cached_property
    def body_schema(self) -> Schema | None:
        """The schema of the JSON body."""
        return None if self.request_body is None else self.request_body["content"]["application/json"]["schema"]

    @cached_property
    def takes_forms(self) -> bool:
        """Whether the body may be a form instead of JSON."""
        return self.request_body is not None and FORM_TYPE in self.request_body["content"]

    @cached_property
    def body_validator(self) -> Any:
        """Validates the JSON body; None if the operation takes none."""
        return (
            None if self.body_schema is None else self._description.components.compile(self.body_schema, request=True)
        )

    @cached_property
    def body_properties(self) -> frozenset[str] | None:
        """The names of the body's fields if all of them are plain values; None if any is nested."""
        if self.body_schema is None:
            return None
        components = self._description.components
        fields = components.properties(self.body_schema)
        if any(components.resolve(field).get("type") in (None, "object", "array") for field in fields.values()):
            return None
        return frozenset(fields)

    def reply_schema(self, status: int) -> Schema | None:
        """The schema of the JSON reply with `status`; None if it has none."""
        return self.responses[status].get("content", {}).get("application/json", {}).get("schema")

    def reply_validator(self, status: int, *, closed: bool) -> Any:
        """Validates replies with `status`; None if these have no content."""
        key = (status, closed)
        if key not in self._reply_validators:
            schema = self.reply_schema(status)
            self._reply_validators[key] = (
                None if schema is None else self._description.components.compile(schema, closed=closed)
            )
        return self._reply_validators[key]

    def type_of(self, parameter: Document) -> str | None:
        """The JSON type of a parameter's values."""
        return self._description.components.resolve(parameter["schema"]).get("type")

    def _projections(self) -> dict[int, Project]:
        compiled = {
            status: self._description.projections.of(schema)
            for status in self.responses
            if status < 300 and (schema := self.reply_schema(status)) is not None
        }
        return {status: project for status, project in compiled.items() if project is not None}

    def is_nullable_body(self) -> bool:
        """Whether the request may come without a body."""
        return self.request_body is None or not self.request_body.get("required", False)


class Description:
    """The bundle, read once."""

    def __init__(self, bundle: Document) -> None:
        self.bundle = bundle
        self.components = Components(bundle["components"]["schemas"])
        self.error_reporter = ValidationErrorReporter(self.components)
        self.projections = Projections(self.components)
        self.operations: dict[str, Operation] = {}
        self.forwards: dict[str, str] = {}
        for path, item in bundle["paths"].items():
            for method in HTTP_METHODS:
                if method in item:
                    operation = Operation(self, path, method, item[method])
                    self.operations[operation.id] = operation
                    self.forwards.update(item[method].get("x-forwards", {}))

    @cached_property
    def known_versions(self) -> frozenset[str]:
        """All values of `cal-api-version` that select an operation. Any other counts as the default."""
        return frozenset({DEFAULT_VERSION}.union(*(operation.versions or () for operation in self)))

    def serves(self, operation: Operation, version: str | None) -> bool:
        """Whether an operation serves requests with this `cal-api-version`; None means without the header."""
        return operation.versions is None or effective_version(version, self.known_versions) in operation.versions

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.operations.values())

    def deref(self, node: Document) -> Document:
        """Follows a reference to a component."""
        return deref(self.bundle["components"], node)


def _own_rules(parameter: Document) -> Document:
    return {"x-rules": parameter["x-rules"]} if "x-rules" in parameter else {}
