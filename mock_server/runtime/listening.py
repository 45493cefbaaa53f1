"""Opens the socket that a server listens on."""

from __future__ import annotations

import errno
import socket

from mock_server.state.errors import Unusable

BACKLOG = 1024
_OTHER_HOST = "Choose another --host: 127.0.0.1 for this machine alone, 0.0.0.0 for all networks that it is in"
_ADVICE = {
    errno.EADDRINUSE: "Stop what is listening there, or choose another --port",
    errno.EACCES: "Choose a --port above 1023, which needs no administrator",
    errno.EPERM: "Choose a --port above 1023, which needs no administrator",
}


class CannotListen(Unusable):
    """The address cannot be listened on; the text says why and what to choose instead."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. `host` is a name or an address of this machine, IPv6 with or
    without brackets. Raises CannotListen.
    """
    host = host.removeprefix("[").removesuffix("]")
    listener: socket.socket | None = None
    try:
        family, address = _resolve(host, port)
        # With the protocol named, asyncio turns Nagle's delay off.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        _claim_address(listener)
        listener.bind(address)
        listener.listen(BACKLOG)
    except (OSError, ValueError) as error:
        if listener is not None:
            listener.close()
        raise CannotListen(f"Cannot listen on {at(host, port)}: {_reason(error)}.") from None
    return listener


def at(host: str, port: int) -> str:
    """`host:port`, as in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int]]:
    """The family and address of a host, IPv4 rather than IPv6. Raises OSError, ValueError."""
    if not host:
        raise ValueError("it is empty")
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    return family, address  # pyright: ignore[reportReturnType]


def _claim_address(listener: socket.socket) -> None:
    """Lets a restarted server have its address at once. On Windows the same option would let two servers share it."""
    exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR if exclusive is None else exclusive, 1)


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, socket.gaierror):
        return f"{error.strerror or error}. {_OTHER_HOST}"
    if isinstance(error, OSError):
        return f"{error.strerror or error}. {_ADVICE.get(error.errno or 0, _OTHER_HOST)}"
    return f"that is no host name. {_OTHER_HOST}"
