"""The control endpoint: plain HTTP with JSON, on a port of its own, for tests and rehearsals."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from binfut_cli.sandbox.api.rest import dumps
from binfut_cli.sandbox.wire.connection import Connection
from binfut_cli.sandbox.wire.http11 import BadRequest, Head, Reader, response
from binfut_cli.sandbox.wire.steps import Fin

Body = dict[str, Any]
Query = dict[str, list[str]]
Handler = Callable[[Body, Query], Any]


class BadInput(Exception):
    """The request to the sandbox's own endpoint makes no sense; the text says why."""


class Control:
    """Answer `METHOD /path` from a table of handlers; a bad input is 400 and a sentence."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = handlers

    def serve(self, connection: Connection) -> None:
        """Answer the requests of one connection."""
        reader = Reader(connection)
        try:
            while not connection.over.is_set() and (head := reader.head()) is not None:
                connection.play((self._answer(head, reader.body(head)),))
                if head.last:
                    connection.play((Fin(),))
        except BadRequest as exc:
            connection.play((_json(400, {"error": str(exc)}),))

    def _answer(self, head: Head, body: bytes) -> bytes:
        url = urlsplit(head.target)
        handler = self._handlers.get(f"{head.method} {url.path}")
        if handler is None:
            ways = ", ".join(self._handlers)
            return _json(404, {"error": f"no {head.method} {url.path} here; there are: {ways}"})
        try:
            return _json(200, handler(_object(body), parse_qs(url.query)))
        except BadInput as exc:
            return _json(400, {"error": str(exc)})


def _object(body: bytes) -> Body:
    if not body:
        return {}
    try:
        value = json.loads(body)
    except ValueError as exc:
        raise BadInput("the body must be a JSON object") from exc
    if not isinstance(value, dict):
        raise BadInput("the body must be a JSON object")
    return value


def _json(status: int, value: Any) -> bytes:
    return response(status, dumps(value).encode())
