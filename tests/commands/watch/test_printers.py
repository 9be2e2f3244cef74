"""Lines as they are written: on which stream, under which day, and what waits to the end."""

import os
from collections.abc import Callable

import pytest

from binfut_cli.codec import Row
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.printers import HumanPrinter, View
from binfut_cli.endpoints import Market
from binfut_cli.render import zone
from binfut_cli.render.output import Output
from binfut_cli.render.watch.moments import HOLD_MS
from binfut_cli.stream.records import Counts, Record, Status, Verdict

LATE = 1_700_092_799_000  # 2023-11-15 23:59:59 UTC
ORDER: Row = {
    "event": "ORDER_TRADE_UPDATE", "transactionTime": 1,
    "order": {"symbol": "BTCUSDT", "executionType": "TRADE", "lastFilledQty": "1", "origQty": "1"},
}  # fmt: skip
DEPOSIT: Row = {
    "event": "ACCOUNT_UPDATE", "reason": "DEPOSIT", "positions": [],
    "balances": [{"asset": "USDT", "walletBalance": "2", "previous": {"walletBalance": "1"}}],
}  # fmt: skip
DAYS = ("── Wednesday 2023-11-15, times in UTC ──", "── Thursday 2023-11-16, times in UTC ──")


@pytest.fixture(autouse=True)
def _utc() -> None:
    zone.use("UTC")


def event(row: Row, time_ms: int = LATE) -> Record:
    return Record("event", Market.USDM, time_ms, "stream", row)


def live(time_ms: int = LATE) -> Record:
    return Record.of(Status(Verdict.LIVE, "connected"), time_ms, Market.USDM)


def written(
    act: Callable[[HumanPrinter], None], now_ms: Callable[[], int] = lambda: 0, *, screen: bool
) -> tuple[list[str], list[str]]:
    """What is written to standard output and error by then."""
    pipes = [os.pipe(), os.pipe()]
    context = Context()
    context.out, context.err = (Output(writer, screen, False, None) for _, writer in pipes)
    view = View()
    words = [view.lines(out, False, 0) for out in (context.out, context.err)]
    act(HumanPrinter(context, words[0], words[1], view.moments(), now_ms))
    for _, writer in pipes:
        os.close(writer)
    texts = []
    for reader, _ in pipes:
        with open(reader, encoding="utf-8") as file:
            texts.append(file.read().splitlines())
    return texts[0], texts[1]


def test_each_day_is_named_once_on_each_stream() -> None:
    records = [
        live(),
        event(DEPOSIT),
        event(DEPOSIT),
        live(LATE + 999),
        event(DEPOSIT, LATE + 1000),
    ]
    out, err = written(lambda printer: printer.show(records), screen=False)
    assert [line for line in out if "──" in line] == [*DAYS]
    assert [line for line in err if "──" in line] == [DAYS[0]]
    assert (out[0], out[3], err[0]) == (DAYS[0], DAYS[1], DAYS[0])


def test_on_one_screen_a_day_is_named_once() -> None:
    out, err = written(lambda printer: printer.show([live(), event(DEPOSIT)]), screen=True)
    assert ([line for line in out if "──" in line], err[0]) == ([], DAYS[0])


def test_midnight_is_told_though_nothing_happens() -> None:
    beat = Record.of(Counts().heartbeat(0, 0), LATE + 1000, Market.USDM)
    out, _ = written(lambda printer: printer.show([event(DEPOSIT), beat]), screen=False)
    assert out[-1] == DAYS[1]


def test_a_part_that_stays_alone_is_written_when_nothing_comes() -> None:
    times = iter([0, HOLD_MS - 1, HOLD_MS])

    def act(printer: HumanPrinter) -> None:
        for records in ([event(ORDER)], [], []):
            printer.show(records)

    out, _ = written(act, lambda: next(times), screen=False)
    assert out[1].split()[1:3] == ["FILL", "BTCUSDT"]


def test_what_waits_is_written_at_the_end() -> None:
    def act(printer: HumanPrinter) -> None:
        printer.show([event(ORDER)])
        printer.finish()
        printer.finish()

    out, _ = written(act, screen=False)
    assert len(out) == 2
    assert "FILL" in out[1]
