"""Schemathesis' hooks: valid credentials on every request, path ids that exist, and no cutting off of our own branch.

`aim` says at whom; schemathesis registers hooks once per process.
"""

from __future__ import annotations

from typing import Any, cast

import schemathesis
from jsonschema_rs import Draft4Validator
from schemathesis.core.failures import AcceptedNegativeData, Failure, ServerError
from schemathesis.core.jsonschema import make_validator
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

from contract_tests.catalogue import catalogue
from contract_tests.fuzzing import formats
from contract_tests.fuzzing.provision import operation_id
from contract_tests.fuzzing.registration import credentials_provider, hook
from contract_tests.fuzzing.target import Credentials, Target, Undo
from contract_tests.http import NOT_SENT
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.versions import DEFAULT_VERSION, VERSION_HEADER

formats.register()

_target = Target(Credentials())
_undo: dict[str, Undo] = {}


def aim(target: Target) -> None:
    """From now on requests go with this target's credentials and ids."""
    global _target  # Hooks are registered per process and take no arguments.
    _target = target
    _undo.clear()


def target() -> Target:
    """Whom the requests are aimed at."""
    return _target


class RunCredentials:
    """The credentials that the path needs."""

    def get(self, case: schemathesis.Case[Any], _: schemathesis.AuthContext) -> dict[str, str] | None:
        """See schemathesis.AuthProvider."""
        return _target.credentials.headers(case.operation.path) or None

    def set(self, case: schemathesis.Case[Any], data: dict[str, str], _: schemathesis.AuthContext) -> None:
        """See schemathesis.AuthProvider."""
        cast("Any", case).headers.update(data)


credentials_provider(RunCredentials)


@hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    """Puts in ids, and prepares to undo what must not last."""
    del context, kwargs
    if _target.before is not None:
        _target.before(operation_id(case.operation))
    _put_ids(case)
    _put_fields(case)
    if _target.steer is not None:
        _target.steer(case)
    _keep_secrets(case)
    _spell_out_objects(case)
    if _target.protect is not None and _should_be_undone(case):
        _undo[case.id] = _target.protect()


@hook
def after_call(
    context: schemathesis.HookContext, case: schemathesis.Case[Any], response: schemathesis.Response
) -> None:
    """Undoes it."""
    del context, response
    undo = _undo.pop(case.id, None)
    if undo is not None:
        undo()


@hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
    """Leaves out what the target has no time for."""
    del context
    is_good = case.meta is None or case.meta.generation.mode.is_positive
    return _target.keep is None or _target.keep(operation_id(case.operation), is_good)


@hook
def filter_failure(
    context: schemathesis.HookContext, failure: Failure, case: schemathesis.Case[Any], response: schemathesis.Response
) -> bool:
    """Drops complaints about bad data that the API reads as good, and about requests that were held back.

    A server error is one finding, whatever else it breaks.
    """
    del context
    if NOT_SENT in response.headers:
        return False
    if response.status_code >= 500:
        return isinstance(failure, ServerError)
    is_fine = reads_as_valid(case) or _counts_as_default_version(case) or _lists_nothing(case, response)
    return not (isinstance(failure, AcceptedNegativeData) and is_fine)


def _should_be_undone(case: schemathesis.Case[Any]) -> bool:
    """Whether the request takes away our credentials, or what the next requests to the operation have to find."""
    is_alone = case.meta is not None and case.meta.phase.name != TestPhase.STATEFUL
    return (is_alone and case.method == "DELETE") or _target.cuts(
        operation_id(case.operation), case.path_parameters or {}
    )


def reads_as_valid(case: schemathesis.Case[Any]) -> bool:
    """Whether the API drops what is wrong with the case's body before it looks at it.

    Source: Cal.com API v2: unknown fields are dropped; no body, a list, and other content types count as `{}`.
    """
    data = case.meta.phase.data if case.meta else None
    if data is None or data.parameter_location not in (ParameterLocation.BODY, None):
        return False
    if "unexpected properties" in (data.description or "").lower():
        return True
    return not is_object(case.body) and _takes_nothing(case.operation)


def _counts_as_default_version(case: schemathesis.Case[Any]) -> bool:
    """Whether the case is about a version that is none, and the operation is that of the default version."""
    data = case.meta.phase.data if case.meta else None
    if data is None or data.parameter_location != ParameterLocation.HEADER:
        return False
    versions = catalogue().operations[operation_id(case.operation)].versions
    return data.parameter in (None, VERSION_HEADER) and versions is not None and DEFAULT_VERSION in versions


def _lists_nothing(case: schemathesis.Case[Any], response: schemathesis.Response) -> bool:
    """Whether the list of a thing that cannot be is empty."""
    data = case.meta.phase.data if case.meta else None
    is_path = data is not None and data.parameter_location == ParameterLocation.PATH
    return is_path and response.status_code == 200 and response.json().get("data") == []


def _takes_nothing(operation: Any) -> bool:
    """Whether an empty object fits one of the operation's bodies."""
    return any(make_validator(body.optimized_schema, Draft4Validator).is_valid({}) for body in operation.body)


def _put_ids(case: schemathesis.Case[Any]) -> None:
    """Real ids in place of made-up ones, except where a made-up id is what the case is about."""
    meta = case.meta
    if meta is None:
        return
    # A sequence follows links, which give the ids of what it made itself.
    known = dict(_target.anywhere)
    if meta.phase.name != TestPhase.STATEFUL:
        known = _target.ids.get(operation_id(case.operation), {}) | known
    for location, values in ((ParameterLocation.PATH, case.path_parameters), (ParameterLocation.QUERY, case.query)):
        if meta.is_negative_at(location) or meta.phase.data.parameter_location == location:
            continue
        for name in values or ():
            if name in known:
                values[name] = known[name]


def _put_fields(case: schemathesis.Case[Any]) -> None:
    """The same for fields of bodies that only a reply can name, such as a refresh token."""
    fields = _target.bodies.get(operation_id(case.operation))
    meta = case.meta
    if fields and meta is not None and is_object(case.body) and not meta.is_negative_at(ParameterLocation.BODY):
        case.body.update({name: value for name, value in fields.items() if name in case.body and value is not None})


def _keep_secrets(case: schemathesis.Case[Any]) -> None:
    """Schemathesis sends again what it has read. A credential that is stored would be read back, and be no leak."""
    if is_object(case.body):
        secrets = _target.credentials.secrets()
        for name, value in case.body.items():
            if isinstance(value, str) and any(secret in value for secret in secrets):
                case.body[name] = "not-a-credential"


def _spell_out_objects(case: schemathesis.Case[Any]) -> None:
    """Lists of objects in the query as the API reads them: `name[0][key]=value`. OpenAPI 3.0 leaves that open."""
    for name, value in list((case.query or {}).items()):
        if is_list(value) and value and all(is_object(each) for each in value):
            del case.query[name]
            for place, each in enumerate(value):
                case.query.update({f"{name}[{place}][{key}]": inner for key, inner in each.items()})
