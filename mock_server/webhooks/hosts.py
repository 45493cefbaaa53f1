"""Decides which hosts deliveries may go to: loopback addresses, and what the command line allows in addition.

A sandbox on an open address does not deliver to loopback addresses: callers could use it to reach other services on
its machine.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Iterable

RESOLVE_TIMEOUT = 5.0
LOOPBACK = ("127.0.0.1", "::1")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class HostNotAllowed(Exception):
    """Deliveries to the host are not allowed; the text says why, and which option allows them."""


class HostNotResolved(Exception):
    """The host name cannot be resolved."""


class AllowedHosts:
    """`allowed` are host names, `*.example.com` for subdomains, addresses, networks (10.0.0.0/8), or `*` for all.

    `loopback` says whether loopback addresses are allowed as well. A host allowed by a wildcard may not resolve to a
    loopback address.
    """

    def __init__(self, allowed: Iterable[str] = (), *, loopback: bool = True) -> None:
        self._loopback = loopback
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        self._names: set[str] = set()
        self._suffixes: list[str] = []
        self._allows_all = False
        for each in (entry.strip().lower() for entry in allowed):
            self._allow(each)

    def _allow(self, entry: str) -> None:
        if entry == "*":
            self._allows_all = True
        elif entry.startswith("*."):
            self._suffixes.append(entry[1:])
        else:
            try:
                self._networks.append(ipaddress.ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                self._names.add(entry)

    async def addresses(self, host: str, *, to_this_machine: bool = False) -> list[str]:
        """The allowed addresses of `host`, resolved once. Raises HostNotAllowed, HostNotResolved.

        With `to_this_machine`, all addresses of this machine are allowed.
        """
        found = await resolve(host)
        permitted = [
            each
            for each in found
            if self._permits(host.lower(), address := _parsed(each)) or (to_this_machine and _is_local(address))
        ]
        if not permitted:
            where = host if host in found else f"{host} ({', '.join(found)})"
            raise HostNotAllowed(f"{where} {self.rule()}; --webhook-hosts {host} allows this one.")
        return permitted

    def may_allow(self, host: str) -> bool:
        """Whether deliveries to the host may be allowed, as far as that is known without resolving its name."""
        name = host.lower()
        if name == "localhost" or name.endswith(".localhost"):
            name = LOOPBACK[0]
        try:
            return self._permits(host.lower(), _parsed(name.strip("[]").partition("%")[0]))
        except ValueError:
            return self._allows_all or name in self._names or any(map(name.endswith, self._suffixes))

    def rule(self) -> str:
        """Why a host is not allowed, to follow its name."""
        if self._loopback:
            return "is not on this machine. Deliveries go to loopback addresses only"
        return "is not allowed. A sandbox on an open address delivers to its own inboxes only"

    def _permits(self, host: str, address: Address) -> bool:
        if self._allows_all or host in self._names or any(address in network for network in self._networks):
            return True
        if address.is_loopback:
            return self._loopback
        return not address.is_unspecified and any(host.endswith(suffix) for suffix in self._suffixes)


def _parsed(text: str) -> Address:
    address = ipaddress.ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def _is_local(address: Address) -> bool:
    """Whether it is an address of this machine: only those can be bound."""
    if address.is_unspecified or address.is_multicast:
        return False
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


async def resolve(host: str) -> list[str]:
    """All addresses of `host`; `localhost` is not looked up. Raises HostNotResolved."""
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
        # Python versions differ in how they write IPv4-mapped IPv6 addresses.
        return [str(getattr(address, "ipv4_mapped", None) or address)]
    except ValueError:
        pass
    if host.lower() == "localhost" or host.lower().endswith(".localhost"):
        return list(LOOPBACK)
    try:
        async with asyncio.timeout(RESOLVE_TIMEOUT):
            return await _look_up(host)
    except (OSError, UnicodeError, TimeoutError):
        raise HostNotResolved(f"The name {host} cannot be resolved.") from None


async def _look_up(host: str) -> list[str]:
    """Resolves in a daemon thread, which blocks neither other lookups nor the exit of the process."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def settle(found: list[str] | None, error: Exception | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(found or [])

    def resolve_in_thread() -> None:
        found, error = None, None
        try:
            entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
        except (OSError, UnicodeError) as failure:
            error = failure
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, found, error)

    threading.Thread(target=resolve_in_thread, name="webhook-lookup", daemon=True).start()
    return await answer
