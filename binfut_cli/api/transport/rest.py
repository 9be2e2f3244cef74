"""One REST request: the fallback for the listenKey and the time, and what the WS-API has not.

http.client writes the request and reads the answer, over a socket that was opened as a WebSocket's
is: by the same proxies, with the same certificates, within the same deadline. It knows no
redirects, cookies or `.netrc`, and asks nobody for a second time.
"""

import http.client
import socket
import zlib
from collections.abc import Callable, Mapping
from functools import partial

import msgspec

from binfut_cli import __version__
from binfut_cli.api import allowed
from binfut_cli.api.allowed import Way
from binfut_cli.api.transport.answers import MAX_BODY, OTHER, Answer, too_long
from binfut_cli.api.transport.deadline import Deadline, within
from binfut_cli.api.transport.dialling import UNREACHABLE, Dialling, authority
from binfut_cli.errors import NetworkError

CHUNK = 64 * 1024


class Response(msgspec.Struct, frozen=True):
    """An HTTP answer; header names are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes


def send(
    method: str, base: str, path: str, query: str, headers: Mapping[str, str], deadline: Deadline
) -> Response:
    """Send one request and read its answer within the deadline; no redirect is followed.

    Raise PermissionError for one that is not allowed, NetworkError if no answer comes. The address
    may be a secret (a signature is in it): errors name the host alone.
    """
    allowed.check(Way.REST, f"{method} {path}")
    dialling = Dialling(f"{base}{path}{'?' if query else ''}{query}", deadline)
    speak = partial(_exchange, method, dialling, headers, deadline)
    try:
        return within(deadline, lambda: dialling.run(speak), dialling.abandon)
    except http.client.HTTPException as exc:
        raise NetworkError(
            f"{dialling.host} cannot be reached over HTTP ({type(exc).__name__}).",
            hint=UNREACHABLE,
        ) from exc


def _exchange(
    method: str,
    dialling: Dialling,
    headers: Mapping[str, str],
    deadline: Deadline,
    sock: socket.socket,
) -> Response:
    parts = dialling.parts
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    about = {"Host": authority(parts), "User-Agent": f"binfut/{__version__}"}
    sock.settimeout(deadline.left())
    connection = http.client.HTTPConnection(about["Host"])
    connection.sock = sock
    connection.request(method, target, headers={**about, "Accept-Encoding": "gzip", **headers})
    with sock, Answer(deadline, sock, method=method) as answer:
        answer.begin()
        found = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status, found, _body(answer, found, deadline))


def _body(answer: Answer, headers: Mapping[str, str], deadline: Deadline) -> bytes:
    """The body, whose bound holds of what is unpacked too."""
    unpacked = _unpacking(headers.get("content-encoding", "identity").lower())
    body = bytearray()
    while chunk := answer.read1(CHUNK):
        body += unpacked(chunk, MAX_BODY + 1 - len(body))
        deadline.left()
        if len(body) > MAX_BODY:
            raise too_long()
    if answer.length:  # which the library lets pass
        raise http.client.IncompleteRead(bytes(body), answer.length)
    return bytes(body)


def _unpacking(encoding: str) -> Callable[[bytes, int], bytes]:
    """What makes the plain text of a chunk, no more than so many bytes of it."""
    if encoding == "identity":
        return lambda chunk, most: chunk
    if encoding != "gzip":
        raise NetworkError("An answer came in an encoding that nobody asked for.", hint=OTHER)
    gzip = zlib.decompressobj(wbits=31)

    def unpacked(chunk: bytes, most: int) -> bytes:
        try:
            return gzip.decompress(chunk, most)
        except zlib.error as exc:
            raise NetworkError("An answer cannot be unpacked.", hint=OTHER) from exc

    return unpacked
