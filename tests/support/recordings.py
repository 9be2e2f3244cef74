"""Recordings for tests: lines as a watch writes them, and a whole one of the simulated exchange."""

import json
import random
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from binfut_cli.endpoints import Env, Market, Scope
from binfut_cli.render.documents import Lines
from binfut_cli.stream.records import Record
from tests.support.simulation import EPOCH_MS, Simulation

SCOPE = Scope(Env.SANDBOX, "one-way")
LASTS_S = 700.0


def line(seq: int, type_: str = "heartbeat", **body: Any) -> bytes:
    """One line as a watch writes it; what is given takes the place of the envelope's own."""
    head = {
        "v": 1, "type": type_, "market": "usdm", "env": "sandbox", "profile": "one-way",
        "time": 1_791_000_000_000 + seq * 1000, "run": "a1", "seq": seq, "source": "watch",
    }  # fmt: skip
    return json.dumps({**head, **body}, separators=(",", ":")).encode() + b"\n"


def written(path: Path, lines: Iterable[bytes]) -> str:
    """A file of these lines, by its name."""
    path.write_bytes(b"".join(lines))
    return str(path)


@cache
def simulated(market: Market = Market.USDM, run: str = "a1") -> tuple[bytes, ...]:
    """The lines of a watch of some minutes, in which a stream breaks for a while."""
    found: list[Record] = []
    sim = Simulation(market, 3, every_s=60.0, told=found.append)
    _happen(sim, 20, sim.happen)
    sim.at(300, lambda: setattr(sim, "cut", True))
    sim.at(350, lambda: setattr(sim, "cut", False))
    sim.run(LASTS_S)
    lines = Lines(SCOPE, run)
    return tuple(map(lines.line, found))


def _happen(sim: Simulation, every_s: float, do: Callable[[], object]) -> None:
    second = 5.0
    while second < LASTS_S - 100:
        sim.at(second, do)
        second += every_s


BEAT_MS = 60_000
READ_MS = 600_000
FILL = 'ORDER_TRADE_UPDATE","eventTime":%d,"transactionTime":%d,"order":' + json.dumps(
    {
        "symbol": "BTCUSDT", "clientOrderId": "x-0123456789abcdef", "side": "SELL", "type": "LIMIT",
        "origQty": "0.04", "price": "82829.77", "executionType": "TRADE", "status": "FILLED",
        "orderId": "838976%d", "executedQty": "0.04", "commissionAsset": "USDT",
        "lastFilledQty": "0.04", "lastFilledPrice": "82829.77", "commission": "0.66263816",
        "tradeId": "%d", "maker": True, "realizedPnl": "63.1748", "positionSide": "BOTH",
    },
    separators=(",", ":"),
)  # fmt: skip
UPDATE = (
    'ACCOUNT_UPDATE","eventTime":%d,"transactionTime":%d,"reason":"ORDER","balances":[{"asset":'
    '"{asset}","walletBalance":"{wallet}","crossWalletBalance":"{wallet}","balanceChange":"0",'
    '"previous":{}}],"positions":[{"symbol":"{symbol}","positionAmt":"{held}","entryPrice":'
    '"81250.4","accumulatedRealized":"39.97455999","unrealizedProfit":"2305.8802","marginType":'
    '"cross","isolatedWallet":"0","positionSide":"BOTH","marginAsset":"{asset}","breakEvenPrice":'
    '"81240.97402613699","previous":{"positionAmt":"1"}}]'
)
NAMES = {Market.USDM: ("USDT", "BTCUSDT"), Market.COINM: ("BTC", "BTCUSD_PERP")}


def busy(lasts_ms: int, every_ms: int, seed: int = 1, read_ms: int = READ_MS) -> Iterator[bytes]:
    """A watch of both markets, line by line: lively, with a gap and the account read now and then.

    Every line is as a watch writes it; the figures in them move at random.
    """
    chance, seq = random.Random(seed), 0
    bodies, gaps = {market: _body(market) for market in Market}, 0
    beat_ms = due_ms = EPOCH_MS
    for now_ms in range(EPOCH_MS, EPOCH_MS + lasts_ms, every_ms):
        said: list[tuple[str, Market, str]] = []
        if now_ms >= due_ms:
            due_ms, gaps = due_ms + chance.choice((read_ms, read_ms // 3)), gaps + 1
            said = [e for market in Market for e in _read(market, bodies[market], now_ms, gaps)]
        if now_ms - beat_ms >= BEAT_MS:
            beat_ms = now_ms
            beat = (
                f'"status":"LIVE","provenAt":{now_ms - 5000},"events":1,"gaps":{gaps},'
                '"backlogBytes":0'
            )
            said += [("heartbeat", market, beat) for market in Market]
        said.append(("event", market := chance.choice([*Market]), _event(market, now_ms, chance)))
        for type_, market, body in said:
            seq += 1
            yield (
                f'{{"v":1,"type":"{type_}","market":"{market}","env":"sandbox","profile":"one-way",'
                f'"time":{now_ms},"run":"a1","seq":{seq},"source":"watch",{body}}}\n'
            ).encode()


def _read(market: Market, body: str, now_ms: int, number: int) -> list[tuple[str, Market, str]]:
    """A gap of three seconds, and the account after it."""
    gap = (
        f'"gap":{number},"from":{now_ms - 4000},"to":{now_ms - 1000},"reason":"lost",'
        '"certainty":"possible","cause":"transport"'
    )
    states = (("GAP", "lost"), ("CONNECTED", "reading the account"), ("LIVE", "read whole"))
    lost, connected, live = (f'"status":"{word}","reason":"{why}"' for word, why in states)
    said = (("status", lost), ("status", connected), ("gap", gap), ("snapshot", body))
    return [(type_, market, text) for type_, text in (*said, ("status", live))]


def _body(market: Market) -> str:
    """What a snapshot says behind its envelope."""
    snapshot = next(each for each in simulated(market) if b'"type":"snapshot"' in each)
    return snapshot.decode().partition('"source":"snapshot",')[2][:-2]


def _event(market: Market, now_ms: int, chance: random.Random) -> str:
    if chance.random() < 0.7:
        return '"event":"' + FILL % (now_ms - 20, now_ms - 20, now_ms, now_ms)
    asset, symbol = NAMES[market]
    text = UPDATE.replace("{asset}", asset).replace("{symbol}", symbol)
    text = text.replace("{wallet}", f"{chance.randrange(10**9) / 100:.2f}")
    text = text.replace("{held}", str(chance.randint(-3, 3)))
    return '"event":"' + text % (now_ms - 20, now_ms - 20)
