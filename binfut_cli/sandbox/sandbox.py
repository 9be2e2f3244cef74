"""The sandbox as a program embeds it: start, addresses, accounts, actions, close."""

import itertools
import secrets
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import msgspec

from binfut_cli.sandbox.account.contracts import MARKETS
from binfut_cli.sandbox.account.presets import NAMES, accounts, copies
from binfut_cli.sandbox.api.mark_streams import tell_marks
from binfut_cli.sandbox.exchange.clock import Clock, system_ms
from binfut_cli.sandbox.exchange.exchange import Exchange
from binfut_cli.sandbox.exchange.rules import Rules
from binfut_cli.sandbox.faults.armed import Faults
from binfut_cli.sandbox.server.gateway import Gateway
from binfut_cli.sandbox.server.listener import Listener
from binfut_cli.sandbox.steering import Steering

if TYPE_CHECKING:
    from binfut_cli.sandbox.scenario import ScenarioPlayer
    from binfut_cli.sandbox.server.certificates import Certificates  # loads cryptography

HOUSEKEEPING_S = 0.25
MARKS_EVERY = 4  # turns, which are a second


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account's name and its sandbox key."""

    name: str
    api_key: str
    secret: str

    def __repr__(self) -> str:
        return f"Account({self.name}, {self.api_key})"


class Sandbox(Steering):
    """A running exchange; `start` returns when it listens, `close` when all its threads ended.

    All that a test or a command may ask of one is asked here: that is why it has many methods.
    """

    def __init__(
        self,
        *,
        account: str = "one-way",
        port: int = 0,
        seed: int = 1,
        rules: Rules | None = None,
        clock: Callable[[], int] = system_ms,
        past: bool = True,
        tls: bool | str = False,
        story: bool | Sequence[str] = False,
        speed: float = 1.0,
        time_speed: float = 1.0,
        control: bool = False,
        more: int = 0,
    ) -> None:
        """`more` are further accounts that hold what the first holds: one-way-2, one-way-3 …"""
        if account not in NAMES:
            raise ValueError(f"no account {account!r}; there are: {', '.join(NAMES)}")
        first = sorted(accounts(), key=lambda each: each.name != account)
        exchange = Exchange(
            [*first, *copies(first[0], more)],
            clock=Clock(clock, time_speed),
            seed=seed,
            rules=rules or Rules(),
            past=past,
        )
        super().__init__(exchange, Faults(seed, exchange.now_ms))
        self._certificates = _certificates(tls)
        context = self._certificates.context if self._certificates else None
        gateway = Gateway(exchange, self._faults)
        self._listener = Listener(gateway.serve, port=port, context=context, admit=gateway.admit)
        self._token = secrets.token_urlsafe(32) if control else None
        self._control = _controlled(self, self._token) if self._token else None
        self._stop = threading.Event()
        self._housekeeper = threading.Thread(
            target=self._keep_house, name="sandbox-keeper", daemon=True
        )
        self._housekeeper.start()
        living = (account,) if story is True else story or ()
        self._tellers = [self._tell(name, seed + n, speed) for n, name in enumerate(living)]

    def _tell(self, account: str, seed: int, speed: float) -> "ScenarioPlayer":
        from binfut_cli.sandbox.scenario import Scenario, ScenarioPlayer  # one answer needs none

        story = Scenario(self.exchange, account, seed)
        return ScenarioPlayer(story, self.act, self.exchange.lock, speed)

    @classmethod
    def start(cls, account: str = "one-way", **options: Any) -> Self:
        """Open an exchange whose first account is `account`."""
        return cls(account=account, **options)

    @property
    def accounts(self) -> tuple[Account, ...]:
        """All accounts, the chosen one first."""
        return tuple(
            Account(name=k.account, api_key=k.api_key, secret=self.exchange.secret(k.account))
            for k in tuple(self.exchange.keys.values())[: len(self.exchange.accounts)]
        )

    @property
    def rest(self) -> dict[str, str]:
        """Base URLs of REST by market."""
        return dict.fromkeys(MARKETS, self._url("http"))

    @property
    def ws_api(self) -> dict[str, str]:
        """URLs of the WS-API by market."""
        base = self._url("ws")
        return {"usdm": f"{base}/ws-fapi/v1", "coinm": f"{base}/ws-dapi/v1"}

    @property
    def stream(self) -> dict[str, str]:
        """Base URLs of the user data streams by market."""
        return dict.fromkeys(MARKETS, self._url("ws"))

    def _url(self, scheme: str) -> str:
        secure = "s" if self._certificates else ""
        return f"{scheme}{secure}://127.0.0.1:{self._listener.port}"

    @property
    def ca(self) -> str | None:
        """The file with the authority to trust, when TLS is on."""
        return str(self._certificates.ca) if self._certificates else None

    @property
    def control(self) -> str | None:
        """Base URL of the control endpoint, if one was asked for."""
        return f"http://127.0.0.1:{self._control.port}" if self._control else None

    @property
    def control_token(self) -> str | None:
        """What a request to the control endpoint must carry (`Authorization: Bearer …`)."""
        return self._token

    def announcement(self) -> dict[str, Any]:
        """What `binfut sandbox serve` prints as one line of JSON."""
        return {
            "rest": self.rest,
            "wsApi": self.ws_api,
            "stream": self.stream,
            **({"control": self.control, "controlToken": self._token} if self._control else {}),
            "accounts": [
                {"name": a.name, "apiKey": a.api_key, "secret": a.secret} for a in self.accounts
            ],
            **({"ca": self.ca} if self.ca else {}),
        }

    def _keep_house(self) -> None:
        for turn in itertools.count(1):
            if self._stop.wait(HOUSEKEEPING_S):
                return
            with self.exchange.lock:
                self.exchange.expire_listen_keys()
                if turn % MARKS_EVERY == 0:
                    tell_marks(self.exchange, turn // MARKS_EVERY)

    def close(self) -> None:
        """End everything: listeners, live connections, threads."""
        for player in self._tellers:
            player.close()
        self._stop.set()
        self._housekeeper.join()
        if self._control:
            self._control.close()
        self._listener.close()
        if self._certificates:
            self._certificates.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _controlled(sandbox: Sandbox, token: str) -> Listener:
    from binfut_cli.sandbox.server.control import Control  # who embeds one steers it by calls

    return Listener(Control(sandbox, token).serve)


def _certificates(tls: bool | str) -> "Certificates | None":
    if not tls:
        return None
    from binfut_cli.sandbox.server.certificates import VARIANTS, Certificates

    wanted = "good" if tls is True else tls
    for variant in VARIANTS:
        if variant == wanted:
            return Certificates(variant)
    raise ValueError(f"no TLS variant {tls!r}; there are: {', '.join(VARIANTS)}")
