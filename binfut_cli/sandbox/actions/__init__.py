"""What can be made to happen on the exchange, by name: the parameters of `POST /act`.

Knows one action a function.

Imports sandbox, sandbox.account, sandbox.api, sandbox.exchange.
"""

from collections.abc import Callable, Mapping
from typing import Any

from binfut_cli.sandbox.account.contracts import MARKETS, Market
from binfut_cli.sandbox.actions import (
    algo,
    charges,
    key_powers,
    orders,
    seeding,
    settings,
    stream,
    trouble,
    wallet,
)
from binfut_cli.sandbox.actions.act import Act
from binfut_cli.sandbox.exchange.exchange import Exchange
from binfut_cli.sandbox.exchange.refusal import Refusal
from binfut_cli.sandbox.params import BadParams, Params

ACTIONS: Mapping[str, Callable[[Act], None]] = {
    "deposit": wallet.move("DEPOSIT"),
    "withdraw": wallet.move("WITHDRAW"),
    "transferIn": wallet.move("ADMIN_DEPOSIT"),
    "transferOut": wallet.move("ADMIN_WITHDRAW"),
    "assetTransfer": wallet.move("ASSET_TRANSFER"),
    "adjustment": wallet.move("ADJUSTMENT"),
    "coinSwapDeposit": wallet.move("COIN_SWAP_DEPOSIT"),
    "coinSwapWithdraw": wallet.move("COIN_SWAP_WITHDRAW"),
    "insuranceClear": wallet.move("INSURANCE_CLEAR"),
    "withdrawReject": wallet.move("WITHDRAW_REJECT"),
    "optionsPremiumFee": wallet.move("OPTIONS_PREMIUM_FEE"),
    "optionsSettleProfit": wallet.move("OPTIONS_SETTLE_PROFIT"),
    "autoExchange": wallet.auto_exchange,
    "fill": orders.fill,
    "placeOrder": orders.place_order,
    "amendOrder": orders.amend_order,
    "cancelOrder": orders.cancel_order,
    "expireOrder": orders.expire_order,
    "funding": charges.funding,
    "marginCall": charges.margin_call,
    "liquidation": charges.liquidation,
    "adl": charges.auto_deleverage,
    "delist": charges.delist,
    "leverage": settings.leverage,
    "marginType": settings.margin_type,
    "positionMargin": settings.position_margin,
    "multiAssets": settings.multi_assets,
    "positionMode": settings.position_mode,
    "mark": settings.mark,
    "rules": settings.rules,
    "setAccount": seeding.set_account,
    "flows": seeding.flows,
    "keyPowers": key_powers.key_powers,
    "placeAlgo": algo.place,
    "activateAlgo": algo.activate,
    "cancelAlgo": algo.cancel,
    "expireAlgo": algo.expire,
    "rejectAlgo": algo.reject,
    "triggerAlgo": algo.trigger,
    "strategy": stream.strategy,
    "grid": stream.grid,
    "triggerReject": stream.reject_trigger,
    "raw": stream.raw,
    "expireListenKey": stream.expire_listen_key,
    "replaceListenKey": trouble.replace_listen_key,
    "forgetSubscriptions": trouble.forget_subscriptions,
    "revokeKeys": trouble.revoke_keys,
    "ban": trouble.ban,
    "replicaLag": trouble.replica_lag,
    "clock": trouble.clock,
    "burst": lambda act: _burst(act),
}
TROUBLES = (
    "raw",
    "rules",
    "expireListenKey",
    "replaceListenKey",
    "forgetSubscriptions",
    "revokeKeys",
    "ban",
    "replicaLag",
    "clock",
    "burst",
)
"""The actions that are troubles more than business."""


def perform(exchange: Exchange, values: Mapping[str, Any]) -> int:
    """Do one action; give the id of the last ledger entry. BadParams says what is wrong with it."""
    params = Params(values)
    action = ACTIONS.get(params.text("action"))
    if action is None:
        raise BadParams(f"no action {values['action']!r}; there are: {', '.join(ACTIONS)}")
    name = params.text("account", next(iter(exchange.accounts)))
    if name not in exchange.accounts:
        raise BadParams(f"no account {name!r}; there are: {', '.join(exchange.accounts)}")
    with exchange.lock:
        act = Act(exchange, exchange.accounts[name], _market(exchange, params), params)
        try:
            action(act)
        except Refusal as refusal:
            raise BadParams(refusal.msg) from refusal
        return exchange.ledger.next_id - 1


def _burst(act: Act) -> None:
    """Do all `actions` in one millisecond; the first that makes no sense ends it."""
    actions = act.params.value("actions")
    act.params.finish()
    if not isinstance(actions, list) or not all(isinstance(each, dict) for each in actions):
        raise BadParams("actions must be a list of actions")
    with act.exchange.clock.held():
        for each in actions:
            perform(act.exchange, {"account": act.account.name, **each})


def _market(exchange: Exchange, params: Params) -> Market:
    """The market named, or else the symbol's, or else usdm."""
    contract = exchange.contracts.get(str(params.values.get("symbol")))
    default = contract.market if contract else "usdm"
    chosen = params.choice("market", MARKETS, default)
    return "coinm" if chosen == "coinm" else "usdm"
