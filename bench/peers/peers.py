"""Which clients binfut is measured beside. Their versions are those of the page on interop."""

from dataclasses import dataclass
from pathlib import Path

from bench.interop.clients import CLIENTS, Client
from bench.interop.environments import python_with

JOBS = Path(__file__).parent / "jobs"


@dataclass(frozen=True, slots=True)
class Peer:
    """A client of the page on interop, by the package that is measured, and what it `gives`.

    `reads` says how it reads an account: "" if it is not asked to. `wrapped` says that its stream
    names itself around each event. `events` are as many as it reads in some seconds.
    """

    package: str
    client: Client
    gives: str
    reads: str
    events: int = 20_000
    wrapped: bool = False

    @property
    def name(self) -> str:
        """Its name with its version, as the tables have it."""
        pinned = dict(each.split("==") for each in self.client.packages)
        return f"{self.package} {pinned[self.package]}"

    def command(self, below: Path, *words: str) -> list[str]:
        """How its job is started, in its own environment below a directory; made if need be."""
        place = below / self.client.job.replace(".", "-")
        return [str(python_with(place, self.client.packages)), str(JOBS / self.client.job), *words]


def _client(name: str) -> Client:
    (found,) = (each for each in CLIENTS if each.name == name)
    return found


PEERS = (
    Peer("python-binance", _client("python-binance"), "dictionaries, printed as JSON", "REST"),
    Peer(
        "binance-sdk-derivatives-trading-usds-futures",
        _client("official SDKs (Python)"),
        "models, printed as JSON",
        "WebSocket API",
        wrapped=True,
    ),
    Peer(
        "ccxt", _client("ccxt (Python)"), "its handlers' messages, printed as JSON", "REST", 3_000
    ),
    Peer(
        "unicorn-binance-websocket-api",
        _client("unicorn-binance-rest-api, -websocket-api"),
        "text",
        "",
        100_000,
    ),
    Peer("binance-futures-connector", _client("binance-futures-connector"), "text", "REST"),
)
RIVAL = PEERS[0]
"""What the ratios are to."""
