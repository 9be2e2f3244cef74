"""The alerts of a recording: of what, from when to when, how often they were told. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from binfut_cli.codec import Row
from binfut_cli.stream.records import Alert


@dataclass(slots=True)
class _Span:
    """From when to when something held, or was not known to."""

    said: Alert
    until_ms: int | None = None
    times: int = 1


class AlertSpans:
    """Takes an account's alerts in their order; `rows` has each with its end, if it had one."""

    def __init__(self) -> None:
        self._spans: list[_Span] = []
        self._open: dict[tuple[str, int], _Span] = {}  # by run and number

    def take(self, alert: Alert, run: str, time_ms: int) -> None:
        """Take an alert in."""
        key = run, alert.number
        span = self._open.get(key)
        if alert.state in ("cleared", "known"):
            if span is not None:
                self._open.pop(key).until_ms = time_ms
        elif span is not None:
            span.times += 1
        else:
            self._open[key] = span = _Span(alert)
            self._spans.append(span)

    def rows(self) -> Iterator[Row]:
        """A row for each."""
        for each in self._spans:
            yield {
                "from": each.said.crossed_ms,
                "to": each.until_ms,
                "state": each.said.state,
                "of": _name(each.said),
                "expression": each.said.expression,
                "times": each.times,
            }


def _name(alert: Alert) -> str:
    """What it is of: a leg, an asset, or rows of a kind."""
    return " ".join(map(str, alert.key.values())).removesuffix(" BOTH") or alert.kind
