"""The control endpoint: plain HTTP with JSON, on a port of its own, for tests and rehearsals.

Who steers it has read its announcement, and is no web page.
"""

import hmac
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from binfut_cli.sandbox.api.rest import dumps
from binfut_cli.sandbox.params import BadParams
from binfut_cli.sandbox.server.admission import stranger
from binfut_cli.sandbox.server.handlers import HANDLERS, Body
from binfut_cli.sandbox.steering import Steering
from binfut_cli.sandbox.wire.connection import Connection
from binfut_cli.sandbox.wire.http11 import BadRequest, Head, Reader, response
from binfut_cli.sandbox.wire.steps import Fin


class Refused(Exception):
    """The request is not let in: a status and a sentence."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Control:
    """Answer `METHOD /path` by a table; what makes no sense is 400 and a sentence.

    Every request carries the token, and none comes from a browser.
    """

    def __init__(self, steering: Steering, token: str) -> None:
        self._steering, self._token = steering, token

    def serve(self, connection: Connection) -> None:
        """Answer the requests of one connection."""
        reader = Reader(connection)
        try:
            while not connection.over.is_set() and (head := reader.head()) is not None:
                connection.play((self._answer(head, reader.body(head)),))
                if head.last:
                    connection.play((Fin(),))
        except BadRequest as exc:
            connection.play((_refusal(400, str(exc)),))

    def _answer(self, head: Head, body: bytes) -> bytes:
        try:
            self._admit(head)
            return _json(200, self._handled(head, body))
        except Refused as exc:
            return _refusal(exc.status, str(exc))
        except BadParams as exc:
            return _refusal(400, str(exc))
        except RecursionError:
            return _refusal(400, "the body is nested too deeply")

    def _admit(self, head: Head) -> None:
        if (why := stranger(head)) is not None:
            raise Refused(403, why)
        if "origin" in head.headers:
            raise Refused(403, "no web page steers this sandbox: an Origin header is refused")
        given = head.headers.get("authorization", "").encode("latin-1")
        if not hmac.compare_digest(given, f"Bearer {self._token}".encode()):
            raise Refused(401, "Authorization must be Bearer and the announcement's controlToken")
        if head.method == "POST" and _media_type(head) != "application/json":
            raise Refused(415, "the Content-Type of a POST must be application/json")

    def _handled(self, head: Head, body: bytes) -> Any:
        url = urlsplit(head.target)
        handler = HANDLERS.get(f"{head.method} {url.path}")
        if handler is None:
            ways = ", ".join(HANDLERS)
            raise Refused(404, f"no {head.method} {url.path} here; there are: {ways}")
        return handler(self._steering, _object(body), parse_qs(url.query))


def _media_type(head: Head) -> str:
    return head.headers.get("content-type", "").partition(";")[0].strip().lower()


def _object(body: bytes) -> Body:
    if not body:
        return {}
    try:
        value = json.loads(body)
    except ValueError as exc:
        raise BadParams("the body must be a JSON object") from exc
    if not isinstance(value, dict):
        raise BadParams("the body must be a JSON object")
    return value


def _refusal(status: int, why: str) -> bytes:
    return _json(status, {"error": why})


def _json(status: int, value: Any) -> bytes:
    return response(status, dumps(value).encode())
