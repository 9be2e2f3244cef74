"""The first steps of a connection, each alone, for who looks where it ends: name, TCP, TLS.

Nothing is sent over it, but a CONNECT to a proxy. They raise what the system does, and NetworkError
once the deadline has passed.
"""

import http.client
import socket
import ssl
from collections.abc import Callable
from typing import Any, TypeVar

from binfut_cli.api.transport import tls
from binfut_cli.api.transport.deadline import Deadline, within

T = TypeVar("T")
Hop = tuple[str, int]
"""A host and a port."""


def addresses(hop: Hop, deadline: Deadline) -> set[str]:
    """The addresses of a host."""
    found = _within(deadline, lambda: socket.getaddrinfo(*hop, type=socket.SOCK_STREAM))
    return {str(address[0]) for *_, address in found}


def knock(hop: Hop, deadline: Deadline) -> None:
    """Open a TCP connection, and close it."""
    _within(deadline, lambda: socket.create_connection(hop, deadline.left()).close())


def shake_hands(
    first: Hop, last: Hop, authorization: str | None, deadline: Deadline
) -> tuple[str | None, dict[str, Any]]:
    """The version of TLS that a host speaks, and its certificate.

    A `first` hop that is not the last is a proxy, which takes the `authorization`.
    """
    connection = http.client.HTTPSConnection(*first, timeout=deadline.left(), context=tls.context())
    if first != last:
        headers = {"Proxy-Authorization": authorization} if authorization else {}
        connection.set_tunnel(*last, headers)
    return _within(deadline, lambda: _shaken(connection))


def _shaken(connection: http.client.HTTPSConnection) -> tuple[str | None, dict[str, Any]]:
    try:
        connection.connect()
        assert isinstance(connection.sock, ssl.SSLSocket)
        return connection.sock.version(), connection.sock.getpeercert() or {}
    except http.client.HTTPException as exc:  # what a proxy answers may be no HTTP
        raise OSError(str(exc) or type(exc).__name__) from exc
    finally:
        connection.close()


def _within(deadline: Deadline, work: Callable[[], T]) -> T:
    """Bound work that ends by itself soon after; nothing needs to be closed under it."""
    try:
        return within(deadline, work, lambda: None)
    except TimeoutError as exc:
        raise deadline.passed() from exc
