"""Opens the server's listening socket."""

from __future__ import annotations

import errno
import socket

from mock_server.state.errors import Unusable

BACKLOG = 1024
_OTHER_HOST = "Choose another --host: 127.0.0.1 for this machine alone, 0.0.0.0 for all its network interfaces"
_ADVICE = {
    errno.EADDRINUSE: "Stop the process that listens there, or choose another --port",
    errno.EACCES: "Choose a --port above 1023, which needs no administrator",
    errno.EPERM: "Choose a --port above 1023, which needs no administrator",
}


class CannotListen(Unusable):
    """The server cannot listen on the address; the text gives the reason and an alternative."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 picks a free one. `host` is a name or an address of this machine, IPv6 with or
    without brackets. Raises CannotListen.
    """
    host = host.removeprefix("[").removesuffix("]")
    listener: socket.socket | None = None
    try:
        family, address = _resolve(host, port)
        # asyncio only sets TCP_NODELAY if the protocol is given.
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
    """The family and address of a host, preferring IPv4. Raises OSError, ValueError."""
    if not host:
        raise ValueError("it is empty")
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    return family, address  # pyright: ignore[reportReturnType]


def _claim_address(listener: socket.socket) -> None:
    """Lets a restarted server reuse its address at once. On Windows the option would let two servers share it."""
    exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR if exclusive is None else exclusive, 1)


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, socket.gaierror):
        return f"{error.strerror or error}. {_OTHER_HOST}"
    if isinstance(error, OSError):
        return f"{error.strerror or error}. {_ADVICE.get(error.errno or 0, _OTHER_HOST)}"
    return f"this is not a host name. {_OTHER_HOST}"
