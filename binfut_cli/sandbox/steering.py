"""What can be done to a running exchange from outside: actions, faults, keys, the clock.

What does it is loaded when it is done: an exchange that is asked once needs none of it.
"""

from collections.abc import Mapping
from typing import Any

from binfut_cli.sandbox.account.contracts import Market
from binfut_cli.sandbox.account.rows import JSON
from binfut_cli.sandbox.exchange.exchange import Exchange
from binfut_cli.sandbox.exchange.signing import public_key
from binfut_cli.sandbox.faults.armed import Armed, Faults


class Steering:
    """An exchange and its faults, to be steered by the program or by the control endpoint."""

    def __init__(self, exchange: Exchange, faults: Faults) -> None:
        self.exchange, self._faults = exchange, faults

    def act(self, action: Mapping[str, Any]) -> int:
        """Do one action; give the id of the last ledger entry."""
        from binfut_cli.sandbox.actions import TROUBLES, perform

        last = perform(self.exchange, action)
        if action["action"] in TROUBLES:
            self._faults.count(f"{action['action']}/act")
        return last

    def fault(self, fault: Mapping[str, Any]) -> None:
        """Arm a fault, or strike with it at once (`now`)."""
        from binfut_cli.sandbox.faults.kinds import armed

        self.arm(armed(fault))

    def arm(self, fault: Armed) -> None:
        """Arm a fault of the program's own making."""
        self._faults.arm(fault)

    def clear_faults(self) -> None:
        """Disarm every fault."""
        self._faults.clear()

    @staticmethod
    def fault_kinds() -> tuple[str, ...]:
        """Every kind of fault there is, `fault/layer`."""
        from binfut_cli.sandbox.faults.kinds import kinds

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

    def connections(self) -> Mapping[str, int]:
        """How many connections are open, by `layer/market`."""
        return self._faults.connections()

    def listening(self, account: str, market: Market) -> int:
        """How many connections listen to an account's present listenKey."""
        with self.exchange.lock:
            live = self.exchange.listen_keys.live(account, market)
        return self._faults.listening(live.key) if live else 0

    def armed_faults(self) -> tuple[str, ...]:
        """The names of the faults that wait."""
        return tuple(each.name for each in self._faults.armed())

    def state(self) -> JSON:
        """Clock, marks, accounts, open connections, armed faults."""
        from binfut_cli.sandbox.server.state import state

        with self.exchange.lock:
            return state(self.exchange, self._faults)
