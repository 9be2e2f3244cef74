"""The dashboard as a user has it: keys in, text of the screen out."""

import asyncio
from collections.abc import Awaitable, Callable

from textual.pilot import Pilot

from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.render.watch.live import keys
from binfut_cli.render.watch.live.app import Dashboard
from binfut_cli.render.watch.live.frames.frame import Frame
from binfut_cli.render.watch.live.widgets import Ink
from tests.support.screens import COINM, account, frame, order, position, screen

TWO = (
    account(position("BTCUSDT", "0.2"), position("ETHUSDT", "0.1", "-3"), orders=[order(1)]),
    account(position("BTCUSD_PERP", "0.3"), lane=COINM, standing="GAP", why="the stream broke"),
)
TOLD = tuple(f"12:00:{number:02} BALANCE USDT 1 → 2" for number in range(30))


def run(
    app: Dashboard,
    use: Callable[[Pilot[None]], Awaitable[None]],
    size: tuple[int, int] = (80, 24),
) -> None:
    """Use a dashboard on a terminal of so many columns and lines."""

    async def using() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await use(pilot)

    asyncio.run(using())
    assert app.failed is None


def dashboard(*frames: Frame, ink: Ink | None = None, left: list[bool] | None = None) -> Dashboard:
    """One that shows these, one after the other, and then the last."""
    rest = list(frames)
    looking: Callable[[], Frame] = lambda: rest.pop(0) if len(rest) > 1 else rest[0]  # noqa: E731
    return Dashboard(looking, (left if left is not None else []).append, ink=ink)


def test_an_account_on_a_screen() -> None:
    app = dashboard(frame(*TWO, told=TOLD))

    async def use(pilot: Pilot[None]) -> None:
        shown = screen(app)
        assert shown[0].startswith(" binfut USD-M · sandbox · one-way")
        assert shown[1:4] == [
            " 1 one-way USD-M 25.00%  2 coinm COIN-M 60.00% GAP",
            " Margin ratio 25.00%  Nearest liquidation 10.00% ETHUSDT  █████···············",
            " Margin balance 1,100.50  Wallet balance 1,000.00  USDT",
        ]
        assert shown[5] == "▸Positions 2 · by risk"
        assert [line.split()[0] for line in shown[6:9]] == ["Symbol", "ETHUSDT", "BTCUSDT"]
        assert shown[9] == " Open orders 1"
        assert shown[12] == " Events"
        assert shown[13:22] == list(TOLD[-9:])
        assert shown[22] == " LIVE proven 3 s ago"
        assert shown[23] == " q quit  p pause  s sort  z zeros  / find  f full  ? help"

    run(app, use)


def test_keys_choose_what_is_seen() -> None:
    app = dashboard(frame(*TWO))

    async def use(pilot: Pilot[None]) -> None:
        await pilot.press("s")
        assert "▸Positions 2 · by PnL" in screen(app)
        await pilot.press("slash", "b", "t", "q", "backspace", "enter")
        assert "▸Positions 1 · by PnL · only bt" in screen(app)
        await pilot.press("escape", "right")
        assert screen(app)[0].startswith(" binfut COIN-M · sandbox · coinm")
        assert screen(app)[22] == " GAP the stream broke"
        await pilot.press("1", "question_mark")
        assert screen(app)[1:3] == [" Keys", f"  {'q':<17}  {keys.KEYS[0].said}"]
        assert screen(app)[21].startswith(" Figures older than 15 s are faint")
        await pilot.press("question_mark", "tab", "f")
        assert "▸Open orders 1" in screen(app)
        assert not [line for line in screen(app) if "Positions" in line]
        await pilot.press("f")
        await pilot.click("#accounts", offset=(30, 0))
        assert screen(app)[0].startswith(" binfut COIN-M")

    run(app, use)


def test_q_and_ctrl_c_are_left_to_whoever_watches() -> None:
    left: list[bool] = []
    app = dashboard(frame(*TWO), left=left)

    async def use(pilot: Pilot[None]) -> None:
        await pilot.press("q", "ctrl+c", "slash", "q", "ctrl+c")
        assert screen(app)[23].startswith(" Symbol: q")

    run(app, use)
    assert left == [False, True, True]


