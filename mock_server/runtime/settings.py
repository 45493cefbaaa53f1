"""The settings of a server, from the command line or a test."""

from __future__ import annotations

from pathlib import Path

import msgspec

from mock_server.runtime.editions import chosen_edition
from mock_server.state.shared.options import without_credentials

MOST_WORKERS = 64
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`world` is a start world's file (None: the default world); `log` is `memory`, `file:PATH` or `valkey://HOST`;
    `faults` is a file with faults that every world begins with.

    `edition` is the edition of the API; by default the environment's, else the newest complete one.

    `admin_token` protects the control plane; `shows_token` says whether it is printed at the start. `port` is the one
    that the server listens on. `webhook_hosts` are allowed webhook targets besides loopback addresses, or the only
    ones if the address is public. `read_timeout` is how many seconds a client has to send the head of a request, and
    again its body.
    """

    edition: str = msgspec.field(default_factory=chosen_edition)
    host: str = "127.0.0.1"
    port: int = 8080
    world: Path | None = None
    log: str = "memory"
    faults: Path | None = None
    strict: bool = False
    rate_limit: bool = False
    admin_token: str | None = None
    shows_token: bool = False
    webhook_hosts: tuple[str, ...] = ()
    read_timeout: float = 30.0

    def __repr__(self) -> str:
        """All settings without credentials."""
        shown = msgspec.structs.asdict(self) | {
            "log": without_credentials(self.log),
            "admin_token": None if self.admin_token is None else "...",
        }
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in LOOPBACK_HOSTS
