"""The whole state as the control endpoint shows it."""

from binfut_cli.sandbox.account.decimals import plain
from binfut_cli.sandbox.account.rows import JSON, AccountState
from binfut_cli.sandbox.api.coinm_views import CoinmViews
from binfut_cli.sandbox.api.usdm_views import UsdmViews
from binfut_cli.sandbox.exchange.exchange import Exchange
from binfut_cli.sandbox.faults.armed import Faults


def state(exchange: Exchange, faults: Faults) -> JSON:
    """Clock, prices, accounts (what is live of them), connections and armed faults."""
    return {
        "now": exchange.now_ms(),
        "clockShiftMs": exchange.clock.shift_ms,
        "ledger": exchange.ledger.next_id - 1,
        "marks": {symbol: plain(mark) for symbol, mark in exchange.marks.items()},
        "accounts": {name: _account(exchange, a) for name, a in exchange.accounts.items()},
        "connections": faults.connections(),
        "faults": [
            {"fault": a.name, "layer": a.layer, "after": a.after, "count": a.count}
            for a in faults.armed()
        ],
    }


def _account(exchange: Exchange, account: AccountState) -> JSON:
    coinm = CoinmViews(exchange, account)
    return {
        "dualSidePosition": account.dual_side,
        "multiAssetsMargin": account.multi_assets,
        "listenKeys": [
            market for market in account.books if exchange.listen_keys.live(account.name, market)
        ],
        "usdm": UsdmViews(exchange, account).account_status_v2(),
        "coinm": {
            "assets": [row for row in coinm.balances() if row["updateTime"]],
            "positions": [r for r in coinm.positions(None, None) if r["positionAmt"] != "0"],
        },
    }
