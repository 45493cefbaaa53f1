"""Takes credentials out of what the proxy writes down."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from mock_server.runtime.conformance import Breach

MASK = "***"
SECRET_HEADERS = frozenset({"authorization", "x-cal-secret-key", "cookie", "set-cookie", "proxy-authorization"})
KEPT_BODY = 10_000

_SECRET_NAMES = (
    "accessToken|access_token|refreshToken|refresh_token|apiKey|calApiKey|clientSecret|client_secret|secret|password|"
    "serviceAccountKey|private_key|key|token"
)
_SECRET_NAME = re.compile(rf"(?:{_SECRET_NAMES})\Z")
_NAMED = re.compile(
    rf'(["\']?\b(?:{_SECRET_NAMES})["\']?\s*(?::|=|%3[Dd])\s*)("(?:[^"\\]|\\.)*"?|\'[^\']*\'?|[^\s&,"\'}}\]]+)'
)
_SHAPED = re.compile(r"cal_[A-Za-z0-9_]{4,}|eyJ[\w-]+\.[\w-]+\.[\w-]*")


class Masker:
    """Masks fields and headers that hold secrets, texts that look like some, and the credentials of one request."""

    def __init__(self, credentials: list[str]) -> None:
        self._credentials = [each for each in credentials if len(each) >= 4]

    def text(self, text: str) -> str:
        """`text` with masks in place of credentials."""
        for credential in self._credentials:
            text = text.replace(credential, MASK)
        return _SHAPED.sub(MASK, _NAMED.sub(rf"\1{MASK}", text))

    def breach(self, breach: Breach) -> str:
        """What breaks the description; a value that is a secret is not repeated."""
        if breach.pointer is not None and _SECRET_NAME.match(breach.pointer.rpartition("/")[2]):
            breach = breach._replace(text="the value does not fit (not shown)")
        return self.text(str(breach))

    def headers(self, headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
        """Headers by name in lower case; those of one name are joined."""
        shown: dict[str, str] = {}
        for raw_name, raw_value in headers:
            name = raw_name.decode("latin-1").lower()
            value = MASK if name in SECRET_HEADERS else self.text(raw_value.decode("latin-1"))
            shown[name] = f"{shown[name]}, {value}" if name in shown else value
        return shown

    def body(self, raw: bytes) -> Any:
        """JSON as JSON, anything else as text; None where there is nothing."""
        if not raw:
            return None
        if len(raw) <= KEPT_BODY:
            try:
                return self._value(msgspec.json.decode(raw))
            except (msgspec.DecodeError, RecursionError):
                pass  # It is shown as text.
        return self.text(raw[:KEPT_BODY].decode("utf-8", "replace"))

    def _value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: MASK if _SECRET_NAME.match(name) and each is not None else self._value(each)
                for name, each in value.items()
            }
        if isinstance(value, list):
            return [self._value(each) for each in value]
        return self.text(value) if isinstance(value, str) else value


def credentials_of(headers: list[tuple[bytes, bytes]]) -> list[str]:
    """The values that a request proves itself with."""
    return [
        value.decode("latin-1").removeprefix("Bearer ").removeprefix("bearer ")
        for name, value in headers
        if name.lower().decode("latin-1") in SECRET_HEADERS
    ]
