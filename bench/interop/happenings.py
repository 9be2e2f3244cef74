"""What happens while a client listens: every kind of event of a market at least once."""

from typing import Any

Action = dict[str, Any]


def happenings(market: str) -> list[Action]:
    """Actions of the sandbox; the last lets the listenKey expire."""
    symbol, quantity = {"usdm": ("BTCUSDT", "0.125"), "coinm": ("BTCUSD_PERP", "7")}[market]
    asset = {"usdm": "USDT", "coinm": "ETH"}[market]
    on, of = {"market": market}, {"symbol": symbol}
    ticket = {**of, "side": "SELL", "quantity": quantity}
    stop = {"type": "STOP_MARKET", "triggerPrice": "70000"}
    own = [
        {"action": "triggerReject", **of},
    ]
    return [
        {"action": "deposit", **on, "asset": asset, "amount": "0.75"},
        {"action": "fill", **of, "side": "BUY", "quantity": quantity},
        {"action": "placeOrder", **ticket, "price": "90000", "clientOrderId": "first"},
        {"action": "amendOrder", **on, "clientOrderId": "first", "price": "91000"},
        {"action": "amendOrder", **on, "clientOrderId": "first", "price": "92000", "modifyId": "7"},
        {"action": "cancelOrder", **on, "clientOrderId": "first"},
        {"action": "leverage", **of, "leverage": 33},
        {"action": "marginCall", **of},
        {"action": "placeAlgo", **ticket, **stop, "clientAlgoId": "stop"},
        {"action": "cancelAlgo", **on, "clientAlgoId": "stop"},
        {"action": "funding", **of},
        {"action": "strategy", **of},
        {"action": "grid", **of},
        *(own if market == "usdm" else []),
        {"action": "expireListenKey", **on},
    ]
