"""One market, from the names of its addresses to a stream that is proven to deliver."""

from collections.abc import Callable, Mapping
from statistics import median

from binfut_cli.api.client import AccountClient, system_ms
from binfut_cli.api.clock import Sample
from binfut_cli.api.envelope import RateLimit
from binfut_cli.api.transport.transport import Transport
from binfut_cli.codec import decimal
from binfut_cli.doctor import clock, reachability, server_time, stream
from binfut_cli.doctor.findings import Check, Judged, Verdict
from binfut_cli.endpoints import Endpoints, Env, Market
from binfut_cli.errors import BinfutError, ConfigError
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.status import status

MUCH_WEIGHT = 0.8  # of the minute's limit
ELSEWHERE = {
    Env.PROD: "A key made on the demo or testnet page is not known here: give --env.",
    Env.TESTNET: "A key of the real exchange is not known here: give --env.",
    Env.DEMO: "A key of the real exchange is not known here: give --env.",
    Env.SANDBOX: "The sandbox knows its own keys only.",
}
PORTFOLIO = "An account in Portfolio Margin is not readable here: its futures are behind papi."


class Examination:
    """The checks of one market. What one learns, the later ones use."""

    def __init__(
        self,
        env: Env,
        market: Market,
        place: Endpoints,
        account: AccountClient | None,
        timeout_s: float,
        environ: Mapping[str, str],
        powers: Callable[[], Judged] | None = None,
        learn: Callable[[str], object] = bool,
    ) -> None:
        self._env = env
        self.market = market
        self._place = place
        self._account = account
        self._transport = account.transport if account else Transport(market, system_ms)
        self._timeout_s = timeout_s
        self._powers = powers
        self._learn = learn  # told the listenKey, so that it can be hidden
        self._routes = reachability.routes(place, environ)
        self._samples: tuple[Sample, ...] = ()
        self._weight: RateLimit | None = None
        self._key = ""

    def checks(self) -> list[Check]:
        """Every check, each after those that it needs."""
        by_role = {role: f"tls.{route.name}" for route in self._routes for role in route.roles}
        reached = [c for route in self._routes for c in reachability.checks(route, self._timeout_s)]
        powers = [Check("powers", self._powers, ("key", "clock"))] if self._powers else []
        return [
            *reached,
            Check("rest", self._ask_rest, (by_role["rest"],)),
            Check("ws-api", self._ask_ws_api, (by_role["ws-api"],)),
            Check("clock", self._judge_clock, timed=False),
            Check("weight", self._judge_weight, ("ws-api",), timed=False),
            *powers,
            Check("account", self._read_account, ("key", "ws-api", "clock", "powers")),
            Check("listenKey", self._start_key, ("account",)),
            Check("stream", self._prove_stream, (by_role["stream"], "listenKey")),
        ]

    def _ask_rest(self) -> Judged:
        sample = server_time.over_rest(self._transport, self._place, self._timeout_s)
        self._samples = (sample,)
        return Judged("answers; it stands in where the WebSocket API fails")

    def _ask_ws_api(self) -> Judged:
        heard = server_time.over_ws(self._transport, self._place, self._timeout_s)
        self._weight = heard.weight
        if heard.refusal is not None:
            return Judged(f"answers, but not with the time: {heard.refusal.message}")
        self._samples = heard.samples
        trip = round(median(each.round_trip_ms for each in heard.samples))
        return Judged(f"answers in {trip} ms (median of {len(heard.samples)})")

    def _judge_clock(self) -> Judged:
        if not self._samples:
            return Judged("skipped: nobody told the time", Verdict.SKIP)
        return clock.judged(self._samples)

    def _judge_weight(self) -> Judged:
        return weight(self._weight)

    def _read_account(self) -> Judged:
        try:
            found = status(self._held())
        except BinfutError as exc:
            raise explained(exc, self._env) from exc
        for lack in found.read.lacking:
            raise explained(lack.error, self._env) from lack.error
        return contents(found)

    def _start_key(self) -> Judged:
        self._key = self._held().start_listen_key()
        self._learn(self._key)
        return Judged("made, or extended by 60 minutes; it is never closed from here")

    def _prove_stream(self) -> Judged:
        found = stream.proofs(self._transport, self._place.stream, self._key, self._timeout_s)
        return stream.judged(found)

    def _held(self) -> AccountClient:
        if self._account is None:  # checks that need a key are stopped before they come here
            raise ConfigError("There is no key.", hint="Set one.")
        return self._account


def weight(used: RateLimit | None) -> Judged:
    """Judge the request weight used in this minute by everything behind this IP address."""
    if used is None or not used.limit:
        return Judged("the exchange did not tell it")
    seen = f"{used.limit - used.count} of {used.limit} left in this minute"
    if used.count < MUCH_WEIGHT * used.limit:
        return Judged(seen)
    hint = "Other programs behind this IP address use the rest; a ban follows if they go on."
    return Judged(seen, Verdict.WARN, hint)


def contents(answer: Result) -> Judged:
    """What was read, in numbers of rows: no amount belongs into an examination."""
    rows = [row for row in answer.rows("positions") if decimal(row["positionAmt"])]
    held = [row for row in answer.rows("assets") if decimal(row["walletBalance"])]
    seen = f"readable: {_many(len(held), 'asset')}, {_many(len(rows), 'position')}"
    if held or rows:
        return Judged(seen)
    return Judged(seen, hint=f"An empty account is answered like one elsewhere. {PORTFOLIO}")


def explained(exc: BinfutError, env: Env) -> BinfutError:
    """Add to a refused key what only an examination has room for."""
    if exc.exchange_code in (-2015, -2008):
        exc.hint = f"{exc.hint} {ELSEWHERE[env]} No other environment was tried."
    return exc


def _many(number: int, thing: str) -> str:
    return f"{number or 'no'} {thing}{'' if number == 1 else 's'}"
