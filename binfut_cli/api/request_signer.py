"""What is added to a request that must be signed: the key, the exchange's time, the signature.

A clock that is off is measured and corrected once.
"""

from collections.abc import Callable, Mapping
from typing import Any

from binfut_cli.api.clock import Sample
from binfut_cli.auth.credentials import Credentials
from binfut_cli.auth.signing import Param, rest_query, sign_rest, sign_ws
from binfut_cli.errors import BinfutError, ClockError, RateLimitedError

RECV_WINDOW_MS = 5000
MAX_OFFSET_MS = 60_000  # a clock further off is wrong, not drifting, and must be set


class RequestSigner:
    """Signs by our clock, and by how far the exchange's was ahead when it last was refused."""

    def __init__(self, credentials: Credentials, now_ms: Callable[[], int]) -> None:
        self._credentials, self._now_ms = credentials, now_ms
        self.offset_ms = 0

    def params(self, params: Mapping[str, Param], *, signed: bool) -> Mapping[str, Param]:
        """The parameters of a WS-API request."""
        if not signed:
            return params
        key = self._credentials.api_key.reveal()
        return sign_ws({**params, "apiKey": key, **self._clock()}, self._credentials.signer)

    def query(self, params: Mapping[str, Param], *, signed: bool) -> str:
        """The query of a REST request."""
        if not signed:
            return rest_query(params)
        return sign_rest({**params, **self._clock()}, self._credentials.signer)

    def in_time(
        self, ask: Callable[[], list[Any | BinfutError]], server_ms: Callable[[], int]
    ) -> list[Any | BinfutError]:
        """Ask; if our clock is refused and none asks to wait, measure it and ask once more."""
        try:
            return _timely(ask())
        except ClockError:
            self.offset_ms = _offset_ms(Sample.taken(server_ms, self._now_ms))
            return _timely(ask())

    def _clock(self) -> dict[str, Param]:
        return {"recvWindow": RECV_WINDOW_MS, "timestamp": self._now_ms() + self.offset_ms}


def _offset_ms(seen: Sample) -> int:
    """How far the exchange's clock is ahead of ours, in ms, as seen half way of a question."""
    offset = round(seen.offset_ms)
    if abs(offset) > MAX_OFFSET_MS:
        raise ClockError(
            f"This computer's clock is {abs(offset) // 1000} s "
            f"{'behind' if offset > 0 else 'ahead of'} the exchange's.",
            hint="Set the clock right first (chrony, ntpd or the system's time settings).",
            exchange_code=-1021,
        )
    return offset


def _timely(found: list[Any | BinfutError]) -> list[Any | BinfutError]:
    """The same; raise ClockError if our clock was refused, because all of it is wrong then.

    Where another refusal asks to wait, nothing is to be asked once more.
    """
    if not any(isinstance(each, RateLimitedError) for each in found):
        for each in found:
            if isinstance(each, ClockError):
                raise each
    return found
