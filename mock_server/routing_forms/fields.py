"""Fields of routing forms, and the answers to them.

Source: Cal.com API v2, routing forms: responses. Forms come from world files, so their JSON is read with care.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from mock_server.routing_forms.model import RoutingForm
from mock_server.runtime.errors import BadRequest
from mock_server.runtime.json_values import is_list, is_object, script_number
from mock_server.runtime.schemas import is_email

Answer = str | int | float | list[str]

NO_ANSWER = ""


class Option(msgspec.Struct, frozen=True):
    """An option of a choice field. Those of old forms have no id, and are stored by their label."""

    id: str | None
    label: str

    @property
    def stored(self) -> str:
        """The option in a stored answer, and in the conditions of routes."""
        return self.label if self.id is None else self.id


class Field(msgspec.Struct, frozen=True):
    """A field of a form. `name` is the key of its answer in requests and webhooks."""

    id: str
    name: str
    label: str
    type: str
    is_required: bool
    options: tuple[Option, ...]

    def option(self, value: str) -> Option | None:
        """The option with this id, else the one with this label."""
        by_id = (each for each in self.options if each.id == value)
        return next(by_id, next((each for each in self.options if each.label == value), None))


def fields_of(form: RoutingForm) -> list[Field]:
    """The fields of a form, without deleted ones."""
    return [
        _field(each) for each in form.fields or () if is_object(each) and each.get("id") and not each.get("deleted")
    ]


def read_answers(fields: list[Field], body: Mapping[str, Any]) -> dict[str, Answer]:
    """The answers by field id, as they are stored: NO_ANSWER for fields without one."""
    return {each.id: _answer(each, as_text(body.get(each.name))) for each in fields}


def check_answers(fields: list[Field], answers: Mapping[str, Answer]) -> None:
    """Raises BadRequest if required answers are missing, or answers to e-mail fields are no addresses."""
    missing = [each.label for each in fields if each.is_required and not answers[each.id]]
    if missing:
        raise BadRequest(f"Missing required fields {', '.join(missing)}")
    wrong = [each for each in fields if each.type == "email" and answers[each.id] and not _is_address(answers[each.id])]
    if wrong:
        texts = (f"'{each.label}' with value '{answers[each.id]}' should be valid email" for each in wrong)
        raise BadRequest(f"Invalid value for fields {', '.join(texts)}")


def stored_response(fields: list[Field], answers: Mapping[str, Answer]) -> dict[str, Any]:
    """The answers in a stored response, by field id."""
    return {each.id: {"label": each.label, "value": answers[each.id]} for each in fields}


def webhook_answers(fields: list[Field], answers: Mapping[str, Answer]) -> dict[str, Any]:
    """The answers in webhooks, by name: choices as lists of labels (`value`) and of options (`response`)."""
    return {each.name: _webhook_answer(each, answers[each.id]) for each in fields}


def readable(field: Field, answer: Answer) -> str:
    """The answer as a visitor would read it: labels in place of options, separated by commas."""
    return ", ".join(_label(field, each) for each in (answer if isinstance(answer, list) else [answer]))


def as_text(value: object) -> str:
    """A value of a request as text; lists are joined with commas."""
    if is_list(value):
        return ",".join(map(as_text, value))
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else "[object Object]" if is_object(value) else str(value)


def _field(source: Mapping[str, Any]) -> Field:
    label = str(source.get("label") or source["id"])
    options = [each for each in source.get("options") or () if is_object(each)]
    return Field(
        id=str(source["id"]),
        name=str(source.get("identifier") or label),
        label=label,
        type=str(source.get("type") or "text"),
        is_required=bool(source.get("required")),
        options=tuple(Option(each.get("id"), str(each.get("label", ""))) for each in options),
    )


def _answer(field: Field, text: str) -> Answer:
    if not text:
        return NO_ANSWER
    match field.type:
        case "number":
            number = script_number(text)
            return text if number is None else number
        case "multiselect":
            return [_choice(field, each) for each in text.split(",")]
        case "select":
            return _choice(field, text)
        case _:
            return text


def _choice(field: Field, text: str) -> str:
    option = field.option(text)
    return text if option is None else option.stored


def _is_address(answer: Answer) -> bool:
    return isinstance(answer, str) and is_email(answer)


def _webhook_answer(field: Field, answer: Answer) -> dict[str, Any]:
    if not field.options:
        return {"value": answer, "response": answer}
    chosen = [str(each) for each in (answer if isinstance(answer, list) else [answer])]
    options = [field.option(each) or Option(None, each) for each in chosen]
    response = [{"label": each.label, "id": each.id} for each in options]
    return {"value": [each.label for each in options], "response": response}


def _label(field: Field, value: object) -> str:
    option = field.option(str(value))
    return str(value) if option is None else option.label
