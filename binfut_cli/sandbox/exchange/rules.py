"""The exchange's settings that a test or a rehearsal may want to change."""

from typing import Self

import msgspec
from msgspec.structs import replace


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Defaults are the documented ones; times in seconds."""

    weight_limit: int = 2400
    ping_interval_s: float = 180.0
    pong_timeout_s: float = 600.0
    connection_age_s: float = 86_400.0
    incoming_limit: int = 10
    """Messages a second that a stream connection may send, pings and pongs included."""
    both_row: bool = False
    """Push the BOTH row in hedge mode, as the notice of 2020 says; recorded frames omit it."""
    listen_key_age_s: float = 3600.0
    income_delay_s: float = 0.0
    """How long income rows take to appear."""
    literal_filter: bool = False
    """Take a stream URL's `events=A/B` for one event of that name, which never happens."""

    def hurried(self, speed: float) -> Self:
        """The rules of connections in this computer's seconds, when the clock runs faster."""
        if speed == 1:
            return self
        return replace(
            self,
            ping_interval_s=self.ping_interval_s / speed,
            pong_timeout_s=self.pong_timeout_s / speed,
            connection_age_s=self.connection_age_s / speed,
        )
