"""One document of several replies: what each tells, and what is left where one is lacking."""

import pytest

from binfut_cli.codec import Row
from binfut_cli.endpoints import MARKET_APIS, Market
from binfut_cli.errors import BinfutError, ExchangeError, NetworkError
from binfut_cli.resources.figures.account_document import (
    OLD_STATUS,
    asked,
    asked_again,
    needed,
    of_reading,
    rederived,
    rederived_with,
    whole,
)
from binfut_cli.resources.figures.models import Position
from binfut_cli.resources.result.lenient import Lack, Reading
from binfut_cli.sandbox import Sandbox
from tests.support.program import account

STATUS, POSITIONS = MARKET_APIS[Market.USDM].status_method, MARKET_APIS[Market.USDM].position_method
ETH = {"symbol": "ETHUSDT", "positionSide": "BOTH"}
BTC = {"symbol": "BTCUSDT", "positionSide": "LONG"}
LEG = {
    **ETH, "positionAmt": "-2", "notional": "-6000", "isolatedWallet": "0", "maintMargin": "30",
    "marginAsset": "USDT",
}  # fmt: skip
USDT = {
    "asset": "USDT", "walletBalance": "500", "crossWalletBalance": "500", "marginBalance": "300"
}  # fmt: skip
TOTALS = {
    "totalWalletBalance": "500", "totalMarginBalance": "300", "totalMaintMargin": "30"
}  # fmt: skip
OLD_LEGS = [
    {**ETH, "leverage": "20", "isolated": False, "positionAmt": "-1", "maxNotional": "9"},
    {**BTC, "leverage": "7", "isolated": True, "positionAmt": "0"},
]
OLD = {"multiAssetsMargin": False, "feeTier": 3, "assets": [], "positions": OLD_LEGS}
REFUSED = NetworkError("No answer came.", hint="")


def parts(**changed: object) -> dict[str, object]:
    """All three replies of usdm, or others in the place of some: `status`, `position`, `old`."""
    names = {"status": STATUS, "position": POSITIONS, "old": OLD_STATUS}
    found: dict[str, object] = {
        STATUS: {**TOTALS, "assets": [USDT], "positions": [LEG]},
        POSITIONS: [{**ETH, "markPrice": "3000", "unRealizedProfit": "-200", "notional": "-1"}],
        OLD_STATUS: OLD,
    }
    return {**found, **{names[name]: reply for name, reply in changed.items()}}


def bare(rows: list[Row]) -> list[Row]:
    """Rows without what is derived."""
    return [{name: each for name, each in row.items() if name != "derived"} for row in rows]


def test_a_document_has_what_each_of_the_replies_tells() -> None:
    document, read = whole(Market.USDM, parts())
    assert (read.lacking, read.odd) == ((), ())
    derived = document.pop("derived")
    assert derived == {"totalsUnit": "USDT", "marginRatio": None}
    assert bare(document.pop("assets")) == [USDT]
    (row,) = document.pop("positions")
    assert row.pop("derived")["marginRatio"] == "0.1"
    told = {"markPrice": "3000", "unrealizedProfit": "-200", "leverage": 20, "isolated": False}
    assert row == {**LEG, **told}
    assert document == {**TOTALS, "multiAssetsMargin": False, "feeTier": 3}


def test_the_settings_of_every_symbol_are_kept_where_they_are_wanted() -> None:
    settings = [
        {"symbol": "ETHUSDT", "leverage": 20, "isolated": False},
        {"symbol": "BTCUSDT", "leverage": 7, "isolated": True},
    ]
    assert whole(Market.USDM, parts(), symbols=True)[0]["symbols"] == settings
    lacking, _ = whole(Market.USDM, parts(old=REFUSED), symbols=True)
    assert "symbols" not in lacking


def test_settings_are_kept_only_where_they_are_wanted() -> None:
    assert "symbols" not in whole(Market.USDM, parts())[0]
    assert "symbols" not in of_reading(Market.USDM, Reading(parts()))


