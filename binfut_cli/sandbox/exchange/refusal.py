"""What the exchange says when it refuses. Codes and sentences as documented."""


class Refusal(Exception):
    """An answer with an error code; `status` is the HTTP or WS-API status."""

    def __init__(
        self, code: int, msg: str, status: int = 400, retry_after_s: int | None = None
    ) -> None:
        super().__init__(f"{code}: {msg}")
        self.code, self.msg = code, msg
        self.status, self.retry_after_s = status, retry_after_s


def missing(name: str) -> Refusal:
    """A mandatory parameter is absent."""
    sentence = f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."
    return Refusal(-1102, sentence)


def bad_timestamp() -> Refusal:
    """The request is outside of recvWindow."""
    return Refusal(-1021, "Timestamp for this request is outside of the recvWindow.")


def ahead_of_time() -> Refusal:
    """The request comes from the future."""
    ahead = "Timestamp for this request was 1000ms ahead of the server's time."
    return Refusal(-1021, ahead)


def bad_signature() -> Refusal:
    """The signature does not match the payload."""
    return Refusal(-1022, "Signature for this request is not valid.")


def bad_key_format() -> Refusal:
    """The API key is no API key."""
    return Refusal(-2014, "API-key format invalid.", 401)


def unknown_key() -> Refusal:
    """The API key is not known here."""
    return Refusal(-2015, "Invalid API-key, IP, or permissions for action.", 401)


def bad_symbol() -> Refusal:
    """The symbol is not traded on this market."""
    return Refusal(-1121, "Invalid symbol.")


def no_such_order() -> Refusal:
    """No order has that number or name, or not in that state."""
    return Refusal(-2013, "Order does not exist.")


def no_listen_key() -> Refusal:
    """The listenKey is gone."""
    return Refusal(-1125, "This listenKey does not exist.")


def unsupported() -> Refusal:
    """The method is not there for this market; -1020 is the only documented code that says so."""
    return Refusal(-1020, "This operation is not supported.")


def no_such_path(method: str, path: str) -> Refusal:
    """No such REST path."""
    return Refusal(-5000, f"Path {path}, Method {method} is invalid", 404)


def too_many_requests(limit: int, retry_after_s: int) -> Refusal:
    """The request weight of this minute is used up."""
    sentence = (
        f"Too many requests; current limit of IP(127.0.0.1) is {limit} requests per minute. "
        "Please use the websocket for live updates to avoid polling the API."
    )
    return Refusal(-1003, sentence, 429, retry_after_s)


def banned(until_ms: int, retry_after_s: int) -> Refusal:
    """The client went on after a 429."""
    sentence = (
        f"Way too many requests; IP(127.0.0.1) banned until {until_ms}. "
        "Please use the websocket for live updates to avoid bans."
    )
    return Refusal(-1003, sentence, 418, retry_after_s)
