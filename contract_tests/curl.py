"""Requests as curl commands, with environment variables in place of secrets."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from contract_tests.http import Request
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.masking import SHORTEST, Masker, described

LEFT_OUT_HEADERS = frozenset(
    {"user-agent", "accept", "accept-encoding", "connection", "content-length", "host", "x-schemathesis-testcaseid"}
)
_SHAPES = {
    "ACCESS_TOKEN": re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*"),
    "OTHER_API_KEY": re.compile(r"cal_[A-Za-z0-9_]{4,}"),
}
"""Tokens and keys of things that the run created, by the variable that stands for them."""
ENVIRONMENT = {"x-cal-client-id": "CAL_CLIENT_ID", "x-cal-secret-key": "CAL_CLIENT_SECRET"}
_PLACEHOLDER = re.compile("\ue000([A-Z0-9_]+)\ue001")
"""Characters that no text uses, around the name of a variable."""
_NUMBER_PLACEHOLDER = re.compile('"\ue002([A-Z0-9_]+)\ue003"')
"""The same in a JSON body, where the variable stands for a number."""


def curl_command(
    request: Request,
    given: AbstractSet[str] | Mapping[str, str],
    learned: AbstractSet[str] = frozenset(),
) -> str:
    """A request as a curl command: see curl_arguments."""
    return f"curl -isS {curl_arguments(request, given, learned)}"


def curl_arguments(
    request: Request,
    given: AbstractSet[str] | Mapping[str, str],
    learned: AbstractSet[str] = frozenset(),
) -> str:
    """A request as curl's arguments.

    `given` are secrets, with the names of the variables that stand for them unless that is CAL_API_KEY for all.
    `learned` are secrets from replies, for which there is no variable.
    """
    variables = given if isinstance(given, Mapping) else dict.fromkeys(given, "CAL_API_KEY")
    secrets = {each: "SECRET" for each in learned if len(each) >= SHORTEST} | dict(variables)
    words = ["-I"] if request.method == "HEAD" else ["-X", request.method]
    for name, value in request.headers.raw:
        if name.decode("latin-1").lower() not in LEFT_OUT_HEADERS:
            words += ["-H", _header(name.decode("latin-1"), _decoded(value), secrets)]
    if request.body:
        words += ["--data-binary", _quoted(_body(request.body, secrets))]
    words.append('"$BASE_URL"' + _quoted(_masked(_with_placeholders(request.target, secrets))))
    return " ".join(words)


def _decoded(value: bytes) -> str:
    """A header's value; a placeholder in it is UTF-8."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _header(name: str, value: str, secrets: Mapping[str, str]) -> str:
    if not value:
        return shlex.quote(f"{name};")
    scheme, _, credential = value.rpartition(" ")
    prefix = f"{name}: {scheme} " if scheme else f"{name}: "
    if secrets.get(credential, "SECRET") != "SECRET":
        return _quoted(f"{prefix}{placeholder(ENVIRONMENT.get(name.lower(), secrets[credential]))}")
    if name.lower() == "x-cal-secret-key" and _tells_a_secret(value, secrets):
        return _quoted(f"{name}: {placeholder('CLIENT_SECRET')}")
    if name.lower() in described().headers - {"authorization", "x-cal-secret-key"}:
        return _quoted(f"{name}: {placeholder(name)}")
    return _quoted(f"{name}: {_with_placeholders(value, secrets)}")


def _tells_a_secret(value: str, secrets: Iterable[str]) -> bool:
    """Whether a text is of the form of a secret, or nearly one: without its first or last letter, or in other case."""
    return any(shape.fullmatch(value) for shape in _SHAPES.values()) or any(
        each not in value and each[1:-1].lower() in value.lower() for each in secrets if len(each) >= SHORTEST
    )


def _body(body: bytes, secrets: Mapping[str, str]) -> str:
    """The body as it is, or written anew if a field of it is secret."""
    text = body.decode("utf-8", "backslashreplace")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return _masked(_with_placeholders(text, secrets))
    replaced = _with_variables(content)
    return _with_placeholders(text if replaced == content else json.dumps(replaced, ensure_ascii=False), secrets)


def _with_variables(value: Any) -> Any:
    if is_object(value):
        return {
            name: placeholder(name) if name in described().fields and _is_secret(each) else _with_variables(each)
            for name, each in value.items()
        }
    return [_with_variables(each) for each in value] if is_list(value) else value


def _is_secret(value: Any) -> bool:
    return isinstance(value, str) and value != "" and not _PLACEHOLDER.fullmatch(value)


def _with_placeholders(text: str, secrets: Mapping[str, str]) -> str:
    """A text with placeholders for secrets."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, placeholder(secrets[secret]))
    for variable, shape in _SHAPES.items():
        text = shape.sub(placeholder(variable), text)
    return text


def _masked(text: str) -> str:
    """Masks the secrets for which there is no variable."""
    parts = _PLACEHOLDER.split(text)
    return "".join(placeholder(part) if number % 2 else Masker().text(part) for number, part in enumerate(parts))


def placeholder(name: str, *, marked: bool = True) -> str:
    """A placeholder for the variable named after a field or a header: `refreshToken` is REFRESH_TOKEN."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|\W", "_", name, flags=re.ASCII).upper().lstrip("0123456789")
    return f"\ue000{words}\ue001" if marked else words


def number_placeholder(name: str) -> str:
    """The same for a number in a JSON body."""
    return f"\ue002{name}\ue003"


def _quoted(text: str) -> str:
    """As a word of the shell, in which placeholders become variables."""
    parts = _PLACEHOLDER.split(_NUMBER_PLACEHOLDER.sub("\ue000\\1\ue001", text))
    return "".join(
        f'"${part}"' if number % 2 else shlex.quote(part)
        for number, part in enumerate(parts)
        if part or len(parts) == 1
    )
