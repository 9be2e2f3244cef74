"""Bodies of the coinm account reads, field by field as documented (WS-API and REST alike).

Everything is per coin: there are no totals, and every symbol is listed, held or not.
"""

from decimal import Decimal

from binfut_cli.sandbox.account.contracts import Contract
from binfut_cli.sandbox.account.decimals import amount, amount_or_zero, places
from binfut_cli.sandbox.account.margin import Risk, Valuation
from binfut_cli.sandbox.account.rows import JSON, AccountState
from binfut_cli.sandbox.exchange.exchange import Exchange


class CoinmViews:
    """The reads of one account at one moment."""

    def __init__(self, exchange: Exchange, account: AccountState) -> None:
        self._exchange, self._account = exchange, account
        self._book = account.books["coinm"]
        self._values: Valuation = exchange.valuation(account, "coinm")

    def account_status(self) -> JSON:
        """`account.status`, `/dapi/v1/account`."""
        return {
            "feeTier": 0,
            "canTrade": True,
            "canDeposit": True,
            "canWithdraw": True,
            "updateTime": 0,
            "assets": [self._asset_row(asset) for asset in self._coins()],
            "positions": [self._status_row(risk) for risk in self._all_risks()],
        }

    def balances(self) -> list[JSON]:
        """`account.balance`, `/dapi/v1/balance`."""
        return [self._balance_row(asset) for asset in self._coins()]

    def positions(self, margin_asset: str | None, pair: str | None) -> list[JSON]:
        """`account.position`, `/dapi/v1/positionRisk`."""
        return [
            self._risk_row(risk)
            for risk in self._all_risks()
            if margin_asset in (None, risk.contract.margin_asset)
            and pair in (None, risk.contract.pair)
        ]

    def _coins(self) -> list[str]:
        return list(dict.fromkeys(c.margin_asset for c in self._exchange.listed("coinm")))

    def _all_risks(self) -> list[Risk]:
        sides = ("BOTH", "LONG", "SHORT") if self._account.dual_side else ("BOTH",)
        listed = self._exchange.listed("coinm")
        return [self._values.risk(contract, side) for contract in listed for side in sides]

    def _asset_row(self, asset: str) -> JSON:
        total = self._values.totals(asset)
        return {
            "asset": asset,
            "walletBalance": amount(total.wallet),
            "unrealizedProfit": amount(total.profit),
            "marginBalance": amount(total.wallet + total.profit),
            "maintMargin": amount(total.maint_margin),
            "initialMargin": amount(total.initial_margin),
            "positionInitialMargin": amount(total.position_initial),
            "openOrderInitialMargin": amount(total.open_order_initial),
            "maxWithdrawAmount": amount(total.withdrawable),
            "crossWalletBalance": amount(total.cross_wallet),
            "crossUnPnl": amount(total.cross_profit),
            "availableBalance": amount(total.available),
            "updateTime": self._book.balance(asset).update_time,
        }

    def _balance_row(self, asset: str) -> JSON:
        total = self._values.totals(asset)
        return {
            "accountAlias": self._account.alias,
            "asset": asset,
            "balance": amount(total.wallet),
            "withdrawAvailable": amount(total.withdrawable),
            "crossWalletBalance": amount(total.cross_wallet),
            "crossUnPnl": amount(total.cross_profit),
            "availableBalance": amount(total.available),
            "updateTime": self._book.balance(asset).update_time,
        }

    def _status_row(self, risk: Risk) -> JSON:
        position = risk.position
        return {
            "symbol": position.symbol,
            "initialMargin": amount_or_zero(risk.initial_margin),
            "maintMargin": amount_or_zero(risk.maint_margin),
            "unrealizedProfit": amount(risk.profit),
            "positionInitialMargin": amount_or_zero(risk.position_initial),
            "openOrderInitialMargin": amount_or_zero(risk.open_order_initial),
            "leverage": str(risk.leverage),
            "isolated": risk.isolated,
            "positionSide": position.side,
            "entryPrice": amount(position.entry_price),
            "maxQty": str(_max_quantity(risk.contract, risk.leverage)),
            "notionalValue": amount_or_zero(risk.notional),
            "isolatedWallet": amount_or_zero(position.isolated_wallet),
            "updateTime": position.update_time,
            "positionAmt": places(position.amt, 0),
            "breakEvenPrice": amount(position.break_even_price),
        }

    def _risk_row(self, risk: Risk) -> JSON:
        position = risk.position
        setting = self._book.setting(position.symbol)
        return {
            "symbol": position.symbol,
            "positionAmt": places(position.amt, 0),
            "entryPrice": amount(position.entry_price),
            "markPrice": amount(risk.mark_price),
            "unRealizedProfit": amount(risk.profit),
            "liquidationPrice": amount_or_zero(self._values.liquidation_price(risk)),
            "leverage": str(risk.leverage),
            "maxQty": str(_max_quantity(risk.contract, risk.leverage)),
            "marginType": setting.margin_type,
            "isolatedMargin": amount(risk.isolated_margin),
            "isAutoAddMargin": "true" if setting.auto_add_margin else "false",
            "positionSide": position.side,
            "notionalValue": amount_or_zero(risk.notional),
            "isolatedWallet": amount_or_zero(position.isolated_wallet),
            "updateTime": position.update_time,
            "breakEvenPrice": amount(position.break_even_price),
        }


def _max_quantity(contract: Contract, leverage: int) -> Decimal:
    """The largest position in coin at a leverage (`maxQty`)."""
    tiers = [tier.cap for tier in contract.brackets if tier.initial_leverage >= leverage]
    return Decimal(max(tiers, default=contract.brackets[0].cap))
