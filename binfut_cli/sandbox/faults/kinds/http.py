"""Faults of HTTP: statuses, bodies and heads, of REST answers and of handshakes."""

from collections.abc import Mapping

from binfut_cli.sandbox.api.rest import dumps
from binfut_cli.sandbox.faults.armed import Effect, Output
from binfut_cli.sandbox.faults.effects import answered, ending, preceded, truncated
from binfut_cli.sandbox.faults.kinds.kind import HTTP, TEXTS, Kind, Kinds, plain
from binfut_cli.sandbox.params import BadParams, Params
from binfut_cli.sandbox.wire.http11 import response
from binfut_cli.sandbox.wire.steps import Fin, Steps

FIREWALL = "<html>\n<head><title>403 Forbidden</title></head>\n<body>403 Forbidden</body>\n</html>"
PORTAL = "<!DOCTYPE html><html><body>Please accept the terms of this network.</body></html>"
RESTRICTED = "Service unavailable from a restricted location according to 'b. Eligibility'."
OVERLOADED = "The service is temporarily unavailable, please try again later."
UNKNOWN = "Unknown error, please check your request or try again later."
REFUSALS: Mapping[int, tuple[int, str]] = {
    401: (-2015, "Invalid API-key, IP, or permissions for action."),
    403: (-1011, "This IP cannot access this route."),
    418: (-1003, "Way too many requests; IP(127.0.0.1) banned until 4102444800000."),
    429: (-1003, "Too many requests; current limit of IP(127.0.0.1) is 2400 requests per minute."),
    451: (0, RESTRICTED),
    500: (-1000, UNKNOWN),
    503: (-1008, OVERLOADED),
}
HTML = (("Content-Type", "text/html"),)
EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
MEBIBYTE = "x" * (1 << 20)


def refusal(status: int) -> tuple[int, str]:
    """The code and the sentence that go with a status."""
    return REFUSALS.get(status, (-1000, UNKNOWN))


def _http_status(params: Params) -> Effect:
    status = params.integer("status", 503)
    code, msg = refusal(status)
    body = params.text("body", FIREWALL if status == 403 else dumps({"code": code, "msg": msg}))
    headers = params.value("headers", {"Retry-After": "1"} if status in (418, 429) else {})
    if not isinstance(headers, dict):
        raise BadParams("headers must be an object")
    if "<html" in body:
        headers = {"Content-Type": "text/html", **headers}
    return answered(status, body, tuple((str(k), str(v)) for k, v in headers.items()))


def _redirect(params: Params) -> Effect:
    return answered(params.integer("status", 302), "", (("Location", params.text("location")),))


def _body(output: Output) -> bytes:
    return output.text.encode()


def _no_length(output: Output) -> Steps:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
    return (head + _body(output), Fin())


def _chunked(output: Output) -> Steps:
    body = _body(output)
    parts = (body[: len(body) // 2], body[len(body) // 2 :], b"")
    return (_chunk_head() + b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts),)


def _chunk_head() -> bytes:
    kind = b"Content-Type: application/json\r\nTransfer-Encoding: chunked"
    return b"HTTP/1.1 200 OK\r\n" + kind + b"\r\n\r\n"


def _compressed(output: Output) -> Steps:
    import gzip  # which few faults need, and no run without one

    headers = (("Content-Encoding", "gzip"),)
    return (response(200, gzip.compress(_body(output), 1, mtime=0), headers),)


def _not_compressed(output: Output) -> Steps:
    return (response(200, _body(output), (("Content-Encoding", "gzip"),)),)


def _too_long(output: Output) -> Steps:
    """Leave bytes on the connection for whoever asks next."""
    body = _body(output)
    return (response(200, body, length=len(body) // 2),)


def _edited_head(old: bytes, new: bytes) -> Effect:
    def effect(output: Output) -> Steps:
        return tuple(
            step.replace(old, new) if isinstance(step, bytes) else step for step in output.steps
        )

    return effect


def _other_accept(output: Output) -> Steps:
    lines = [line for step in output.steps if isinstance(step, bytes) for line in step.split(b"\n")]
    said = [b"Sec-WebSocket-Accept: AAAA\r" if b"-Accept:" in line else line for line in lines]
    return (b"\n".join(said),)


EXTENSION = b"\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
KINDS: Kinds = {
    "httpStatus": Kind(HTTP, _http_status),
    "redirect": Kind(("handshake", "rest"), _redirect),
    "portal": Kind(HTTP, plain(answered(200, PORTAL, HTML))),
    "maintenance": Kind(HTTP, plain(answered(502, "<html><h1>502 Bad Gateway</h1></html>", HTML))),
    "earlyHints": Kind(HTTP, plain(preceded(EARLY_HINTS))),
    "hugeHead": Kind(HTTP, plain(answered(200, "{}", (("X-Padding", MEBIBYTE),)))),
    "badHead": Kind(HTTP, plain(ending(b"HTTP/one 2OO fine\r\n\r\n", Fin()))),
    "truncated": Kind(TEXTS, lambda params: truncated(params.size("bytes", 20))),
    "noLength": Kind(("rest",), plain(_no_length)),
    "chunked": Kind(("rest",), plain(_chunked)),
    "badChunk": Kind(("rest",), plain(ending(_chunk_head() + b"zz\r\n{}\r\n0\r\n\r\n", Fin()))),
    "compressed": Kind(("rest",), plain(_compressed)),
    "notCompressed": Kind(("rest",), plain(_not_compressed)),
    "tooLong": Kind(("rest",), plain(_too_long)),
    "wrongAccept": Kind(("handshake",), plain(_other_accept)),
    "noUpgrade": Kind(("handshake",), plain(_edited_head(b"Upgrade: websocket\r\n", b""))),
    "extension": Kind(("handshake",), plain(_edited_head(b"\r\n\r\n", EXTENSION))),
}
