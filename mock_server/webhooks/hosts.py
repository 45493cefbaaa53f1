"""Decides which addresses deliveries may go to: loopback ones, and what the command line allows besides.

A sandbox that others can reach would be their way to what listens on its loopback addresses, so from there it sends
nothing to these.
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
    """Nothing may be sent there; the text says why and what would allow it."""


class HostNotResolved(Exception):
    """The name stands for no address."""


class AllowedHosts:
    """`allowed` are host names, `*.example.com` for all names below one, addresses, networks (10.0.0.0/8), or `*`.

    `loopback` says whether loopback addresses are allowed as well. A name that is allowed by its ending alone never
    stands for a loopback address.
    """

    def __init__(self, allowed: Iterable[str] = (), *, loopback: bool = True) -> None:
        self._loopback = loopback
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        self._names: set[str] = set()
        self._endings: list[str] = []
        self._everything = False
        for each in (entry.strip().lower() for entry in allowed):
            self._allow(each)

    def _allow(self, entry: str) -> None:
        if entry == "*":
            self._everything = True
        elif entry.startswith("*."):
            self._endings.append(entry[1:])
        else:
            try:
                self._networks.append(ipaddress.ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                self._names.add(entry)

    async def addresses(self, host: str, *, to_this_machine: bool = False) -> list[str]:
        """The addresses of `host` that may be called, looked up once. Raises HostNotAllowed, HostNotResolved.

        With `to_this_machine` those of this machine may be, whatever else is allowed.
        """
        found = await resolve(host)
        permitted = [
            each
            for each in found
            if self._permits(host.lower(), address := _plain(each)) or (to_this_machine and _is_ours(address))
        ]
        if not permitted:
            where = host if host in found else f"{host} ({', '.join(found)})"
            raise HostNotAllowed(f"{where} {self._rule()}; --webhook-hosts {host} allows this one.")
        return permitted

    def _rule(self) -> str:
        if self._loopback:
            return "is not on this machine. Deliveries go to loopback addresses only"
        return "is not allowed. A sandbox on an open address delivers to its own inboxes only"

    def _permits(self, host: str, address: Address) -> bool:
        if self._everything or host in self._names or any(address in network for network in self._networks):
            return True
        if address.is_loopback:
            return self._loopback
        return not address.is_unspecified and any(host.endswith(ending) for ending in self._endings)


def _plain(text: str) -> Address:
    address = ipaddress.ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def _is_ours(address: Address) -> bool:
    """Whether it is an address of this machine: only such a one can be bound."""
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
    """All addresses of `host`. Names of this machine need no lookup. Raises HostNotResolved."""
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
        # An IPv4 address written as IPv6 has a spelling of its own in each version of Python.
        return [str(getattr(address, "ipv4_mapped", None) or address)]
    except ValueError:
        pass
    if host.lower() == "localhost" or host.lower().endswith(".localhost"):
        return list(LOOPBACK)
    try:
        async with asyncio.timeout(RESOLVE_TIMEOUT):
            return await _looked_up(host)
    except (OSError, UnicodeError, TimeoutError):
        raise HostNotResolved(f"The name {host} cannot be resolved.") from None


async def _looked_up(host: str) -> list[str]:
    """Asks the system in a thread of its own, which holds up neither other lookups nor the end of the process."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def settle(found: list[str] | None, error: Exception | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(found or [])

    def look_up() -> None:
        found, error = None, None
        try:
            entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
        except (OSError, UnicodeError) as failure:
            error = failure
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, found, error)

    threading.Thread(target=look_up, name="webhook-lookup", daemon=True).start()
    return await answer
