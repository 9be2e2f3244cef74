"""Bodies of the usdm account reads, field by field as documented (WS-API and REST alike)."""

from decimal import Decimal

from binfut_cli.sandbox.account.contracts import Contract
from binfut_cli.sandbox.account.decimals import (
    ONE,
    ZERO,
    amount,
    amount_or_zero,
    places,
    plain,
)
from binfut_cli.sandbox.account.margin import AssetTotals, Risk, Valuation
from binfut_cli.sandbox.account.rows import JSON, AccountState
from binfut_cli.sandbox.exchange.exchange import Exchange

ADL_QUANTILE = 2


class UsdmViews:
    """The reads of one account at one moment.

    A method for each answer that USDⓈ-M documents: that is why there are many.
    """

    def __init__(self, exchange: Exchange, account: AccountState) -> None:
        self._exchange, self._account = exchange, account
        self._book = account.books["usdm"]
        self._values: Valuation = exchange.valuation(account, "usdm")

    def account_status_v2(self) -> JSON:
        """`v2/account.status`, `/fapi/v3/account`."""
        rows = [self._status_row(risk) for risk in self._values.live_risks()]
        return {**self._totals(), "assets": self._assets(), "positions": rows}

    def account_status(self) -> JSON:
        """`account.status`, `/fapi/v2/account`: every symbol, and the flags."""
        rows = [self._status_row_v1(risk) for risk in self._all_risks()]
        return {
            **self.flags(),
            **self._totals(),
            "assets": self._assets(),
            "positions": rows,
        }

    def flags(self) -> JSON:
        """The fee tier and permissions that begin `/fapi/v2/account`."""
        return {
            "feeTier": 0,
            "canTrade": True,
            "canDeposit": True,
            "canWithdraw": True,
            "updateTime": 0,
            "multiAssetsMargin": self._account.multi_assets,
            "tradeGroupId": -1,
        }

    def account_config(self) -> JSON:
        """`/fapi/v1/accountConfig`."""
        return {**self.flags(), "dualSidePosition": self._account.dual_side}

    def balances(self) -> list[JSON]:
        """`account.balance`, `v2/account.balance`, `/fapi/v2/balance`, `/fapi/v3/balance`."""
        return [self._balance_row(asset) for asset in self._exchange.rates]

    def positions_v2(self, symbol: str | None) -> list[JSON]:
        """`v2/account.position`, `/fapi/v3/positionRisk`: only what is live."""
        risks = self._values.live_risks()
        return [self._risk_row(r) for r in risks if symbol in (None, r.contract.symbol)]

    def positions(self, symbol: str | None) -> list[JSON]:
        """`account.position`, `/fapi/v2/positionRisk`: every symbol."""
        risks = self._all_risks()
        return [self._risk_row_v1(r) for r in risks if symbol in (None, r.contract.symbol)]

    def symbol_config(self, symbol: str | None) -> list[JSON]:
        """`/fapi/v1/symbolConfig`."""
        listed = self._exchange.trading("usdm")
        return [self._config_row(c) for c in listed if symbol in (None, c.symbol)]

    def _all_risks(self) -> list[Risk]:
        listed = self._exchange.listed("usdm")
        return [self._values.risk(c, side) for c in listed for side in self._account.sides]

    def _totals(self) -> JSON:
        multi = self._account.multi_assets
        total = self._values.usd_totals if multi else self._values.totals("USDT")
        available = self._values.usd_available() if multi else total.available
        free = min(available, total.withdrawable)
        return {
            "totalInitialMargin": amount(total.initial_margin),
            "totalMaintMargin": amount(total.maint_margin),
            "totalWalletBalance": amount(total.wallet),
            "totalUnrealizedProfit": amount(total.profit),
            "totalMarginBalance": amount(total.wallet + total.profit),
            "totalPositionInitialMargin": amount(total.position_initial),
            "totalOpenOrderInitialMargin": amount(total.open_order_initial),
            "totalCrossWalletBalance": amount(total.cross_wallet),
            "totalCrossUnPnl": amount(total.cross_profit),
            "availableBalance": amount(available),
            "maxWithdrawAmount": amount(available if multi else free),
        }

    def _free(self, asset: str, total: AssetTotals) -> tuple[Decimal, Decimal]:
        """What is available, and what can be moved out, in units of the asset."""
        if not self._account.multi_assets:
            return total.available, total.withdrawable
        available = self._values.usd_available() / self._exchange.rates[asset].price
        return available, max(ZERO, min(total.wallet, available))

    def _assets(self) -> list[JSON]:
        return [self._asset_row(asset) for asset in self._exchange.rates]

    def _asset_row(self, asset: str) -> JSON:
        total = self._values.totals(asset)
        available, withdrawable = self._free(asset, total)
        return {
            "asset": asset,
            "walletBalance": amount(total.wallet),
            "unrealizedProfit": amount(total.profit),
            "marginBalance": amount(total.wallet + total.profit),
            "maintMargin": amount(total.maint_margin),
            "initialMargin": amount(total.initial_margin),
            "positionInitialMargin": amount(total.position_initial),
            "openOrderInitialMargin": amount(total.open_order_initial),
            "crossWalletBalance": amount(total.cross_wallet),
            "crossUnPnl": amount(total.cross_profit),
            "availableBalance": amount(available),
            "maxWithdrawAmount": amount(withdrawable),
            "marginAvailable": True,
            "updateTime": self._book.balance(asset).update_time,
        }

    def _balance_row(self, asset: str) -> JSON:
        total = self._values.totals(asset)
        available, withdrawable = self._free(asset, total)
        return {
            "accountAlias": self._account.alias,
            "asset": asset,
            "balance": amount(total.wallet),
            "crossWalletBalance": amount(total.cross_wallet),
            "crossUnPnl": amount(total.cross_profit),
            "availableBalance": amount(available),
            "maxWithdrawAmount": amount(withdrawable),
            "marginAvailable": True,
            "updateTime": self._book.balance(asset).update_time,
        }

    def _status_row(self, risk: Risk) -> JSON:
        position, contract = risk.position, risk.contract
        return {
            "symbol": contract.symbol,
            "positionSide": position.side,
            "positionAmt": places(position.amt, contract.quantity_digits),
            "unrealizedProfit": amount(risk.profit),
            "isolatedMargin": amount(risk.isolated_margin),
            "notional": amount_or_zero(risk.notional),
            "isolatedWallet": amount_or_zero(position.isolated_wallet),
            "initialMargin": amount_or_zero(risk.initial_margin),
            "maintMargin": amount_or_zero(risk.maint_margin),
            "updateTime": position.update_time,
        }

    def _status_row_v1(self, risk: Risk) -> JSON:
        position = risk.position
        return {
            **self._status_row(risk),
            "positionInitialMargin": amount_or_zero(risk.position_initial),
            "openOrderInitialMargin": amount_or_zero(risk.open_order_initial),
            "leverage": str(risk.leverage),
            "isolated": risk.isolated,
            "entryPrice": _price(position.entry_price),
            "breakEvenPrice": _price(position.break_even_price),
            "maxNotional": str(_max_notional(risk.contract, risk.leverage)),
            "bidNotional": plain(risk.bid_notional),
            "askNotional": plain(risk.ask_notional),
        }

    def _risk_row(self, risk: Risk) -> JSON:
        position, contract = risk.position, risk.contract
        return {
            "symbol": contract.symbol,
            "positionSide": position.side,
            "positionAmt": places(position.amt, contract.quantity_digits),
            "entryPrice": _price(position.entry_price),
            "breakEvenPrice": _price(position.break_even_price),
            "markPrice": amount(risk.mark_price),
            "unRealizedProfit": amount(risk.profit),
            "liquidationPrice": amount_or_zero(self._values.liquidation_price(risk)),
            "isolatedMargin": amount_or_zero(risk.isolated_margin),
            "notional": amount_or_zero(risk.notional),
            "marginAsset": contract.margin_asset,
            "isolatedWallet": amount_or_zero(position.isolated_wallet),
            "initialMargin": amount_or_zero(risk.initial_margin),
            "maintMargin": amount_or_zero(risk.maint_margin),
            "positionInitialMargin": amount_or_zero(risk.position_initial),
            "openOrderInitialMargin": amount_or_zero(risk.open_order_initial),
            "adl": ADL_QUANTILE if position.amt else 0,
            "bidNotional": plain(risk.bid_notional),
            "askNotional": plain(risk.ask_notional),
            "updateTime": position.update_time,
        }

    def _risk_row_v1(self, risk: Risk) -> JSON:
        position, contract = risk.position, risk.contract
        setting = self._book.setting(contract.symbol)
        return {
            "entryPrice": _price(position.entry_price),
            "breakEvenPrice": _price(position.break_even_price),
            "marginType": setting.margin_type,
            "isAutoAddMargin": "true" if setting.auto_add_margin else "false",
            "isolatedMargin": amount(risk.isolated_margin),
            "leverage": str(risk.leverage),
            "liquidationPrice": amount_or_zero(self._values.liquidation_price(risk)),
            "markPrice": amount(risk.mark_price),
            "maxNotionalValue": str(_max_notional(contract, risk.leverage)),
            "positionAmt": places(position.amt, contract.quantity_digits),
            "notional": amount_or_zero(risk.notional),
            "isolatedWallet": amount_or_zero(position.isolated_wallet),
            "symbol": contract.symbol,
            "unRealizedProfit": amount(risk.profit),
            "positionSide": position.side,
            "updateTime": position.update_time,
        }

    def _config_row(self, contract: Contract) -> JSON:
        setting = self._book.setting(contract.symbol)
        return {
            "symbol": contract.symbol,
            "marginType": "ISOLATED" if setting.isolated else "CROSSED",
            "isAutoAddMargin": setting.auto_add_margin,
            "leverage": setting.leverage,
            "maxNotionalValue": str(_max_notional(contract, setting.leverage)),
        }


def _price(value: Decimal) -> str:
    return plain(value.quantize(ONE.scaleb(-11))) if value else "0.0"


def _max_notional(contract: Contract, leverage: int) -> int:
    tiers = [t.cap for t in contract.brackets if t.initial_leverage >= leverage]
    return max(tiers, default=contract.brackets[0].cap)
