"""An exchange that asks to wait: it refuses now and then, and counts what comes meanwhile."""

import random
import threading
import time

from binfut_cli.codec import parse
from binfut_cli.sandbox import Sandbox
from binfut_cli.sandbox.api.rest import dumps
from binfut_cli.sandbox.faults.armed import Armed, Layer, Output
from binfut_cli.sandbox.faults.effects import answered, reworded
from binfut_cli.sandbox.wire.steps import Steps

HEARD_S = 0.15
"""How long a refusal takes to be heard: what was on its way before is no disobedience."""
ASKING: tuple[Layer, ...] = ("handshake", "rest", "wsApi")
SLOW_DOWN = "Too many requests; current limit of IP(127.0.0.1) is 2400 requests per minute."
BANNED = "Way too many requests; IP(127.0.0.1) banned until %d."


class Refusing:
    """A fault of the sandbox for everything that is asked, of both markets."""

    def __init__(self, sandbox: Sandbox, seed: int, seconds: tuple[int, ...]) -> None:
        self.probability = 0.0
        self.left: int | None = None  # refusals still to come; None: without end
        self.refusals = self.on_their_way = self.disobedient = self.requests = 0
        self._chance, self._seconds = random.Random(seed), seconds
        self._lock = threading.Lock()
        self._since_s = self._until_s = 0.0
        for layer in ASKING:
            sandbox._faults.arm(Armed(effect=self.effect, name="refusing", layer=layer, count=None))

    @property
    def remaining_s(self) -> float:
        """For how long the exchange still asks to wait."""
        return max(0.0, self._until_s - time.time())

    def effect(self, output: Output) -> Steps:
        """Answer as ever, or refuse; while that holds, refuse everything, and count it."""
        with self._lock:
            self.requests += 1
            now = time.time()
            if now < self._until_s:
                late = now - self._since_s > HEARD_S
                self.disobedient += late
                self.on_their_way += not late
            elif self.left == 0 or self._chance.random() >= self.probability:
                return output.steps
            else:
                self._refuse(now)
            return self._words(output)

    def _refuse(self, now: float) -> None:
        self.refusals += 1
        self.left = None if self.left is None else self.left - 1
        self._since_s, self._until_s = now, now + self._chance.choice(self._seconds)

    def _words(self, output: Output) -> Steps:
        """The refusal as each layer says it: seconds in a header, or a moment in the words."""
        banned, until_ms = self._chance.random() < 0.5, round(self._until_s * 1000)
        msg = BANNED % until_ms if banned else SLOW_DOWN
        error = {"code": -1003, "msg": msg}
        if output.layer == "wsApi":
            return self._said(output, 418 if banned else 429, error, until_ms)
        wait_s = round(self._until_s - self._since_s)
        headers = () if banned else (("Retry-After", str(wait_s)),)
        return answered(418 if banned else 429, dumps(error), headers)(output)

    def _said(self, output: Output, status: int, error: dict[str, object], until: int) -> Steps:
        if status == 429:
            error = {**error, "data": {"retryAfter": until}}
        number = parse(output.text.encode()).get("id")
        reply = dumps({"id": number, "status": status, "error": error})
        return reworded(lambda _: reply)(output)
