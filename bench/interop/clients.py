"""Which clients are tried, in which version, and what each needs to be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Client:
    """A client: how it is installed (`packages`), its job, and the settings that made it work.

    `deaf` are events (`coinm GRID_UPDATE`) that it has no handler for, or loses itself; `known`
    says of a job that differs, who is right and why, and what else would hurt who uses it beside
    binfut. `python` is the interpreter it needs, if it is not ours, and `tls` whether it speaks
    nothing else.
    """

    name: str
    packages: Sequence[str]
    job: str
    settings: str
    deaf: frozenset[str] = frozenset()
    markets: Sequence[str] = ("usdm", "coinm")
    known: Mapping[str, str] = field(default_factory=dict)
    python: str = ""
    tls: bool = False

    def is_deaf(self, market: str, event: str) -> bool:
        """Whether it has no handler for an event of a market."""
        return f"{market} {event}" in self.deaf

    @property
    def version(self) -> str:
        """The version of what is tried."""
        first = self.packages[0] if self.packages else ""
        return first.rpartition("=" if "==" in first else "@")[2] or "as installed"

    @property
    def language(self) -> str:
        """What its job is written in."""
        suffix = self.job.rpartition(".")[2]
        return {"py": "Python", "cjs": "JavaScript", "sh": "shell"}[suffix]


DOUBLES = (
    "`tranId` is above 2^53 on usdm and read as a double, so that different rows have one number; "
    "the amounts agree, and binfut's text has every digit"
)

# What a client does not know that makes balances, positions and orders of a stream.
UNHANDLED = (
    *("ACCOUNT_CONFIG_UPDATE", "MARGIN_CALL", "ALGO_UPDATE", "STRATEGY_UPDATE", "GRID_UPDATE"),
    *("TRADE_LITE", "CONDITIONAL_ORDER_TRIGGER_REJECT", "AMENDMENT", "listenKeyExpired"),
)

CLIENTS = (
    Client(
        "python-binance",
        ("python-binance==1.0.37",),
        "python_binance.py",
        "four addresses are attributes of the class",
    ),
    Client(
        "binance-futures-connector",
        ("binance-futures-connector==4.2.0",),
        "futures_connector.py",
        "`base_url`, `stream_url` with `/private` on usdm",
    ),
    Client(
        "ccxt (Python)",
        ("ccxt==4.5.90",),
        "ccxt_python.py",
        "`urls.api`",
        known={
            "a stop order": "once triggered it is told as filled in full, whatever the exchange "
            "says of it (`findings/ccxt-stop-order-filled.sh`)",
            "a quiet account": "its listenKey is extended once and never again, so that nothing "
            "comes from 80 minutes on, without an error (`findings/ccxt-key-extended-once.sh`)",
            "income in pages": "asked for forwards, rows of the millisecond that a page ends in "
            "are left out (`findings/ccxt-ledger-page-edge.sh`)",
        },
    ),
    Client(
        "ccxt (JavaScript)",
        ("ccxt@4.5.84", "http-proxy-agent@7", "https-proxy-agent@7", "socks-proxy-agent@8"),
        "ccxt_node.cjs",
        "`urls.api`",
    ),
    Client(
        "binance (sieblyio)",
        ("binance@3.6.5",),
        "siebly.cjs",
        "`baseUrl`, `wsUrl`",
        known={"income": DOUBLES},
    ),
    Client(
        "binance-api-node",
        ("binance-api-node@0.13.10",),
        "api_node.cjs",
        "`httpFutures`, `httpDelivery`, `wsFuturesPrivate`, `wsDelivery`",
        known={
            "listenKey": "it deletes the account's when one renewal fails, which ends the streams "
            "of all other programs too (`findings/binance-api-node-deleted-key.sh`); binfut makes "
            "a new one within 15 minutes, and tells the gap",
        },
    ),
    Client(
        "official SDKs (JavaScript)",
        (
            "@binance/derivatives-trading-usds-futures@38.1.1",
            "@binance/derivatives-trading-coin-futures@8.0.1",
        ),
        "official_node.cjs",
        "`basePath`, `wsURL`",
        known={
            "a lost connection": "it is connected again in its first 23 hours only, not once it "
            "was renewed (`findings/official-js-sdk-renewed-connection.sh`)",
        },
    ),
    Client(
        "official SDKs (Python)",
        (
            "binance-sdk-derivatives-trading-usds-futures==18.1.0",
            "binance-sdk-derivatives-trading-coin-futures==14.1.0",
        ),
        "official_python.py",
        "`base_path`, `stream_url`",
    ),
    Client("curl, openssl, jq 1.6", (), "curl.sh", "none", known={"income": DOUBLES}),
    Client(
        "node-binance-api",
        ("node-binance-api@1.0.33",),
        "node_binance_api.cjs",
        "`urls`; the method that makes the address of usdm's private streams is replaced",
        deaf=frozenset(
            f"coinm {name}"
            for name in (
                *("ACCOUNT_CONFIG_UPDATE", "ALGO_UPDATE", "STRATEGY_UPDATE", "GRID_UPDATE"),
                *("MARGIN_CALL", "listenKeyExpired"),
            )
        ),
        known={
            "income": DOUBLES,
            "MARGIN_CALL": "its converter looks for `positions` where the exchange writes `p`, and "
            "fails, on both markets; usdm's callback for everything alone hears of one",
        },
    ),
    Client(
        "unicorn-binance-rest-api, -websocket-api",
        ("unicorn-binance-rest-api==2.12.0", "unicorn-binance-websocket-api==2.16.1"),
        "unicorn.py",
        "three addresses are attributes of the class; `websocket_base_uri`; its listener's own "
        "reader is replaced by one with these addresses",
        deaf=frozenset({"usdm ALGO_UPDATE"}),
        known={
            "ALGO_UPDATE": "on usdm its list of events has a name that is none, ALGO_ORDER_UPDATE; "
            "the exchange sends what is asked for",
            "coinm": "given an exchange's name, its reader asks USD-M's host for COIN-M",
            "output UnicornFy": "of ALGO_UPDATE, STRATEGY_UPDATE, GRID_UPDATE and listenKeyExpired "
            "nothing is left, not even the name (`findings/unicorn-fy-stop-order.sh`)",
        },
    ),
    Client(
        "easy-binance",
        ("easy-binance==0.1.0",),
        "easy.py",
        "`rest_url`, `ws_stream_url`",
    ),
    Client(
        "cryptofeed",
        ("cryptofeed==2.4.1",),
        "cryptofeed_feed.py",
        "endpoints are attributes of the class, with `/private` on usdm; TLS",
        known={"usdm's reads": "their address is in its code; they are not tried"},
        deaf=frozenset(f"{market} {name}" for market in ("usdm", "coinm") for name in UNHANDLED),
        tls=True,
    ),
    Client(
        "nautilus_trader",
        ("nautilus_trader==1.231.0",),
        "nautilus.py",
        "`base_url`",
        known={
            "`use_trade_lite`": "with it every fill is read as one of a one-way position, and as "
            "its order's only one (`findings/nautilus-trade-lite.sh`)",
        },
        python="python3.12",
    ),
    Client("wscat", ("wscat@6.1.0",), "wscat.sh", "none"),
)
