"""listenKeys: one an account and market, 60 minutes from the last POST, PUT or ping. Pure."""

import hashlib
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from binfut_cli.sandbox.account.contracts import Market
from binfut_cli.sandbox.exchange.refusal import no_listen_key

LIFETIME_MS = 60 * 60_000


@lru_cache
def alphanumerics(*parts: object, length: int = 64) -> str:
    """Make a fixed text that looks like the exchange's keys, from its parts."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    number = int.from_bytes(hashlib.sha512("/".join(map(str, parts)).encode()).digest())
    text = ""
    while len(text) < length:
        number, digit = divmod(number, len(letters))
        text += letters[digit]
    return text


class ListenKey(msgspec.Struct, frozen=True, kw_only=True):
    """A live key and when it ends."""

    key: str
    account: str
    market: Market
    expires_ms: int


class ListenKeys:
    """The live keys. A key that ended never comes back; the next POST gives another one."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._made = 0
        self.lifetime_ms = LIFETIME_MS
        self._live: dict[tuple[str, Market], ListenKey] = {}

    def start(self, account: str, market: Market, now_ms: int) -> ListenKey:
        """Create a key, or extend and return the live one."""
        live = self._live.get((account, market))
        if live is None:
            self._made += 1
            text = alphanumerics("listenKey", self._seed, account, market, self._made)
            live = ListenKey(key=text, account=account, market=market, expires_ms=0)
        return self._extend(live, now_ms)

    def ping(self, account: str, market: Market, now_ms: int) -> ListenKey:
        """Extend the live key."""
        if (live := self._live.get((account, market))) is None:
            raise no_listen_key()
        return self._extend(live, now_ms)

    def _extend(self, live: ListenKey, now_ms: int) -> ListenKey:
        extended = replace(live, expires_ms=now_ms + self.lifetime_ms)
        self._live[live.account, live.market] = extended
        return extended

    def end(self, account: str, market: Market) -> ListenKey | None:
        """Close the live key, for every client of the account."""
        return self._live.pop((account, market), None)

    def live(self, account: str, market: Market) -> ListenKey | None:
        """The live key of an account."""
        return self._live.get((account, market))

    def overdue(self, now_ms: int) -> list[ListenKey]:
        """The live keys whose time is over."""
        return [key for key in self._live.values() if key.expires_ms <= now_ms]
