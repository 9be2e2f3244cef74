"""An account as one document, made of the replies of several calls, any of which may be lacking.

account.status and account.position are asked side by side on one connection (weight 5 each). usdm's
v2 replies carry no leverage and no modes, and without the mode nobody can say what the totals are
counted in: so the old account.status is asked too, which tells them for every symbol.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from binfut_cli.api.client import AccountClient, Question
from binfut_cli.codec import Row
from binfut_cli.endpoints import MARKET_APIS, Market
from binfut_cli.errors import BinfutError
from binfut_cli.resources.figures.activation import check_totals
from binfut_cli.resources.figures.derived import with_derived
from binfut_cli.resources.figures.models import AccountStatus, Asset, Position, joined, leg
from binfut_cli.resources.result.lenient import Read, Reading, names_asset

OLD_STATUS = "account.status"

Parts = Mapping[str, Any | BinfutError]
"""Replies, or refusals, by the names of their methods."""


def needed(market: Market) -> tuple[str, str]:
    """The two methods that tell an account's assets and positions."""
    return MARKET_APIS[market].status_method, MARKET_APIS[market].position_method


def asked(account: AccountClient) -> Parts:
    """Ask for all that the document is made of (weight 10, on usdm 15)."""
    methods = dict.fromkeys((*needed(account.market), OLD_STATUS))  # on coinm that is the first
    answers = account.ask_each([Question(method) for method in methods])
    return dict(zip(methods, answers, strict=True))


def asked_again(account: AccountClient) -> Parts:
    """Ask for what moves of that, without the settings (weight 10)."""
    methods = needed(account.market)
    answers = account.ask_each([Question(method) for method in methods])
    return dict(zip(methods, answers, strict=True))


def whole(market: Market, parts: Parts, *, symbols: bool = False) -> tuple[Row, Read]:
    """One document of the replies of account.status, account.position and the old account.status.

    Each may be lacking: then so is what it alone tells, and what is derived from that. usdm's old
    account.status tells all that v2 does, and stands in for it.
    """
    reading = Reading(parts)
    return of_reading(market, reading, symbols=symbols), reading.read()


def of_reading(market: Market, reading: Reading, *, symbols: bool = False) -> Row:
    """The same of a reading that has other parts too."""
    method = _status_method(market, reading)
    found = reading.mapping(method)
    document = {**found, "positions": legs(market, reading)}
    assets = reading.listed(method, found.get("assets"), "assets", names_asset)
    if "assets" in found:
        document["assets"] = assets
    if market is Market.USDM:
        document = _with_settings(document, reading, symbols=symbols)
    return _derived(market, document, reading, reading.refused("assets", "positions"))


def rederived(market: Market, document: Row) -> Row:
    """A document that was made before, with what is derived made anew of what it has now."""
    return _derived(market, document, Reading({}), document.get("incomplete", ()))


def rederived_with(market: Market, document: Row, held: Sequence[tuple[Row, Position]]) -> Row:
    """The same with these positions, whose models are made already."""
    reading = Reading({})
    totals, account = reading.fit(_without_lists(document), AccountStatus)
    rows, assets = reading.fit_each(document["assets"], Asset, _name_of_asset)
    positions = tuple(model for _, model in held)
    account = msgspec.structs.replace(account, assets=tuple(assets), positions=positions)
    listed = {"assets": rows, "positions": [row for row, _ in held]}
    return with_derived(market, {**document, **totals, **listed}, account)


def legs(market: Market, reading: Reading) -> list[Row]:
    """The rows of all positions, as both replies tell them."""
    method, position_method = _status_method(market, reading), needed(market)[1]
    found = reading.mapping(method)
    check_totals(found)
    rows = reading.legs(method, found.get("positions"))
    return joined(rows, reading.legs(position_method, reading.part(position_method)))


def _status_method(market: Market, reading: Reading) -> str:
    method = needed(market)[0]
    return method if reading.has(method) else OLD_STATUS


def _derived(market: Market, document: Row, reading: Reading, refused: Collection[str]) -> Row:
    """The document as its models have it, and what is derived from these."""
    totals, account = reading.fit(_without_lists(document), AccountStatus)
    rows, legs = reading.fit_each(document["positions"], Position, _name_of_leg)
    found, assets = reading.fit_each(document.get("assets", []), Asset, _name_of_asset)
    lists = {"assets": found} if "assets" in document else {}
    account = msgspec.structs.replace(account, assets=tuple(assets), positions=tuple(legs))
    fitting = {**document, **totals, **lists, "positions": rows}
    return with_derived(market, fitting, account, refused)


def _without_lists(document: Row) -> Row:
    return {name: each for name, each in document.items() if name not in ("assets", "positions")}


def _name_of_leg(row: Row) -> str:
    return f"positions[{' '.join(leg(row)).removesuffix(' BOTH')}]"


def _name_of_asset(row: Row) -> str:
    return f"assets[{row['asset']}]"


def _with_settings(document: Row, reading: Reading, *, symbols: bool) -> Row:
    """Add to usdm's v2 document what only the old account.status tells: modes and leverage.

    The old reply lists every symbol. With `symbols` the settings of all are kept, under that name,
    so that a later change can be shown with its value before.
    """
    old = reading.mapping(OLD_STATUS)
    rows = reading.legs(OLD_STATUS, old.get("positions"), "symbols")
    by_leg = {leg(row): _settings(row) for row in rows}
    positions = [{**by_leg.get(leg(row), {}), **row} for row in document["positions"]]
    whole = {**_without_lists(old), **document, "positions": positions}
    if symbols and old:
        every = {row["symbol"]: {"symbol": row["symbol"], **_settings(row)} for row in rows}
        whole["symbols"] = list(every.values())
    return whole


def _settings(row: Row) -> Row:
    return {key: row[key] for key in ("leverage", "isolated") if key in row}