def test_a_setting_that_is_not_told_is_not_made_up() -> None:
    document, _ = whole(
        Market.USDM, parts(old={**OLD, "positions": [{**ETH, "leverage": "20"}]}), symbols=True
    )
    assert document["symbols"] == [{"symbol": "ETHUSDT", "leverage": 20}]
    assert "isolated" not in document["positions"][0]


def test_without_the_old_reply_the_settings_are_lacking() -> None:
    document, read = whole(Market.USDM, parts(old=REFUSED))
    assert read.lacking == (Lack(OLD_STATUS, REFUSED),)
    assert document["positions"][0]["positionAmt"] == "-2"
    assert "leverage" not in document["positions"][0]
    assert "multiAssetsMargin" not in document


def test_the_old_reply_stands_in_for_the_new_one() -> None:
    old = {**OLD, **TOTALS, "assets": [USDT], "positions": [{**LEG, "leverage": "20"}]}
    document, read = whole(Market.USDM, parts(status=REFUSED, old=old))
    assert read.lacking == (Lack(STATUS, REFUSED),)
    assert document["totalMarginBalance"] == "300"
    assert bare(document["assets"]) == [USDT]
    (row,) = document["positions"]
    assert (row["positionAmt"], row["markPrice"], row["leverage"]) == ("-2", "3000", 20)


def test_a_leg_that_only_the_second_reply_knows_is_there_with_its_settings() -> None:
    opened = {**BTC, "positionAmt": "1"}
    document, _ = whole(Market.USDM, parts(position=[opened]))
    assert bare(document["positions"])[1] == {**opened, "leverage": 7, "isolated": True}


def test_without_positions_told_apart_those_of_the_status_stand() -> None:
    document, read = whole(Market.USDM, parts(position=REFUSED))
    assert read.lacking == (Lack(POSITIONS, REFUSED),)
    assert bare(document["positions"]) == [{**LEG, "leverage": 20, "isolated": False}]


def test_without_a_list_of_assets_there_is_none() -> None:
    told = {**TOTALS, "positions": [LEG]}
    document, read = whole(Market.USDM, parts(status=told))
    assert "assets" not in document
    assert document["positions"]
    assert [lack.what for lack in read.lacking] == ["assets"]


def test_a_refused_row_leaves_out_what_is_derived_of_all() -> None:
    """Without a position nobody knows what the cross positions need together."""
    whole_one, _ = whole(Market.USDM, parts())
    assert whole_one["positions"][0]["derived"]["marginRatio"] == "0.1"
    status = {**TOTALS, "assets": [USDT], "positions": [LEG, {"positionAmt": "1"}]}
    document, read = whole(Market.USDM, parts(status=status))
    assert [lack.what for lack in read.lacking] == ["positions"]
    assert document["positions"][0]["derived"]["marginRatio"] is None


def test_what_is_odd_is_told_by_its_name() -> None:
    """A leg by its symbol, and by its side where a symbol has two."""
    status = {
        **TOTALS,
        "feeTier": [],
        "assets": [{**USDT, "marginBalance": 3}],
        "positions": [{**LEG, "notional": 5}, {**BTC, "notional": 6}],
    }
    document, read = whole(Market.USDM, parts(status=status))
    assert document["assets"][0]["marginBalance"] == "3"  # a bare number is an amount, too
    assert sorted(read.odd) == [
        "assets[USDT].marginBalance",
        "feeTier",
        "positions[BTCUSDT LONG].notional",
        "positions[ETHUSDT].notional",
    ]


def test_an_account_that_is_not_activated_is_told_apart() -> None:
    with pytest.raises(ExchangeError, match="not activated"):
        whole(Market.USDM, parts(status={**dict.fromkeys(TOTALS, ""), "positions": []}))


