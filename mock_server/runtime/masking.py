"""Masks secrets in everything that is written: the journal, the logs and all reports.

The description marks secrets: `x-secret: true` on a property or a security scheme, and `x-secret: part` on a
text that contains a secret.
"""

from __future__ import annotations

import html
import json
import logging
import re
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec

from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.conformance import Breach
from mock_server.runtime.description import Description, Operation
from mock_server.runtime.editions import chosen_edition
from mock_server.runtime.json_values import is_list, is_object

MASK = "***"
KEPT_BODY = 10_000
SHORTEST = 4
"""The minimum length of a text that is masked wherever it occurs. Shorter ones occur in too many words."""

USUAL_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "sandbox-token"})
USUAL_NAMES = frozenset(
    {"access_token", "client_secret", "code_verifier", "key", "refresh_token", "shareToken", "token"}
)
"""Names of secrets of third parties, other servers and other editions, in addition to those of the description."""

_SHAPED = re.compile(r"cal_[A-Za-z0-9_]{4,}|eyJ[\w-]+\.[\w-]+\.[\w-]*")
_QUOTED = r""""(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?"""
_SCHEME = re.compile(r"(?i:bearer|basic)\s+")


class Secrets:
    """The secrets marked in any of these descriptions. Evaluated lazily."""

    def __init__(self, *descriptions: Description) -> None:
        self._descriptions = descriptions

    @cached_property
    def headers(self) -> frozenset[str]:
        """The names of secret headers, in lower case."""
        components = [description.bundle["components"] for description in self._descriptions]
        schemes = [scheme for component in components for scheme in component.get("securitySchemes", {}).values()]
        return USUAL_HEADERS | {scheme["name"].lower() for scheme in schemes if scheme.get("x-secret")}

    @cached_property
    def fields(self) -> frozenset[str]:
        """The names of secret fields."""
        return USUAL_NAMES.union(
            *(_marked(description, description.bundle, set()) for description in self._descriptions)
        )

    @cached_property
    def by_operation(self) -> dict[str, frozenset[str]]:
        """By operation, the names of the fields in its replies that are secret or contain a secret."""
        found: dict[str, frozenset[str]] = {}
        for description in self._descriptions:
            for operation in description:
                found[operation.id] = found.get(operation.id, frozenset()) | _handed_out(description, operation)
        return found


def _handed_out(description: Description, operation: Operation) -> frozenset[str]:
    schemas = (operation.reply_schema(status) for status in operation.responses if status < 300)
    return frozenset(name for schema in schemas for name in _marked(description, schema, set(), whole=False))


def _marked(description: Description, node: Any, seen: set[str], *, whole: bool = True) -> Iterator[str]:
    """The names of the marked properties in a part of a description; with `whole`, without `x-secret: part`."""
    if is_object(node):
        reference = node.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            yield from _marked(description, description.deref(node), seen, whole=whole)
        properties = node.get("properties")
        for name, schema in properties.items() if is_object(properties) else ():
            mark = description.deref(schema).get("x-secret") if is_object(schema) else None
            if mark is True or (mark and not whole):
                yield name
        for child in node.values():
            yield from _marked(description, child, seen, whole=whole)
    elif is_list(node):
        for child in node:
            yield from _marked(description, child, seen, whole=whole)


def described() -> Secrets:
    """The secrets marked in our own description, in the edition of the process."""
    return described_in(chosen_edition())


@cache
def described_in(*editions: str) -> Secrets:
    """The secrets marked in our own description, in any of these editions."""
    return Secrets(*(Description(load_bundle(edition=edition)) for edition in editions))


