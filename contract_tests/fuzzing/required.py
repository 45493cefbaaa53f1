"""The plainest form of an example: only what is required of its body and its query."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import schemathesis

from contract_tests.fuzzing.links import resolved


def required_only(case: schemathesis.Case) -> schemathesis.Case | None:
    """The case without everything that may be left out; None where nothing may."""
    document = case.operation.schema.raw_schema
    raw = case.operation.definition.raw
    required = {
        each["name"]
        for each in (resolved(document, parameter) for parameter in raw.get("parameters", []))
        if each["in"] == "query" and each.get("required")
    }
    query = {name: value for name, value in case.query.items() if name.partition("[")[0] in required}
    body = case.body
    if isinstance(body, dict):
        schema = resolved(document, raw["requestBody"])["content"]["application/json"]["schema"]
        body = _required_of(document, schema, body)
    if query == case.query and body == case.body:
        return None
    plainest = case.derive(query=query, keep_auth=True)
    plainest.body = deepcopy(body)
    return plainest


def _required_of(document: dict[str, Any], schema: dict[str, Any], value: Any) -> Any:
    """An object without the properties that its schema does not require. Alternatives stay as they are."""
    schema = resolved(document, schema)
    properties = schema.get("properties")
    if not isinstance(value, dict) or properties is None:
        return value
    return {
        name: _required_of(document, properties.get(name, {}), value[name])
        for name in schema.get("required", ())
        if name in value
    }
