"""One market's REST: a request out, its answer in, and the request weight that its headers tell."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from binfut_cli import codec
from binfut_cli.api.envelope import RateLimit
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.transport import Transport
from binfut_cli.auth.credentials import Credentials
from binfut_cli.errors import BinfutError


class RestApi:
    """Several may be sent side by side; of what they tell of the weight, the greatest counts."""

    def __init__(self, base: str, transport: Transport, credentials: Credentials) -> None:
        self._base, self._transport, self._credentials = base, transport, credentials
        self.weight: RateLimit | None = None

    def get(self, path: str, query: Callable[[], str], deadline: Deadline) -> Any | BinfutError:
        """An answer, or the refusal in its place; the query is made when it is sent."""
        try:
            return self.send("GET", path, deadline, query())
        except BinfutError as exc:
            return exc

    def send(self, method: str, path: str, deadline: Deadline, query: str = "") -> Any:
        """Send one request with the key in its header, and return the answer."""
        headers = {"X-MBX-APIKEY": self._credentials.api_key.reveal()}
        response = self._transport.send_rest(method, self._base, path, query, headers, deadline)
        self._count(response.headers)
        return codec.loads(response.body, f"{method} {path}")

    def _count(self, headers: Mapping[str, str]) -> None:
        """Take in the request weight used this minute, as REST tells it: without the limit."""
        used = headers.get("x-mbx-used-weight-1m", "")
        if re.fullmatch("[0-9]{1,12}", used):
            known = self.weight.count if self.weight else 0
            self.weight = RateLimit("REQUEST_WEIGHT", "MINUTE", 1, 0, max(known, int(used)))