class Masker:
    """Masks secret headers and fields, texts that look like secrets, and `known` secrets wherever they occur.

    `secrets` are those of the values' description; by default that of the edition of the process.
    """

    def __init__(self, known: Iterable[str] = (), secrets: Secrets | None = None) -> None:
        self.secrets = secrets or described()
        texts = {spelling for secret in known if len(secret) >= SHORTEST for spelling in _spellings(secret)}
        self._known = sorted(texts, key=len, reverse=True)

    def knowing(self, more: Iterable[str]) -> Masker:
        """A masker that knows `more` secrets."""
        masker = Masker(more, self.secrets)
        masker._known += self._known
        return masker

    @cached_property
    def _named(self) -> re.Pattern[str]:
        return _named(self.secrets.fields)

    def text(self, text: str) -> str:
        """`text` with masks in place of secrets."""
        for secret in self._known:
            if secret in text:
                text = text.replace(secret, MASK)
        return _SHAPED.sub(MASK, self._named.sub(rf"\1{MASK}", text))

    def breach(self, breach: Breach) -> str:
        """The text of a breach, without repeating a secret value."""
        if breach.pointer is not None and breach.pointer.rpartition("/")[2] in self.secrets.fields:
            breach = breach._replace(text="the value does not fit (not shown)")
        return self.text(str(breach))

    def header(self, name: str, value: str) -> str:
        """The value of a header."""
        return MASK if name.lower() in self.secrets.headers else self.text(value)

    def headers(self, headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
        """Headers by name in lower case; repeated ones are joined."""
        shown: dict[str, str] = {}
        for raw_name, raw_value in headers:
            name = raw_name.decode("latin-1").lower()
            value = self.header(name, raw_value.decode("latin-1"))
            shown[name] = f"{shown[name]}, {value}" if name in shown else value
        return shown

    def body(self, raw: bytes, limit: int | None = KEPT_BODY) -> Any:
        """JSON as JSON, anything else as text, truncated to `limit`; None for an empty body."""
        if not raw:
            return None
        try:
            return self.value(msgspec.json.decode(raw))
        except (msgspec.DecodeError, RecursionError):
            return self.text(raw[:limit].decode("utf-8", "replace"))

    def body_text(self, raw: bytes) -> str:
        """A whole body as text."""
        shown = self.body(raw, None)
        return "" if shown is None else shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)

    def value(self, value: Any) -> Any:
        """A JSON value."""
        if is_object(value):
            names = self.secrets.fields
            about = value.get("property")
            if isinstance(about, str) and about in names:  # A validation error repeats the value of the property.
                names = names | {"value"}
            return {
                name: MASK if name in names and item not in (None, "") else self.value(item)
                for name, item in value.items()
            }
        if is_list(value):
            return [self.value(item) for item in value]
        return self.text(value) if isinstance(value, str) else value


class MaskedFormatter(logging.Formatter):
    """Masks secrets in log records, including tracebacks, by the edition of the process."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        return Masker().text(super().format(record))


@cache
def _named(names: frozenset[str]) -> re.Pattern[str]:
    """Matches a secret field and its value in text: JSON, Python, form or query syntax, even if truncated."""
    choice = "|".join(sorted(names))
    return re.compile(
        rf'((?:\\?["\'])?\b(?:{choice})(?:\\?["\'])?\s*(?::|=|%3[Dd])\s*)'
        rf'(\\"(?:(?!\\").)*(?:\\")?|[(\[](?:{_QUOTED}|[^)\]"\'])*[)\]]?|{_QUOTED}|[^\s&,"\'}}\]]+)'
    )


def _spellings(secret: str) -> set[str]:
    """The encodings of a secret: as it is, in JSON, in a URL, in HTML."""
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret, safe=""),
        quote_plus(secret),
        html.escape(secret),
    }


def credentials_of(headers: Iterable[tuple[bytes, bytes]], secrets: Secrets | None = None) -> list[str]:
    """The credentials of a request."""
    names = (secrets or described()).headers
    return [
        _SCHEME.sub("", value.decode("latin-1"), count=1)
        for name, value in headers
        if name.lower().decode("latin-1") in names
    ]


def secrets_in(value: Any, names: frozenset[str]) -> Iterator[str]:
    """The texts in fields of these names, anywhere in a JSON value."""
    if is_object(value):
        for name, item in value.items():
            if isinstance(item, str) and name in names:
                yield item
            else:
                yield from secrets_in(item, names)
    elif is_list(value):
        for item in value:
            yield from secrets_in(item, names)
