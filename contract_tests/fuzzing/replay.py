"""Requests as curl commands, with variables of the environment in place of secrets."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from contract_tests.known_secrets import KnownSecrets
from mock_server.runtime.masking import SHORTEST, Masker, described

LEFT_OUT_HEADERS = frozenset(
    {"user-agent", "accept", "accept-encoding", "connection", "content-length", "host", "x-schemathesis-testcaseid"}
)
_SHAPES = {
    "ACCESS_TOKEN": re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*"),
    "OTHER_API_KEY": re.compile(r"cal_[A-Za-z0-9_]{4,}"),
}
"""Tokens and keys that a run was given for what it made."""
ENVIRONMENT = {"x-cal-client-id": "CAL_CLIENT_ID", "x-cal-secret-key": "CAL_CLIENT_SECRET"}
_PLACE = re.compile("\ue000([A-Z0-9_]+)\ue001")
"""Characters that no text uses, around the name of a variable."""
_NUMBER = re.compile('"\ue002([A-Z0-9_]+)\ue003"')
"""The same in a JSON body, where the variable stands for a number."""


def command(request: Any, url: str, known: KnownSecrets) -> str:
    """A recorded request as a curl command, with credentials replaced by variables of the environment."""
    headers = [
        (name, values[0] if isinstance(values, list) else values) for name, values in request.headers.items()
    ]  # fmt: skip
    return command_of(request.method, request.uri.removeprefix(url), headers, request.body, known.variables, known.told)


def command_of(
    method: str,
    target: str,
    headers: Iterable[tuple[str, str]],
    body: bytes | None,
    given: AbstractSet[str] | Mapping[str, str],
    told: AbstractSet[str] = frozenset(),
) -> str:
    """The same for any request: see arguments_of."""
    return f"curl -isS {arguments_of(method, target, headers, body, given, told)}"


def arguments_of(
    method: str,
    target: str,
    headers: Iterable[tuple[str, str]],
    body: bytes | None,
    given: AbstractSet[str] | Mapping[str, str],
    told: AbstractSet[str] = frozenset(),
) -> str:
    """A request as curl's arguments; `target` is path and query.

    `given` are secrets, with the names of the variables that stand for them if these are not all CAL_API_KEY. `told`
    are secrets of which no variable is known.
    """
    variables = given if isinstance(given, Mapping) else dict.fromkeys(given, "CAL_API_KEY")
    secrets = {each: "SECRET" for each in told if len(each) >= SHORTEST} | dict(variables)
    words = ["-I"] if method == "HEAD" else ["-X", method]
    for name, value in headers:
        if name.lower() not in LEFT_OUT_HEADERS:
            words += ["-H", _header(name, value, secrets)]
    if body:
        words += ["--data-binary", _quoted(_body(body, secrets))]
    words.append('"$BASE_URL"' + _quoted(_masked(_with_places(target, secrets))))
    return " ".join(words)


def _header(name: str, value: str, secrets: Mapping[str, str]) -> str:
    if not value:
        return shlex.quote(f"{name};")
    scheme, _, credential = value.rpartition(" ")
    prefix = f"{name}: {scheme} " if scheme else f"{name}: "
    if secrets.get(credential, "SECRET") != "SECRET":
        return _quoted(f"{prefix}{place(ENVIRONMENT.get(name.lower(), secrets[credential]))}")
    if name.lower() == "x-cal-secret-key" and any(shape.fullmatch(value) for shape in _SHAPES.values()):
        return _quoted(f"{name}: {place('CLIENT_SECRET')}")
    if name.lower() in described().headers - {"authorization", "x-cal-secret-key"}:
        return _quoted(f"{name}: {place(name)}")
    return _quoted(f"{name}: {_with_places(value, secrets)}")


def _body(body: bytes, secrets: Mapping[str, str]) -> str:
    """The body as it is, or written anew where a field of it is secret."""
    text = body.decode("utf-8", "backslashreplace")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return _masked(_with_places(text, secrets))
    placed = _placed(content)
    return _with_places(text if placed == content else json.dumps(placed, ensure_ascii=False), secrets)


def _placed(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: place(name) if name in described().fields and _is_secret(each) else _placed(each)
            for name, each in value.items()
        }
    return [_placed(each) for each in value] if isinstance(value, list) else value


def _is_secret(value: Any) -> bool:
    return isinstance(value, str) and value != "" and not _PLACE.fullmatch(value)


def _with_places(text: str, secrets: Mapping[str, str]) -> str:
    """A text with variables in the places of secrets."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, place(secrets[secret]))
    for variable, shape in _SHAPES.items():
        text = shape.sub(place(variable), text)
    return text


def _masked(text: str) -> str:
    """Masks what is secret beside the variables."""
    parts = _PLACE.split(text)
    return "".join(place(part) if number % 2 else Masker().text(part) for number, part in enumerate(parts))


def place(name: str, *, marked: bool = True) -> str:
    """Marks the place of the variable that is called after a field or a header: `refreshToken` is REFRESH_TOKEN."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|\W", "_", name, flags=re.ASCII).upper().lstrip("0123456789")
    return f"\ue000{words}\ue001" if marked else words


def number_place(name: str) -> str:
    """The same for a number in a JSON body."""
    return f"\ue002{name}\ue003"


def _quoted(text: str) -> str:
    """As a word of the shell that has the variables' values in it."""
    parts = _PLACE.split(_NUMBER.sub("\ue000\\1\ue001", text))
    return "".join(
        f'"${part}"' if number % 2 else shlex.quote(part)
        for number, part in enumerate(parts)
        if part or len(parts) == 1
    )
