"""The sandbox as a program embeds it: start, addresses, accounts, actions, close."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from binfut_cli.sandbox.account.contracts import MARKETS
from binfut_cli.sandbox.account.presets import NAMES, accounts
from binfut_cli.sandbox.actions import TROUBLES, perform
from binfut_cli.sandbox.exchange.clock import Clock, system_ms
from binfut_cli.sandbox.exchange.exchange import Exchange
from binfut_cli.sandbox.exchange.rules import Rules
from binfut_cli.sandbox.exchange.signing import public_key
from binfut_cli.sandbox.faults.armed import Faults
from binfut_cli.sandbox.faults.kinds import armed, kinds
from binfut_cli.sandbox.params import BadParams
from binfut_cli.sandbox.scenario import Scenario, ScenarioPlayer
from binfut_cli.sandbox.server.control import BadInput, Body, Control, Handler, Query
from binfut_cli.sandbox.server.gateway import Gateway
from binfut_cli.sandbox.server.listener import Listener
from binfut_cli.sandbox.server.state import state

if TYPE_CHECKING:
    from binfut_cli.sandbox.server.certificates import Certificates  # loads cryptography

HOUSEKEEPING_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account's name and its sandbox key."""

    name: str
    api_key: str
    secret: str = field(repr=False)


class Sandbox:
    """A running exchange; `start` returns when it listens, `close` when all its threads ended."""

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
    ) -> None:
        if account not in NAMES:
            raise ValueError(f"no account {account!r}; there are: {', '.join(NAMES)}")
        first = sorted(accounts(), key=lambda each: each.name != account)
        self.exchange = Exchange(
            first, clock=Clock(clock, time_speed), seed=seed, rules=rules or Rules(), past=past
        )
        self._faults = Faults(seed, self.exchange.now_ms)
        self._certificates = _certificates(tls)
        context = self._certificates.context if self._certificates else None
        gateway = Gateway(self.exchange, self._faults)
        self._listener = Listener(gateway.serve, port=port, context=context, admit=gateway.admit)
        self._control = Listener(Control(self._handlers()).serve)
        self._stop = threading.Event()
        self._housekeeper = threading.Thread(
            target=self._keep_house, name="sandbox-keeper", daemon=True
        )
        self._housekeeper.start()
        living = (account,) if story is True else story or ()
        self._tellers = [self._tell(name, seed + n, speed) for n, name in enumerate(living)]

    def _tell(self, account: str, seed: int, speed: float) -> ScenarioPlayer:
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
    def control(self) -> str:
        """Base URL of the control endpoint."""
        return f"http://127.0.0.1:{self._control.port}"

    def announcement(self) -> dict[str, Any]:
        """What `binfut sandbox serve` prints as one line of JSON."""
        return {
            "rest": self.rest,
            "wsApi": self.ws_api,
            "stream": self.stream,
            "control": self.control,
            "accounts": [
                {"name": a.name, "apiKey": a.api_key, "secret": a.secret} for a in self.accounts
            ],
            **({"ca": self.ca} if self.ca else {}),
        }

    def act(self, action: Mapping[str, Any]) -> int:
        """Do one action; give the id of the last ledger entry."""
        last = perform(self.exchange, action)
        if action["action"] in TROUBLES:
            self._faults.count(f"{action['action']}/act")
        return last

    def fault(self, fault: Mapping[str, Any]) -> None:
        """Arm a fault, or strike with it at once (`now`)."""
        self._faults.arm(armed(fault))

    def clear_faults(self) -> None:
        """Disarm every fault."""
        self._faults.clear()

    @staticmethod
    def fault_kinds() -> tuple[str, ...]:
        """Every kind of fault there is, `fault/layer`."""
        return kinds()

    def fired(self) -> Mapping[str, int]:
        """How often each kind of fault changed what a client met, by `fault/layer`.

        The actions that are troubles count too, as `expireListenKey/act`.
        """
        return self._faults.fired()

    def ledger(self, since: int = 0) -> list[dict[str, Any]]:
        """Every change after an id, oldest first."""
        with self.exchange.lock:
            return [entry.to_json() for entry in self.exchange.ledger.since(since)]

    def add_key(self, account: str, pem: str) -> str:
        """Register an Ed25519 or RSA public key for an account; give its API key."""
        verifier = public_key(pem)
        with self.exchange.lock:
            return self.exchange.add_key(account, verifier).api_key

    def shift_clock(self, shift_ms: int) -> None:
        """Set how far the exchange's clock is off its source; overdue listenKeys end at once."""
        with self.exchange.lock:
            self.exchange.clock.shift_ms = shift_ms
            self.exchange.expire_listen_keys()

    def _handlers(self) -> dict[str, Handler]:
        return {
            "POST /act": self._post_act,
            "POST /fault": self._post_fault,
            "GET /fault": self._get_fault,
            "DELETE /fault": self._delete_fault,
            "GET /ledger": self._get_ledger,
            "GET /state": self._get_state,
            "POST /keys": self._post_keys,
            "POST /clock": self._post_clock,
        }

    def _post_act(self, body: Body, query: Query) -> Any:
        try:
            return {"ledger": self.act(body)}
        except BadParams as exc:
            raise BadInput(str(exc)) from exc

    def _post_fault(self, body: Body, query: Query) -> Any:
        try:
            self.fault(body)
        except BadParams as exc:
            raise BadInput(str(exc)) from exc
        return self._faults_told()

    def _get_fault(self, body: Body, query: Query) -> Any:
        return {**self._faults_told(), "kinds": self.fault_kinds()}

    def _faults_told(self) -> dict[str, Any]:
        return {"armed": [each.name for each in self._faults.armed()], "fired": self.fired()}

    def _delete_fault(self, body: Body, query: Query) -> Any:
        self.clear_faults()
        return self._faults_told()

    def _get_ledger(self, body: Body, query: Query) -> Any:
        text = query.get("since", ["0"])[0]
        if not text.isascii() or not text.isdigit():
            raise BadInput("since must be the id of an entry")
        return self.ledger(int(text))

    def _get_state(self, body: Body, query: Query) -> Any:
        with self.exchange.lock:
            return state(self.exchange, self._faults)

    def _post_keys(self, body: Body, query: Query) -> Any:
        name, pem = body.get("account"), body.get("publicKey")
        if name not in self.exchange.accounts or not isinstance(pem, str):
            raise BadInput("account must name an account and publicKey be a PEM text")
        try:
            return {"account": name, "apiKey": self.add_key(name, pem)}
        except ValueError as exc:
            raise BadInput(str(exc)) from exc

    def _post_clock(self, body: Body, query: Query) -> Any:
        shift = body.get("shiftMs")
        if isinstance(shift, bool) or not isinstance(shift, int):
            raise BadInput("shiftMs must be an integer of milliseconds")
        self.shift_clock(shift)
        return {"now": self.exchange.now_ms()}

    def _keep_house(self) -> None:
        while not self._stop.wait(HOUSEKEEPING_S):
            with self.exchange.lock:
                self.exchange.expire_listen_keys()

    def close(self) -> None:
        """End everything: listeners, live connections, threads."""
        for player in self._tellers:
            player.close()
        self._stop.set()
        self._housekeeper.join()
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


def _certificates(tls: bool | str) -> "Certificates | None":
    if not tls:
        return None
    from binfut_cli.sandbox.server.certificates import VARIANTS, Certificates

    wanted = "good" if tls is True else tls
    for variant in VARIANTS:
        if variant == wanted:
            return Certificates(variant)
    raise ValueError(f"no TLS variant {tls!r}; there are: {', '.join(VARIANTS)}")
