"""Troubles of the exchange itself: keys, bans, clocks, and answers from a copy that lags."""

from binfut_cli.sandbox.actions.act import Act
from binfut_cli.sandbox.params import FARTHEST_MS, BadParams


def replace_listen_key(act: Act) -> None:
    """Another program of the account ends the key in silence, and makes itself a new one."""
    act.params.finish()
    exchange, name = act.exchange, act.account.name
    if exchange.listen_keys.live(name, act.market) is None:
        raise BadParams("the account has no live listenKey on this market")
    exchange.end_listen_key(act.account, act.market, None)
    exchange.listen_keys.start(name, act.market, exchange.now_ms())


def forget_subscriptions(act: Act) -> None:
    """The streams stay open and forget what they listened to; the listenKey lives on."""
    act.params.finish()
    act.exchange.forget_subscriptions(act.account, act.market)


def revoke_keys(act: Act) -> None:
    """All API keys of the account are refused (-2015), or, with `revoked` false, good again."""
    revoked = act.params.flag("revoked", True)
    act.params.finish()
    change = act.exchange.revoked.add if revoked else act.exchange.revoked.discard
    change(act.account.name)


def ban(act: Act) -> None:
    """The address is banned for so many `seconds` (418), on both markets."""
    seconds = act.params.share("seconds", 120.0)
    act.params.finish()
    until = act.exchange.now_ms() + round(seconds * 1000)
    for pool in (act.exchange.rest_weight, *act.exchange.ws_weight.values()):
        pool.ban(until)


def replica_lag(act: Act) -> None:
    """For so many `seconds`, reads answer with the account as it is now; events go on."""
    seconds = act.params.share("seconds", 10.0)
    act.params.finish()
    act.exchange.lag(act.account, round(seconds * 1000))


def clock(act: Act) -> None:
    """Set how far the exchange's clock is off (`shiftMs`); overdue listenKeys end."""
    shift = act.params.integer("shiftMs", least=-FARTHEST_MS, most=FARTHEST_MS)
    act.params.finish()
    act.exchange.clock.shift_ms = shift
    act.exchange.expire_listen_keys()
