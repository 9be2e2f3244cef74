"""The exchange's settings that a test or a rehearsal may want to change."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Defaults are the documented ones; times in seconds."""

    weight_limit: int = 2400
    ping_interval_s: float = 180.0
    pong_timeout_s: float = 600.0
    connection_age_s: float = 86_400.0
    incoming_limit: int = 10
    """Messages a second that a stream connection may send, pings and pongs included."""
    both_row: bool = False
    """Push the BOTH row in hedge mode, as the notice of 2020 says; recorded frames omit it."""