def test_no_key_of_textuals_own_ends_the_screen() -> None:
    """Who stops a terminal by Ctrl-S lets it go on by Ctrl-Q."""
    left: list[bool] = []
    app = dashboard(frame(*TWO), left=left)

    async def use(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+s", "ctrl+q", "ctrl+p", "ctrl+d", "ctrl+z")
        assert app.return_code is None

    run(app, use)
    assert left == []


def test_a_paused_view_holds_still_but_for_how_the_stream_stands() -> None:
    frames = [frame(account(position("BTCUSDT", "0.2")))]
    app = Dashboard(lambda: frames[-1], lambda by_signal: None)

    async def use(pilot: Pilot[None]) -> None:
        await pilot.press("p")
        frames.append(frame(account(standing="STALE"), told=("x",)))
        app.look_again()
        await pilot.pause()
        shown = screen(app)
        assert any(line.split()[0] == "BTCUSDT" for line in shown if line)
        assert shown[22].startswith(" STALE proven 3 s ago")
        assert shown[22].endswith("1 lines since")
        await pilot.press("p")
        assert "▸Positions none · by risk" in screen(app)

    run(app, use)


def test_rows_of_zeros_are_shown_when_asked_for() -> None:
    flat = position("FLATUSDT", None, positionAmt="0", openOrderInitialMargin="0")
    app = dashboard(frame(account(flat)))

    async def use(pilot: Pilot[None]) -> None:
        assert "▸Positions none · by risk · 1 at zero hidden" in screen(app)
        await pilot.press("z")
        assert "▸Positions 1 · by risk" in screen(app)

    run(app, use)


def test_many_rows_are_moved_by_keys_and_wheel() -> None:
    rows = [position(f"S{number:03}", f"0.{number + 100}") for number in range(100)]
    app = dashboard(frame(account(*rows)))

    async def use(pilot: Pilot[None]) -> None:
        def first() -> str:
            return screen(app)[6].split()[0]

        assert first() == "S000"
        await pilot.press("down", "j", "up")
        assert first() == "S001"
        await pilot.press("pagedown")
        assert first() == "S011"
        await pilot.press("end")
        assert "S099" in screen(app)[15]
        await pilot.press("home")
        assert first() == "S000"
        assert "▸Positions 100 · by risk" in screen(app)

    run(app, use)


def test_every_size_from_40_by_10_is_shown() -> None:
    app = dashboard(frame(*TWO, told=TOLD))

    async def use(pilot: Pilot[None]) -> None:
        for columns, lines in ((40, 10), (60, 20), (200, 50), (20, 5), (80, 24)):
            await pilot.resize_terminal(columns, lines)
            await pilot.pause()
            shown = screen(app)
            assert len(shown) == lines
            assert max(map(len, shown)) <= columns
        assert shown[22] == " LIVE proven 3 s ago"

    run(app, use)


def test_nothing_but_ascii_on_a_terminal_without_utf8() -> None:
    app = dashboard(frame(*TWO, told=TOLD), ink=Ink(utf8=False))

    async def use(pilot: Pilot[None]) -> None:
        assert all(line.isascii() for line in screen(app))
        assert (
            " Margin ratio 25.00%  Nearest liquidation 10.00% ETHUSDT  #####---------------"
            in screen(app)
        )

    run(app, use)


def test_a_secret_is_taken_out_before_anything_is_cut() -> None:
    secret = "s" * 64
    ink = Ink(clean=lambda text: text.replace(secret, "***"))
    app = dashboard(
        frame(account(why=f"refused {secret}"), told=(f"{'x' * 50} {secret}",)), ink=ink
    )

    async def use(pilot: Pilot[None]) -> None:
        assert " LIVE refused ***" in screen(app)
        assert not [line for line in screen(app) if "sss" in line]

    run(app, use)


def test_a_fault_of_the_screen_is_kept_for_who_runs_it() -> None:
    def fail() -> Frame:
        raise ValueError("odd")

    app = Dashboard(fail, lambda by_signal: None)

    app.run(headless=True)
    assert isinstance(app.failed, ValueError)


def test_titles_go_with_the_columns_that_make_room_for_ages() -> None:
    rows = position("BTCUSDT", "0.2", leverage=20), position("ETHUSDT", "0.1", leverage=10)
    fresh, old = account(*rows), account(*rows, ages={("BTCUSDT", "BOTH"): "16 s old"})

    def shown(*frames: Frame) -> list[str]:
        app, found = dashboard(*frames), list[str]()

        async def use(pilot: Pilot[None]) -> None:
            for _ in frames:
                app.look_again()
                await pilot.pause()
            found.extend(screen(app))

        run(app, use, (90, 24))
        return found

    assert shown(frame(fresh), frame(old)) == shown(frame(old))


def test_another_account_is_shown_whole_though_its_rows_are_as_they_were() -> None:
    others = Lane(Market.USDM, Scope(Env.SANDBOX, "other"))
    two = account(position("BTCUSDT", "0.2")), account(position("ETHUSDT", "0.2"), lane=others)
    app = dashboard(frame(*two))

    async def use(pilot: Pilot[None]) -> None:
        for key, symbol in (("", "BTC"), ("right", "ETH"), ("left", "BTC"), ("right", "ETH")):
            await pilot.press(*filter(None, [key]))
            assert [line[1:4] for line in screen(app)[7:8]] == [symbol]

    run(app, use)


def test_the_newest_events_are_shown_whole_if_they_fit() -> None:
    first, more = "12:00:00 TRADE BTCUSDT bought", "           and on"
    whole = (first, *[more] * 4)
    told = [whole * 3]
    app = Dashboard(lambda: frame(*TWO, told=told[0]), lambda _: None)

    async def use(pilot: Pilot[None]) -> None:
        assert screen(app)[13:22] == [*whole, "", "", "", ""]
        told[0] = (first, *[more] * 20)
        app.look_again()
        await pilot.pause()
        assert screen(app)[13:22] == [more] * 9

    run(app, use)
