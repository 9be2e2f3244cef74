"""What is said of balances, positions, settings and margin calls."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from binfut_cli.codec import Row
from binfut_cli.render import palette
from binfut_cli.render.escape import plain
from binfut_cli.render.numbers import NONE, difference, percent
from binfut_cli.render.palette import Role
from binfut_cli.render.watch.events import labels
from binfut_cli.render.watch.events.digits import amount, number
from binfut_cli.render.watch.events.fragments import ARROW, Speech, Told, at, averaged, leg, spoken
from binfut_cli.stream.state import is_held

FUNDING = "FUNDING_FEE"


def update(speech: Speech, body: Row) -> Iterator[Told]:
    """An ACCOUNT_UPDATE: a line for each row that changed."""
    if body.get("reason") == FUNDING and "symbol" in body:
        yield from _funding(speech, body)
        return
    why, told = _why(speech, body), False
    for row in body["balances"]:
        if text := balance(speech, row):
            told = True
            yield Told("BALANCE", row["asset"], [text, *why])
    for row in body["positions"]:
        for text in position(speech, row):
            told = True
            yield Told("POSITION", leg(row), [text, *why])
    if not told:
        yield Told("ACCOUNT", "", ["nothing changed", *why])


def _funding(speech: Speech, body: Row) -> Iterator[Told]:
    """What was paid for a position, or for it, and what is left."""
    parts = [text for row in body["balances"] if (text := _paid(speech, row))]
    parts += [text for row in body["positions"] for text in moved(speech, row)]
    yield Told("FUNDING", body["symbol"], parts or ["nothing changed"])


def _paid(speech: Speech, row: Row) -> str:
    old, asset = _before(row), row["asset"]
    for field in ("walletBalance", "crossWalletBalance"):
        if field in old:
            change = speech.profit(difference(old[field], row.get(field)), asset)
            return f"{change}  wallet {speech.money(row.get('walletBalance'), asset)}"
    return ""


def _why(speech: Speech, body: Row) -> list[str]:
    """The reason, if there is one: a comparison has none."""
    said = spoken(body.get("reason"), labels.REASONS)
    if "symbol" in body:
        said = f"{said} {plain(body['symbol'])}"
    return [speech.palette.paint("faint", said)] if said else []


def _before(row: Row) -> Row:
    before = row.get("previous")
    return {"walletBalance": "0"} if before is None else before


def balance(speech: Speech, row: Row) -> str:
    """What changed of a balance: the wallet, or else what of it is for cross positions."""
    before, asset = _before(row), row.get("asset")
    if "walletBalance" in before:
        return speech.changed(before["walletBalance"], row.get("walletBalance"), asset)
    if "crossWalletBalance" in before:
        old, new = before["crossWalletBalance"], row.get("crossWalletBalance")
        return f"cross {speech.changed(old, new, asset)}"
    return ""


def wallet(speech: Speech, row: Row) -> str:
    """The same in brief, beside what changed it; "" for nothing."""
    before, asset = _before(row), row.get("asset")
    for field, name in (("walletBalance", "wallet"), ("crossWalletBalance", "cross wallet")):
        if field in before:
            return f"{name} {speech.grown(before[field], row.get(field), asset, str(asset))}"
    return ""


def position(speech: Speech, row: Row) -> Iterator[str]:
    """What changed of a position, a text for each line."""
    before = row.get("previous")
    if before is None:
        if is_held(row):
            yield _sized(speech, "0", row)
        return
    if len(before) == 1 and "unrealizedProfit" in before:  # as nearly always
        old, new = before["unrealizedProfit"], row["unrealizedProfit"]
        yield f"PnL {speech.changed(old, new, speech.settled_in(row))}"
        return
    if "positionAmt" in before:
        yield _sized(speech, before["positionAmt"], row)
    if "marginType" in before:
        yield f"margin {plain(before['marginType'])} {ARROW} {plain(row['marginType'])}"
    if "isolatedWallet" in before:
        old, new = before["isolatedWallet"], row["isolatedWallet"]
        yield f"isolated wallet {speech.changed(old, new, speech.settled_in(row))}"
    elif not before.keys() & {"positionAmt", "marginType"}:
        yield from _rest(speech, before, row)


def _rest(speech: Speech, before: Row, row: Row) -> Iterator[str]:
    """What else changed of a position, though neither its size nor its margin did."""
    if "entryPrice" in before:
        prices = (averaged(speech, each["entryPrice"]) or NONE for each in (before, row))
        yield f"entry {f' {ARROW} '.join(prices)}"
    elif before:
        changed = ((name, old, row[name]) for name, old in before.items())
        yield "  ".join(
            f"{labels.FIELDS.get(name) or plain(name)} {amount(old)} {ARROW} {amount(new)}"
            for name, old, new in changed
        )


def _sized(speech: Speech, before: Any, row: Row) -> str:
    size = f"{amount(before)} {ARROW} {speech.size(row.get('positionAmt'))}"
    if not is_held(row):
        return f"{size}  closed"
    profit = speech.profit(row.get("unrealizedProfit"), speech.settled_in(row))
    return f"{size}{at(averaged(speech, row.get('entryPrice')))}  PnL {profit}"


def moved(speech: Speech, row: Row) -> Iterator[str]:
    """What a fill made of a position, in brief."""
    before = row.get("previous")
    old = {"positionAmt": "0", "entryPrice": "0"} if before is None else before
    if "positionAmt" in old:
        size = f"{amount(old['positionAmt'])} {ARROW} {speech.size(row.get('positionAmt'))}"
        has_entry = is_held(row) and "entryPrice" in old
        entry = at(averaged(speech, row.get("entryPrice"))) if has_entry else ""
        yield f"position {size}{entry}{'' if is_held(row) else ' closed'}"
    if "isolatedWallet" in old:
        asset = speech.settled_in(row)
        yield f"isolated wallet {speech.grown(old['isolatedWallet'], row['isolatedWallet'], asset)}"


def setting(_speech: Speech, body: Row) -> Iterator[Told]:
    """An ACCOUNT_CONFIG_UPDATE: leverage, or the mode of the account."""
    if config := body.get("symbolConfig"):
        before = (config.get("previous") or {}).get("leverage", "?")
        text = f"leverage {plain(before)} {ARROW} {plain(config.get('leverage'))}"
        yield Told("SETTING", config["symbol"], [text])
    if config := body.get("accountConfig"):
        before = _on_off((config.get("previous") or {}).get("multiAssetsMargin"))
        after = _on_off(config.get("multiAssetsMargin"))
        yield Told("SETTING", "account", [f"multi-assets mode {before} {ARROW} {after}"])


def _on_off(mode: Any) -> str:
    if isinstance(mode, bool):
        return "on" if mode else "off"
    return "?" if mode is None else plain(mode)


def margin_call(speech: Speech, body: Row) -> Iterator[Told]:
    """A MARGIN_CALL: for each position what it needs, and what there is.

    What a cross position has is told for all of the account: the cross wallet, and what the
    positions of the call have won or lost.
    """
    rows = body["positions"]
    there = _cross(body, rows)
    for row in rows:
        asset = speech.settled_in(row)
        isolated = _isolated(row)
        has = isolated if _is_isolated(row) else there
        wallet = row.get("isolatedWallet") if _is_isolated(row) else body.get("crossWalletBalance")
        parts = [f"{speech.size(row.get('positionAmt'))}{at(_marked(speech, row))}"]
        parts.append(f"needs {speech.money(row.get('maintMargin'), asset)}")
        if has is not None:
            name = "isolated" if _is_isolated(row) else "cross"
            parts.append(f"has {speech.money(f'{has:f}', asset)}")
            parts.append(f"{name} wallet {speech.digits.money(wallet, asset)}")
        profit = speech.profit(row.get("unrealizedProfit"), asset)
        yield Told("MARGIN CALL", leg(row), [*parts, f"PnL {profit}"], Role.BAD)


def _marked(speech: Speech, row: Row) -> str:
    shown = averaged(speech, row.get("markPrice"))
    return f"mark {shown}" if shown else ""


def _is_isolated(row: Row) -> bool:
    return str(row.get("marginType")).lower() == "isolated"


def _isolated(row: Row) -> Decimal | None:
    return _sum(row.get("isolatedWallet"), row.get("unrealizedProfit"))


def _cross(body: Row, rows: list[Row]) -> Decimal | None:
    profits = [row.get("unrealizedProfit") for row in rows if not _is_isolated(row)]
    return _sum(body.get("crossWalletBalance"), *profits)


def _sum(*values: Any) -> Decimal | None:
    """What amounts come to; None if one of them is none."""
    found = [number(value) for value in values]
    return None if None in found else sum(filter(None, found), Decimal())


def holdings(speech: Speech, body: Row) -> Iterator[Told]:
    """A snapshot: what is held."""
    for row in body["assets"]:
        if number(row.get("walletBalance")):
            yield Told(
                "HOLDS", row["asset"], [speech.digits.money(row["walletBalance"], row["asset"])]
            )
    for row in body["positions"]:
        if is_held(row):
            yield Told("HOLDS", leg(row), [*_held(speech, row)])


def _held(speech: Speech, row: Row) -> Iterator[str]:
    entry = at(averaged(speech, row.get("entryPrice")))
    yield f"{speech.size(row['positionAmt'])}{entry}"
    yield f"PnL {speech.profit(row.get('unrealizedProfit'), speech.settled_in(row))}"
    distance = number((row.get("derived") or {}).get("liquidationDistance"))
    if distance is not None:
        yield speech.palette.paint(palette.of_distance(distance), _ahead(distance))


def _ahead(distance: Decimal) -> str:
    """How far the liquidation price is ahead of the mark price, or behind it."""
    if distance < 0:
        return f"beyond liquidation by {percent(-distance)}"
    return f"liquidation {percent(distance)} away"
