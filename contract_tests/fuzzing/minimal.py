"""The minimal form of an example: only the required parts of its body and its query."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, cast

import schemathesis

from contract_tests.catalogue import catalogue
from contract_tests.fuzzing.provision import operation_id
from mock_server.runtime.json_values import is_object


def minimal_form(case: schemathesis.Case[Any]) -> schemathesis.Case[Any] | None:
    """The case without its optional parts; None if it has none."""
    operation = catalogue().operations[operation_id(case.operation)]
    required = {name for name, each in operation.query_types.items() if each.get("required")}
    query = {name: value for name, value in case.query.items() if name.partition("[")[0] in required}
    body = case.body
    if is_object(body) and operation.body_schema is not None:
        body = _required_of(operation.body_schema, body)
    if query == case.query and body == case.body:
        return None
    minimal: schemathesis.Case[Any] = cast("Any", case).derive(query=query, keep_auth=True)
    minimal.body = deepcopy(body)
    return minimal


def _required_of(schema: dict[str, Any], value: Any) -> Any:
    """An object without the properties that its schema does not require. Alternatives stay as they are."""
    schema = catalogue().description.components.resolve(schema)
    properties = schema.get("properties")
    if not is_object(value) or properties is None:
        return value
    return {
        name: _required_of(properties.get(name, {}), value[name])
        for name in schema.get("required", ())
        if name in value
    }
