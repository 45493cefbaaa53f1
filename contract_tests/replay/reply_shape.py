"""What recorded replies have that the description does not allow, and what the sandbox's replies lack or add.

Places are written without positions and generated names: `data[].hosts[].name`, `data.*[].start`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from contract_tests.checks import validation_complaints
from contract_tests.http import Reply
from contract_tests.proxy.check import Checker
from contract_tests.proxy.exchange import ProxiedExchange
from mock_server.runtime.conformance import breaches
from mock_server.runtime.description import Operation
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.masking import Masker

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z_-]{0,39}")
_POSITION = re.compile(r"/\d+(?=/|$)")
_VALUE = re.compile(r'^(?:"(?:[^"\\]|\\.)*"|[\[{].*|-?\d+(?:\.\d+)?)(?= (?:is|does|has) )')
_RULE = re.compile(r"(?<=is none of ).*|(?<=does not match ).*")
_OTHER_STATUSES = re.compile(r" \(only [\d, ]+\)$")
_MISSING = re.compile(r"`([^`]+)` is missing")
_UNKNOWN = re.compile(r"(?:`[^`]+`(?:, )?)+ (?:is|are) not described")


def undescribed(checker: Checker, operation: Operation, reply: Reply) -> Iterator[str]:
    """What in a recorded exchange breaks the description, each with the status and without the recorded values.

    That includes properties of the reply that are not described, and requests that should not have been accepted, or
    not have been refused as invalid.
    """
    exchange = ProxiedExchange(reply.request, reply)
    for complaint in checker.check(exchange).complaints:
        if complaint.kind != "schema":
            text = _OTHER_STATUSES.sub("", _RULE.sub("what is described", complaint.text))
            yield f"{reply.status} {complaint.about}: {text}"
    invalid = validation_complaints(reply.content)
    if invalid and not list(checker.request_complaints(operation, _path_values(reply), exchange, Masker())):
        yield f"{reply.status} request: refused, though it fits the description: {'; '.join(invalid)}"
    validator = operation.reply_validator(reply.status, closed=True) if reply.status in operation.responses else None
    if validator is not None and reply.content is not None:
        for breach in breaches(validator, reply.content):
            place = _POSITION.sub("[]", breach.pointer or "").strip("/").replace("/", ".")
            yield from (f"{reply.status} {each}" for each in _breach_texts(place, breach.text))


def _path_values(reply: Reply) -> dict[str, str]:
    """The values of the path parameters, by name."""
    parts = zip(reply.operation.path.split("/"), reply.request.path.split("/"), strict=True)
    return {name.strip("{}"): value for name, value in parts if name.startswith("{")}


def _breach_texts(place: str, text: str) -> list[str]:
    """One text for each key that is missing or not described, so that each can be mended by itself."""
    prefix = f"{place}." if place else ""
    if found := _MISSING.fullmatch(text):
        return [f"{prefix}{found[1]} is missing"]
    if _UNKNOWN.fullmatch(text):
        return [f"{prefix}{name} is not described" for name in re.findall("`([^`]+)`", text)]
    return [f"{place or 'the body'}: {_RULE.sub('what is described', _VALUE.sub('the value', text))}"]


def key_differences(recorded: Any, own: Any, place: str = "") -> Iterator[str]:
    """The keys that only one of two replies has, and values of another type.

    A key counts as missing where all recorded items of a list have it and none of the sandbox's, and as added where it
    is the other way round. Nothing is compared where one side is null or an empty list.
    """
    if recorded is None or own is None:
        return
    if is_object(recorded) and is_object(own):
        yield from _object_differences([recorded], [own], place)
    elif is_list(recorded) and is_list(own):
        yield from _list_differences(recorded, own, f"{place}[]")
    elif _type(recorded) != _type(own):
        yield f"{place or 'the body'} is {_type(own)}, not {_type(recorded)}"


def _list_differences(recorded: list[Any], own: list[Any], place: str) -> Iterator[str]:
    if not recorded or not own:
        return
    objects, own_objects = [each for each in recorded if is_object(each)], [each for each in own if is_object(each)]
    if objects and own_objects:
        yield from _object_differences(objects, own_objects, place)
    else:
        yield from key_differences(recorded[0], own[0], place)


def _object_differences(recorded: list[dict[str, Any]], own: list[dict[str, Any]], place: str) -> Iterator[str]:
    recorded, own = list(map(_generalised, recorded)), list(map(_generalised, own))
    prefix = f"{place}." if place else ""
    for name in sorted(_in_all(recorded) - _in_any(own)):
        yield f"{prefix}{name} is missing"
    for name in sorted(_in_all(own) - _in_any(recorded)):
        yield f"{prefix}{name} is added"
    for name in sorted(_in_any(recorded) & _in_any(own)):
        theirs, ours = _merged(recorded, name), _merged(own, name)
        yield from key_differences(theirs, ours, f"{prefix}{name}")


def _generalised(value: dict[str, Any]) -> dict[str, Any]:
    """The object with `*` in place of generated names, such as dates and ids."""
    return {name if _PLAIN_NAME.fullmatch(name) else "*": each for name, each in value.items()}


def _merged(objects: list[dict[str, Any]], name: str) -> Any:
    """The values under a name: one list of all if they are lists, else the first that is not null."""
    values = [each[name] for each in objects if each.get(name) is not None]
    if values and all(map(is_list, values)):
        return [item for value in values for item in value]
    return values[0] if values else None


def _in_all(objects: list[dict[str, Any]]) -> set[str]:
    return set[str].intersection(*map(set, objects))


def _in_any(objects: list[dict[str, Any]]) -> set[str]:
    return set[str]().union(*objects)


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "a boolean"
    names = {str: "a string", int: "a number", float: "a number", dict: "an object", list: "a list"}
    return next(name for kind, name in names.items() if isinstance(value, kind))
