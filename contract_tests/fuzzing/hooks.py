"""Schemathesis' hooks: they add credentials and existing ids, and undo requests that revoke our own credentials.

Schemathesis registers hooks once per process; `aim` sets the target of the next run.
"""

from __future__ import annotations

from typing import Any, cast

import schemathesis
from schemathesis.core.failures import AcceptedNegativeData, Failure, ServerError
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

from contract_tests.catalogue import catalogue
from contract_tests.fuzzing import formats
from contract_tests.fuzzing.invalid_parts import ignores_all_invalid_parts
from contract_tests.fuzzing.provision import operation_id
from contract_tests.fuzzing.registration import credentials_provider, hook
from contract_tests.fuzzing.target import Credentials, Target, Undo
from contract_tests.http import NOT_SENT, SERVER_ERROR
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.versions import VERSION_HEADER, effective_version

formats.register()

_target = Target(Credentials())
_undo: dict[str, Undo] = {}


def aim(target: Target) -> None:
    """Sets the target whose credentials and ids are used from now on."""
    global _target  # Hooks are registered per process and take no arguments.
    _target = target
    _undo.clear()


def target() -> Target:
    """The current target."""
    return _target


class RunCredentials:
    """Adds the credentials that the path needs."""

    def get(self, case: schemathesis.Case[Any], _: schemathesis.AuthContext) -> dict[str, str] | None:
        """See schemathesis.AuthProvider."""
        return _target.credentials.headers(case.operation.path) or None

    def set(self, case: schemathesis.Case[Any], data: dict[str, str], _: schemathesis.AuthContext) -> None:
        """See schemathesis.AuthProvider."""
        cast("Any", case).headers.update(data)


credentials_provider(RunCredentials)


@hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]) -> None:
    """Puts in existing ids, and prepares to undo a request that must not have lasting effects."""
    del context, kwargs
    if _target.before is not None:
        _target.before(operation_id(case.operation))
    _use_existing_ids(case)
    _use_known_fields(case)
    if _target.sanitize is not None:
        _target.sanitize(case)
    _remove_credentials(case)
    _flatten_query_objects(case)
    if _target.protect is not None and _should_be_undone(case):
        _undo[case.id] = _target.protect()


@hook
def after_call(
    context: schemathesis.HookContext, case: schemathesis.Case[Any], response: schemathesis.Response
) -> None:
    """Undoes the request if it has to be undone."""
    del context, response
    undo = _undo.pop(case.id, None)
    if undo is not None:
        undo()


@hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
    """Skips the cases that the target does not keep, and those that another operation of the path would answer."""
    del context
    if _reaches_another_version(case):
        return False
    is_good = case.meta is None or case.meta.generation.mode.is_positive
    return _target.keep is None or _target.keep(operation_id(case.operation), is_good)


@hook
def filter_failure(
    context: schemathesis.HookContext, failure: Failure, case: schemathesis.Case[Any], response: schemathesis.Response
) -> bool:
    """Drops failures about invalid data that the API ignores, and about requests that were held back.

    A server error is a single failure, whatever else it breaks.
    """
    del context
    if NOT_SENT in response.headers:
        return False
    if response.status_code >= SERVER_ERROR:
        return isinstance(failure, ServerError)
    return not (isinstance(failure, AcceptedNegativeData) and ignores_all_invalid_parts(case, response))


def _should_be_undone(case: schemathesis.Case[Any]) -> bool:
    """Whether the request revokes our credentials, or deletes what later requests to the operation need."""
    is_alone = case.meta is not None and case.meta.phase.name != TestPhase.STATEFUL
    return (is_alone and case.method == "DELETE") or _target.revokes_credentials(
        operation_id(case.operation), case.path_parameters or {}
    )


def _reaches_another_version(case: schemathesis.Case[Any]) -> bool:
    """Whether the version in the case's header is that of another operation with the same method and path."""
    own = catalogue().operations[operation_id(case.operation)]
    if own.versions is None:
        return False
    headers = cast("dict[str, str]", case.headers or {})  # pyright: ignore[reportUnknownMemberType]
    version = effective_version(headers.get(VERSION_HEADER), catalogue().description.known_versions)
    return version not in own.versions and version in catalogue().versions_of_path(own)


def _use_existing_ids(case: schemathesis.Case[Any]) -> None:
    """Replaces generated ids with existing ones, unless the case is about an invalid id."""
    meta = case.meta
    if meta is None:
        return
    # A sequence follows links, which give the ids of what it created itself.
    known = dict(_target.fixed_ids(case.operation.path))
    if meta.phase.name != TestPhase.STATEFUL:
        known = _target.ids.get(operation_id(case.operation), {}) | known
    for location, values in ((ParameterLocation.PATH, case.path_parameters), (ParameterLocation.QUERY, case.query)):
        if meta.is_negative_at(location) or meta.phase.data.parameter_location == location:
            continue
        for name in values or ():
            if name in known:
                values[name] = known[name]


def _use_known_fields(case: schemathesis.Case[Any]) -> None:
    """The same for fields of bodies whose values only a reply can give, such as a refresh token."""
    fields = _target.bodies.get(operation_id(case.operation))
    meta = case.meta
    if fields and meta is not None and is_object(case.body) and not meta.is_negative_at(ParameterLocation.BODY):
        case.body.update({name: value for name, value in fields.items() if name in case.body and value is not None})


def _remove_credentials(case: schemathesis.Case[Any]) -> None:
    """Removes our credentials from bodies. Stored, they would be read back and look like a leak."""
    if is_object(case.body):
        secrets = _target.credentials.secrets()
        for name, value in case.body.items():
            if isinstance(value, str) and any(secret in value for secret in secrets):
                case.body[name] = "not-a-credential"


def _flatten_query_objects(case: schemathesis.Case[Any]) -> None:
    """Writes lists of objects in the query as the API reads them: `name[0][key]=value`. OpenAPI 3.0 leaves it open."""
    for name, value in list((case.query or {}).items()):
        if is_list(value) and value and all(is_object(each) for each in value):
            del case.query[name]
            for place, each in enumerate(value):
                case.query.update({f"{name}[{place}][{key}]": inner for key, inner in each.items()})
