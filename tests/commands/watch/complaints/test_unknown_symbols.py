"""A symbol that nobody has: told once, as soon as all markets were read."""

import os

from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.complaints.unknown_symbols import UnknownSymbols
from binfut_cli.endpoints import Lane, Market
from binfut_cli.render.output import Output
from binfut_cli.render.watch.shown import Shown
from binfut_cli.stream.records import Record

LANES = [Lane(market) for market in Market]


def snapshot(market: Market, *symbols: str) -> Record:
    body = {"assets": [], "positions": [], "symbols": [{"symbol": each} for each in symbols]}
    return Record("snapshot", market, 1, "snapshot", body)


def said(symbols: str | None, *records: Record) -> str:
    reader, writer = os.pipe()
    context = Context()
    context.err = Output(writer, False, False, None)
    unknown = UnknownSymbols(context, Shown.of(None, symbols), LANES)
    for record in records:
        unknown.observe([record])
    os.close(writer)
    with open(reader, encoding="utf-8") as file:
        return file.read()


BOTH = snapshot(Market.USDM, "BTCUSDT", "ETHUSDT"), snapshot(Market.COINM, "BTCUSD_PERP")


def test_what_may_be_meant_is_told_once_all_markets_were_read() -> None:
    assert said("BTCUSTD", *BOTH[:1]) == ""
    assert said("btcustd,ETHUSDT", *BOTH, *BOTH) == (
        "binfut: no BTCUSTD on what is watched. Did you mean 'BTCUSDT'?\n"
    )


def test_symbols_that_are_there_or_that_resemble_none_are_not_mentioned() -> None:
    for symbols in (None, "BTCUSDT,BTCUSD_PERP", "NEWUSDC_X"):
        assert said(symbols, *BOTH) == ""