def test_coinm_has_all_in_two_replies() -> None:
    status, position = needed(Market.COINM)
    leg = {"symbol": "BTCUSD_PERP", "positionSide": "BOTH", "positionAmt": "3", "leverage": "20"}
    found: dict[str, object | BinfutError] = {
        status: {"assets": [{"asset": "BTC", "walletBalance": "1"}], "positions": [leg]},
        position: [{"symbol": "BTCUSD_PERP", "positionSide": "BOTH", "markPrice": "9"}],
    }
    document, read = whole(Market.COINM, found, symbols=True)
    assert read.lacking == ()
    assert bare(document["positions"]) == [{**leg, "leverage": 20, "markPrice": "9"}]
    assert document.keys() == {"assets", "positions"}


def test_a_document_is_derived_anew_from_what_it_has_now() -> None:
    document, _ = whole(Market.USDM, parts())
    richer = {**USDT, "crossWalletBalance": "800"}
    again = rederived(Market.USDM, {**document, "assets": [richer]})
    ratios = [each["positions"][0]["derived"]["marginRatio"] for each in (document, again)]
    assert ratios == ["0.1", "0.05"]
    assert bare(again["assets"]) == [richer]
    assert rederived(Market.USDM, document) == document


@pytest.mark.parametrize("kind", ["assets", "positions", "symbols"])
def test_a_row_that_does_not_say_what_it_is_of_is_left_out_and_told(kind: str) -> None:
    """The mode is told by all rows together: of assets or positions none may be lacking."""
    isolated = {**LEG, "isolatedWallet": "100"}
    strange = [{"walletBalance": "1"}]
    status = {
        **TOTALS,
        "assets": [USDT, *(strange if kind == "assets" else ())],
        "positions": [isolated, *(strange if kind == "positions" else ())],
    }
    old = {"positions": [*OLD_LEGS, *(strange if kind == "symbols" else ())]}
    document, read = whole(Market.USDM, parts(status=status, old=old))
    assert [lack.what for lack in read.lacking] == [kind]
    assert bare(document["assets"]) == [USDT]
    assert len(document["positions"]) == 1
    assert document["derived"]["totalsUnit"] == ("USDT" if kind == "symbols" else None)


@pytest.mark.parametrize("kind", ["assets", "positions"])
def test_what_was_refused_then_is_known_when_it_is_derived_anew(kind: str) -> None:
    status = {**TOTALS, "assets": [USDT], "positions": [{**LEG, "isolatedWallet": "100"}]}
    document, _ = whole(Market.USDM, parts(status=status, old=REFUSED))
    kept = rederived(Market.USDM, {**document, "incomplete": [kind]})
    assert kept["derived"]["totalsUnit"] is None
    assert rederived(Market.USDM, document)["derived"]["totalsUnit"] == "USDT"


def test_positions_whose_models_are_made_already_stand_for_the_rows() -> None:
    document, _ = whole(Market.USDM, parts())
    moved = {**ETH, "positionAmt": "-1", "notional": "-3000", "isolatedWallet": "0"}
    model = Position(
        symbol="ETHUSDT", position_amt="-1", notional="-3000", isolated_wallet="0",
        isolated=False, maint_margin="15", margin_asset="USDT", unrealized_profit="-200",
    )  # fmt: skip
    before = {**document, "derived": {}, "assets": [{**USDT, "marginBalance": 300}]}
    again = rederived_with(Market.USDM, before, [(moved, model)])
    assert bare(again["positions"]) == [moved]
    assert again["positions"][0]["derived"]["marginRatio"] == "0.05"
    assert bare(again["assets"]) == [USDT]
    named = ("totalMarginBalance", "derived", "feeTier")
    assert [again[name] for name in named] == [document[name] for name in named]


@pytest.mark.parametrize("market", list(Market))
def test_all_is_asked_for_once_and_then_without_the_settings(
    sandbox: Sandbox, market: Market
) -> None:
    with account(sandbox, market) as of:
        first, then = asked(of), asked_again(of)
    assert list(then) == list(needed(market))
    assert list(first) == list(dict.fromkeys((*needed(market), OLD_STATUS)))
    assert not [part for part in (*first.values(), *then.values()) if isinstance(part, BinfutError)]
    assert bare(whole(market, first)[0]["assets"])
