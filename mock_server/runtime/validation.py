"""Validates parameters and body against the description, and drops undeclared fields.

Source: Cal.com API v2, global validation pipe: path, then query, then body.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import partial
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.runtime.call import Call
from mock_server.runtime.description import Description, Operation
from mock_server.runtime.elsewhere import Elsewhere
from mock_server.runtime.errors import ApiError, BadRequest, ValidationFailed
from mock_server.runtime.exchange import EXCHANGE, Exchange
from mock_server.runtime.hints import Hint, misspelt_fields
from mock_server.runtime.integers import MOST_DIGITS
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.query import IGNORES_BLANKS, index_limit, parse_query
from mock_server.runtime.reading import as_read, shown_as_read
from mock_server.runtime.rules import Errors, joined
from mock_server.runtime.schemas import Schema
from mock_server.runtime.suggestions import corrections
from mock_server.runtime.workers import Workers
from mock_server.state.work import LOOP_LIMIT, Budget, LoopLimitReached, within

_NUMBER = re.compile(rf"-?\d{{1,{MOST_DIGITS}}}(\.\d{{1,15}})?", re.ASCII)
_BOOLEANS = {"true": True, "false": False}


class Validation:
    """Raises ValidationFailed with all failed properties of the query, else of the body."""

    def __init__(self, app: ASGIApp, *, description: Description, elsewhere: Elsewhere, workers: Workers) -> None:
        self.app = app
        self._elsewhere = elsewhere
        self._workers = workers
        self._components = description.components
        self._reporter = description.error_reporter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[EXCHANGE]
        operation, call = exchange.operation, exchange.call
        assert operation is not None and call is not None
        if exchange.is_costly:
            await self._workers.run(self._check, exchange, operation, call)
        else:
            with within(Budget(LOOP_LIMIT, LoopLimitReached)):
                self._check(exchange, operation, call)
        try:
            await self.app(scope, receive, send)
        except ValidationFailed as refusal:
            if operation.body_schema is not None:
                read = as_read(self._components, operation.body_schema, call.body)
                refusal.errors = shown_as_read(refusal.errors, call.body, read)
            raise

    def _check(self, exchange: Exchange, operation: Operation, call: Call) -> None:
        _check_path(operation, call)
        sent = parse_query(exchange.query_string, index_limit(call.tx))
        if self._elsewhere.knows_inputs(operation.id):
            exchange.hint = self._elsewhere.input_hint(operation.id, sent, exchange.body) or exchange.hint
        if operation.validates_itself:
            call.query = sent
            call.body = exchange.body if is_object(exchange.body) else {}
            return
        if operation.query_types:
            if call.has("empty-page-means-default"):
                sent = {name: value for name, value in sent.items() if value or name not in operation.defaulting}
            call.query = self._query(operation, sent)
        if operation.body_schema is not None:
            call.body = self._body(operation, operation.body_schema, exchange.body)

    def _query(self, operation: Operation, sent: dict[str, Any]) -> dict[str, Any]:
        query: dict[str, Any] = {}
        for name, parameter in operation.query_types.items():
            schema = self._components.resolve(parameter["schema"])
            if name in sent:
                value = _without_blanks(sent[name]) if parameter.get(IGNORES_BLANKS) else sent[name]
                query[name] = self._coerced(schema, value, split=parameter.get("explode") is False)
        completed = {**self._defaults(operation), **query}
        if not operation.query_validator.is_valid(query):
            shown = completed if operation.refusals_show_defaults else query
            hint = partial(_about_names, sent, operation.query_types)
            raise _refusal(operation, self._reporter.errors(operation.query_schema, shown), hint)
        return completed

    def _defaults(self, operation: Operation) -> dict[str, Any]:
        schemas = {name: self._components.resolve(each["schema"]) for name, each in operation.query_types.items()}
        return {name: schema["default"] for name, schema in schemas.items() if "default" in schema}

    def _body(self, operation: Operation, schema: Schema, sent: Any) -> Any:
        body, known = sent, operation.body_properties
        if known is None or not is_object(body) or not known.issuperset(body):
            body = self._components.without_unknown(schema, body)
        if not is_object(body) and not (is_list(body) and self._takes_list(schema)):
            body = {}  # A list in place of an object has none of the fields.
        if not operation.body_validator.is_valid(body):
            hint = partial(_about_names, sent, self._components.properties(schema))
            raise _refusal(operation, self._complaints(schema, body), hint)
        return body

    def _complaints(self, schema: Schema, body: Any) -> Errors:
        """The errors of the body in the live API's form, or else of the body as it was sent."""
        read = as_read(self._components, schema, body)
        if self._takes_list(schema):
            whole = {"type": "object", "properties": {"body": schema}}
            return [
                inner
                for error in self._reporter.errors(whole, {"body": read})
                for inner in error["children"] or [error]
            ]
        return self._reporter.errors(schema, read) or self._reporter.errors(schema, body)

    def _takes_list(self, schema: Schema) -> bool:
        return self._components.resolve(schema).get("type") == "array"

    def _coerced(self, schema: Schema, value: Any, *, split: bool) -> Any:
        """Query text converted to the schema's JSON type; unchanged if that is not possible."""
        match schema.get("type"):
            case "integer" | "number" if isinstance(value, str) and _NUMBER.fullmatch(value):
                number = float(value)
                return int(number) if number.is_integer() else number
            case "boolean" if isinstance(value, str):
                return _BOOLEANS.get(value, value)
            case "array":
                return self._coerced_items(schema, value, split)
            case "object" if is_object(value):
                known = self._components.properties(schema)
                return {
                    name: self._coerced(self._components.resolve(known[name]), each, split=False)
                    if name in known
                    else each
                    for name, each in value.items()
                }
            case _:
                return value

    def _coerced_items(self, schema: Schema, value: Any, split: bool) -> Any:
        if isinstance(value, str):
            value = value.split(",") if split else [value]
        if not is_list(value):
            return value
        items = self._components.resolve(schema.get("items", {}))
        return [self._coerced(items, item, split=False) for item in value]


def _without_blanks(value: Any) -> Any:
    """The items of a list, or of a text with commas, without spaces around them, and without empty ones."""
    items = value.split(",") if isinstance(value, str) else value
    if not is_list(items):
        return items
    trimmed = [each.strip() if isinstance(each, str) else each for each in items]
    return [each for each in trimmed if each != ""]


def _refusal(operation: Operation, errors: Errors, hint: Hint) -> ApiError:
    return BadRequest(joined(errors), hint=hint) if operation.joins_complaints else ValidationFailed(errors, hint=hint)


def _about_names(sent: Any, known: Collection[str]) -> str | None:
    """The hint about misspelt names of fields or parameters."""
    found = corrections(sent, known) if is_object(sent) else []
    return misspelt_fields(found) if found else None


def _check_path(operation: Operation, call: Call) -> None:
    for name, kind in operation.path_types.items():
        if kind == "integer":
            call.path_number(name)
        elif not call.path.get(name):
            raise BadRequest(f"{name} is missing in the path")
