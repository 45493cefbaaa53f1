"""The URLs of shared stores: `valkey://[user:password@]host:port/db?prefix=cal-mock`, separated by commas."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from mock_server.state.errors import Unusable

TLS = {"valkey": False, "redis": False, "valkeys": True, "rediss": True}
"""The schemes, and whether they stand for TLS."""

DEFAULT_PREFIX = "cal-mock"
DEFAULT_PORT = 6379
PATIENCE = 5.0
LONGEST_PATIENCE = 60.0

FORM = (
    "A shared store is named valkey://[user:password@]host[:port][/db][?prefix=NAME&wait=REPLICAS&patience=SECONDS], "
    "or valkeys:// for TLS (with &ca=FILE for certificates of your own); redis:// and rediss:// mean the same."
)

LIST_FORM = (
    "Several stores are URLs of servers that processes share, separated by commas, such as "
    "valkey://one:6379,valkey://two:6379."
)

_PREFIX = re.compile(r"[A-Za-z0-9_.:{}-]{1,64}")
_BETWEEN_STORES = re.compile(r",\s*(?=(?:\w+://|memory\b|file:))", re.IGNORECASE)


class InvalidStoreUrl(Unusable):
    """The URL of a shared store is invalid. The message does not repeat it, as it may have a password."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The URL of the store has {what}. {FORM}")


class InvalidStoreList(Unusable):
    """A list of stores is invalid. The message has no credentials."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} {LIST_FORM}")


class StoreOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Where a store is and how it is used.

    `prefix` begins all its keys. `wait` is how many replicas have to confirm a commit before it is acknowledged.
    `patience` is how many seconds a request waits for the server. `name` is what the store is called in a list.
    """

    host: str
    port: int = DEFAULT_PORT
    db: int = 0
    user: str | None = None
    password: str | None = None
    tls: bool = False
    ca: str | None = None
    prefix: str = DEFAULT_PREFIX
    wait: int = 0
    patience: float = PATIENCE
    name: str | None = None

    def __repr__(self) -> str:
        return f"StoreOptions({self.address})"

    @property
    def address(self) -> str:
        """The store for messages, without credentials."""
        return f"{'valkeys' if self.tls else 'valkey'}://{self._place}"

    @property
    def key(self) -> str:
        """What identifies the store in a list, and is hashed: its name, or `host:port/db?prefix=cal-mock`."""
        return self.name or self._place

    @property
    def _place(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}/{self.db}?prefix={self.prefix}"

    def connection(self) -> dict[str, Any]:
        """The arguments of redis-py for a connection."""
        arguments: dict[str, Any] = {
            "host": self.host,
            "port": self.port,
            "db": self.db,
            "username": self.user,
            "password": self.password,
        }
        if self.tls:
            arguments |= {"ssl": True, "ssl_ca_certs": self.ca}
        return arguments


def is_store_url(name: str) -> bool:
    """Whether `name` has a scheme of shared stores. Also true for a list that begins with one."""
    return name.partition("://")[0].lower() in TLS and "://" in name


def split_stores(names: str) -> list[str]:
    """The stores of a list. A comma inside a URL, as in a password, is followed by no scheme."""
    return _BETWEEN_STORES.split(names.strip())


def read_store_urls(urls: str) -> list[StoreOptions]:
    """The options in a list of URLs. Raises InvalidStoreUrl, InvalidStoreList."""
    names = split_stores(urls)
    other = next((each for each in names if not is_store_url(each)), None)
    if other is not None:
        raise InvalidStoreList(f"{without_credentials(other)!r} cannot be one of several stores.")
    stores = [read_store_url(each) for each in names]
    for what in ("key", "_place"):
        values = [getattr(each, what) for each in stores]
        twice = next((each for each in values if values.count(each) > 1), None)
        if twice is not None:
            raise InvalidStoreList(f"The store {twice} is named twice.")
    return stores


def read_store_url(url: str) -> StoreOptions:
    """The options in a URL. Raises InvalidStoreUrl."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidStoreUrl("an invalid host or port") from None
    if not parts.hostname:
        raise InvalidStoreUrl("no host")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = query.keys() - {"prefix", "wait", "patience", "ca", "name"}
    if unknown:
        raise InvalidStoreUrl(f"the unknown option {', '.join(sorted(unknown))}")
    prefix = query.get("prefix", DEFAULT_PREFIX)
    if not _PREFIX.fullmatch(prefix):
        raise InvalidStoreUrl("a prefix that is not 1 to 64 letters, digits and _ . : - { }")
    name = query.get("name")
    if name is not None and not _PREFIX.fullmatch(name):
        raise InvalidStoreUrl("a name that is not 1 to 64 letters, digits and _ . : - { }")
    if "," in parts.hostname:
        raise InvalidStoreUrl("a comma in its host: each URL of a list begins with its scheme")
    return StoreOptions(
        host=parts.hostname,
        port=DEFAULT_PORT if port is None else port,
        db=_number("database", parts.path.strip("/") or "0", 1_000_000),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls=TLS[parts.scheme.lower()],
        ca=_ca(query.get("ca"), tls=TLS[parts.scheme.lower()]),
        prefix=prefix,
        wait=_number("wait", query.get("wait", "0"), 100),
        patience=_patience(query.get("patience", str(PATIENCE))),
        name=name,
    )


def without_credentials(names: str) -> str:
    """The value of `--store` for messages, also if it is misspelt."""
    return ",".join(map(_without_credentials, split_stores(names)))


def _without_credentials(name: str) -> str:
    return name if name.startswith("file:") else re.sub(r"^([a-z]*:?//?)?.*@", r"\1", name, flags=re.IGNORECASE)


def _ca(file: str | None, *, tls: bool) -> str | None:
    if file is None:
        return None
    if not tls:
        raise InvalidStoreUrl("the option ca, which needs valkeys:// or rediss://")
    if not Path(file).is_file():
        raise InvalidStoreUrl(f"a ca that is no file: {file}")
    return file


def _number(what: str, text: str, most: int) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) > most:
        raise InvalidStoreUrl(f"a {what} that is not a number from 0 to {most}")
    return int(text)


def _patience(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST_PATIENCE:
        raise InvalidStoreUrl(f"a patience that is not a number of seconds up to {LONGEST_PATIENCE:g}")
    return seconds
