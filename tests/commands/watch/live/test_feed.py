from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.live.feed import MOST_TOLD, Feed
from binfut_cli.commands.watch.live.held import MOST, Held
from binfut_cli.endpoints import Lane, Market
from binfut_cli.render.watch.moments import HOLD_MS
from binfut_cli.stream.records import Record, Status, Stop, Verdict
from tests.support.screens import NOW_MS, USDM, account

SECRET = "k" * 64


def feed() -> Feed:
    context = Context()
    context.redactor.learn(SECRET)
    return Feed(context)


def status(verdict: Verdict, why: str) -> Record:
    return Record.of(Status(verdict, why), NOW_MS, USDM.market, USDM.scope)


def told(found: Feed) -> list[tuple[Lane | None, str]]:
    found.put(NOW_MS, (account(),))
    lines = [(lane, text) for lane, text in found.look().told if not text.startswith("──")]
    return [(lane, text.split(" ", 1)[1]) for lane, text in lines]


def test_what_a_watch_would_write_is_told_of_its_account() -> None:
    found = feed()
    found.show([status(Verdict.LIVE, "connected"), status(Verdict.GAP, f"lost {SECRET}")])
    assert told(found) == [(USDM, "LIVE connected"), (USDM, "RECONNECTING lost ***")]
    assert found.look().accounts == (account(),)


def test_what_waits_for_more_is_told_in_time_while_another_account_is_busy() -> None:
    now_ms = 0
    found = Feed(Context(), now_ms=lambda: now_ms)
    body = {"event": "TRADE_LITE", "symbol": "BTCUSDT", "tradeId": "1", "transactionTime": NOW_MS}
    notice = Record("event", USDM.market, NOW_MS, "stream", body, None, USDM.scope)
    busy = Record.of(Status(Verdict.LIVE, "connected"), NOW_MS, Market.COINM, USDM.scope)
    found.show([notice])
    now_ms = HOLD_MS
    found.show([busy])
    assert [lane for lane, _ in told(found)] == [Lane(Market.COINM, USDM.scope), USDM]


def test_the_end_is_kept_for_when_the_screen_is_gone() -> None:
    found = feed()
    stop = Record.of(Stop.of("quit", 3, 0, {}, 0, []), NOW_MS, Market.USDM, USDM.scope)
    found.show([status(Verdict.LIVE, "x")])
    assert found.last == ()
    found.show([stop])
    assert list(found.last) == [stop]


def test_lines_are_counted_though_only_the_last_are_kept() -> None:
    found = feed()
    for number in range(MOST_TOLD + 10):
        found.tell(f"at {number}")
    shown = told(found)
    assert (len(shown), shown[0]) == (MOST_TOLD, (None, "10"))
    assert found.look().number == MOST_TOLD + 10


def test_a_frame_stays_as_it_is() -> None:
    found = feed()
    found.tell("at one")
    found.put(NOW_MS, ())
    before = found.look()
    found.tell("at two")
    found.put(NOW_MS, (account(),))
    assert (len(before.told), before.accounts) == (1, ())


def test_what_is_said_meanwhile_is_told_and_given_later() -> None:
    context, said = Context(), list[str]()
    written = Held.of(context.err, said.append)
    held = Held.of(written, said.append)
    for number in range(MOST + 5):
        held.write(f"line {number}\n  hint: x\n".encode())
    assert said[:2] == ["line 0", "  hint: x"]
    held.give()
    assert (len(written.said), written.said[0]) == (MOST, b"line 5\n  hint: x\n")
    assert held.said == []
