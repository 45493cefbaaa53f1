"""Decides which addresses deliveries may go to: those of this machine, and what the command line allows besides."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Iterable

RESOLVE_TIMEOUT = 5.0
LOOPBACK = ("127.0.0.1", "::1")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class HostRefused(Exception):
    """Nothing may be sent there; the text says why and what would allow it."""


class HostUnknown(Exception):
    """The name stands for no address."""


class AllowedHosts:
    """`allowed` are host names, `*.example.com` for all names below one, addresses, networks (10.0.0.0/8), or `*`."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
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

    async def addresses(self, host: str) -> list[str]:
        """The addresses of `host` that may be called, looked up once. Raises HostRefused, HostUnknown."""
        found = await resolve(host)
        permitted = [each for each in found if self._permits(host.lower(), ipaddress.ip_address(each))]
        if not permitted:
            where = host if host in found else f"{host} ({', '.join(found)})"
            raise HostRefused(
                f"{where} is not on this machine. Deliveries go to loopback addresses only; "
                f"--webhook-hosts {host} allows this one."
            )
        return permitted

    def _permits(self, host: str, address: Address) -> bool:
        plain = getattr(address, "ipv4_mapped", None) or address
        return (
            plain.is_loopback
            or self._everything
            or host in self._names
            or any(host.endswith(ending) for ending in self._endings)
            or any(plain in network for network in self._networks)
        )


async def resolve(host: str) -> list[str]:
    """All addresses of `host`. Names of this machine need no lookup. Raises HostUnknown."""
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
        raise HostUnknown(f"The name {host} cannot be resolved.") from None


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
