"""One odd value in an answer: no command refuses, and no figure changes but what needs it.

Every field of every body that a command reads is bent, one at a time: accounts of the sandbox, and
bodies that were recorded. An account is asked through a transport that answers with these.
"""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.api.allowed import Way
from binfut_cli.api.client import AccountClient, Get, Question
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.frames import TEXT, Message
from binfut_cli.api.transport.rest import Response
from binfut_cli.api.transport.transport import Transport
from binfut_cli.api.transport.ws import Params
from binfut_cli.auth import credentials
from binfut_cli.codec import Row, decimal, dumps, same
from binfut_cli.endpoints import MARKET_APIS, Endpoints, Env, Market, Scope
from binfut_cli.errors import ExchangeError
from binfut_cli.render import documents
from binfut_cli.render.account.report import report
from binfut_cli.render.choice import Choice
from binfut_cli.render.csv import sheet
from binfut_cli.resources.balances import METHODS, balances
from binfut_cli.resources.commission import commission
from binfut_cli.resources.conditions.expression import matches
from binfut_cli.resources.conditions.reader import condition
from binfut_cli.resources.config import config
from binfut_cli.resources.figures.models import leg
from binfut_cli.resources.history.pages import Span
from binfut_cli.resources.income import DAY_MS, Reading, Wanted
from binfut_cli.resources.orders import orders
from binfut_cli.resources.positions import POSITIONS, positions
from binfut_cli.resources.result.result import Result
from binfut_cli.resources.status import snapshot, status
from binfut_cli.sandbox import Sandbox
from binfut_cli.stream.fold.audit import Auditor, differing, stamps
from binfut_cli.stream.state import State
from tests.support.program import account
from tests.support.samples import body

NOW = 1_790_000_000_000
HERE = Scope(Env.PROD, None)
Bodies = Mapping[str, Any]
"""What is answered, by WS-API method or REST path."""


def week(of: AccountClient) -> Result:
    return Reading(of, Wanted(Span(NOW - 7 * DAY_MS, NOW))).answer()


COMMANDS: dict[str, Callable[[AccountClient], Result]] = {
    "status": status,
    "positions": positions,
    "balances": balances,
    "snapshot": snapshot,
    "config": config,
    "commission": commission,
    "orders": orders,
    "income": week,
}


class Answering(Transport):
    """A transport whose other end answers with given bodies."""

    def __init__(self, market: Market, bodies: Bodies) -> None:
        super().__init__(market, lambda: NOW)
        self._bodies = bodies

    def open_ws(self, way: Way, url: str, deadline: Deadline, form: str = "") -> Any:
        return AnsweringWire(self._bodies)

    def send_rest(
        self,
        method: str,
        base: str,
        path: str,
        query: str,
        headers: Mapping[str, str],
        deadline: Deadline,
    ) -> Response:
        symbol = dict(parse_qsl(query)).get("symbol")
        call = path if symbol is None else f"{path}?symbol={symbol}"
        if call not in self._bodies:  # an amount that cannot be read may make it a held symbol
            raise ExchangeError(f"There is no answer about {symbol}.", hint="Ask another.")
        return Response(200, {}, dumps(self._bodies[call]))


class AnsweringWire:
    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self._waiting: list[Message] = []

    def send(self, id_: int, method: str, params: Params = ()) -> None:
        reply = {"id": id_, "status": 200, "result": self._bodies[method]}
        self._waiting.append((TEXT, dumps(reply)))

    def receive(self, timeout_s: float) -> list[Message]:
        found, self._waiting = self._waiting, []
        return found

    def close(self) -> None:
        """Nothing to give back."""


def asked(market: Market, bodies: Bodies, command: str) -> Result:
    key = credentials.sandbox("k" * 64, "s" * 64)
    with AccountClient(
        market, Endpoints("", "", ""), key, now_ms=lambda: NOW, transport=Answering(market, bodies)
    ) as of:
        return COMMANDS[command](of)


# -- the bodies -----------------------------------------------------------------------------------


@cache
def held(name: str, market: Market) -> Bodies:
    """What the exchange answers of an account of the sandbox."""
    called, prefix = MARKET_APIS[market], MARKET_APIS[market].rest_prefix
    methods = {called.status_method, called.position_method, METHODS[market], "account.status"}
    paths = [f"{prefix}/v1/{name}" for name in ("openOrders", "openAlgoOrders", "income")]
    if market is Market.USDM:
        paths += [f"/fapi/v1/{name}" for name in ("accountConfig", "symbolConfig", "feeBurn")]
    else:
        paths.append("/dapi/v1/positionSide/dual")
    marks = f"{prefix}/v1/premiumIndex"
    with Sandbox.start(account=name) as sandbox, account(sandbox, market) as of:
        found = {method: of.ask([Question(method)])[0] for method in sorted(methods)}
        found |= {path: of.get(Get(path))[0] for path in paths}
        found[marks] = of.get(Get(marks, signed=False))[0]
    found[f"{prefix}/v1/income"] = found[f"{prefix}/v1/income"][:5]
    bodies = {call: few(each, market) for call, each in found.items()}
    return {**bodies, **rates(market, bodies["account.status"]["positions"])}


def rates(market: Market, positions: list[Row]) -> Bodies:
    """The documented commission rates, for every symbol of some positions."""
    told: Row = body(f"{market}/rest_commission_rate")
    path = f"{MARKET_APIS[market].rest_prefix}/v1/commissionRate?symbol="
    return {f"{path}{row['symbol']}": {**told, "symbol": row["symbol"]} for row in positions}


def few(found: Any, market: Market) -> Any:
    """The same without most of what is nothing but zeros: hundreds of rows."""
    if isinstance(found, dict):
        return {key: few(value, market) for key, value in found.items()}
    if not isinstance(found, list):
        return found
    live = [row for row in found if any(decimal(row.get(name)) for name in LIVE)]
    return live + [row for row in found if row not in live][:2]


LIVE = ("positionAmt", "walletBalance", "balance", "origQty", "quantity", "income", "markPrice")


@cache
def recorded(market: Market) -> Bodies:
    """Bodies of accounts that were recorded, where there are such, in place of the sandbox's."""
    if market is Market.COINM:
        return {
            **held("coinm", market),
            **rates(market, body("coinm/rest_account")["positions"]),
            **rates(market, body("coinm/rest_position_risk")),
            "account.status": body("coinm/rest_account"),
            "account.position": body("coinm/rest_position_risk"),
            "account.balance": body("coinm/rest_balance"),
            "/dapi/v1/openOrders": body("coinm/rest_open_orders"),
            "/dapi/v1/premiumIndex": body("coinm/rest_premium_index"),
            "/dapi/v1/positionSide/dual": body("coinm/rest_position_side_dual"),
        }
    old = {"multiAssetsMargin": True, "feeTier": 0, "canTrade": True, "tradeGroupId": -1}
    leverage = {"symbol": "BTCUSDT", "positionSide": "BOTH", "leverage": "20", "isolated": False}
    status = body("usdm/wsapi_v2_account_status_recorded")["result"]
    return {
        **held("multi-assets", market),
        "v2/account.status": status,
        "v2/account.position": of_one_moment(status, body("usdm/rest_v3_position_risk")),
        "account.status": {**old, "assets": [], "positions": [leverage]},
        "v2/account.balance": body("usdm/wsapi_v2_account_balance")["result"],
        "/fapi/v1/openOrders": body("usdm/rest_open_orders"),
        "/fapi/v1/openAlgoOrders": body("usdm/rest_open_algo_orders"),
        "/fapi/v1/symbolConfig": body("usdm/rest_symbol_config"),
        "/fapi/v1/accountConfig": body("usdm/rest_account_config"),
        "/fapi/v1/premiumIndex": [body("usdm/rest_premium_index")],
    }


def of_one_moment(status: Row, positions: list[Row]) -> list[Row]:
    """The positions with what the status says of them too, since these were recorded apart."""
    told = {leg(row): {name.lower(): row[name] for name in row} for row in status["positions"]}
    return [
        {name: told.get(leg(row), {}).get(name.lower(), row[name]) for name in row}
        for row in positions
    ]


ACCOUNTS: dict[str, tuple[Market, Callable[[], Bodies]]] = {
    "recorded-usdm": (Market.USDM, lambda: recorded(Market.USDM)),
    "recorded-coinm": (Market.COINM, lambda: recorded(Market.COINM)),
    "one-way": (Market.USDM, lambda: held("one-way", Market.USDM)),
    "hedge": (Market.USDM, lambda: held("hedge", Market.USDM)),
    "multi-assets": (Market.USDM, lambda: held("multi-assets", Market.USDM)),
    "one-way-coinm": (Market.COINM, lambda: held("one-way", Market.COINM)),
    "hedge-coinm": (Market.COINM, lambda: held("hedge", Market.COINM)),
}

# -- the bends ------------------------------------------------------------------------------------

MISSING = object()
IDENTITIES = frozenset({"symbol", "asset"})  # any other text is another row, and not odd
KEYS = IDENTITIES | {"positionSide"}
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Bend:
    """A field of one body, and what stands there instead."""

    call: str
    path: Path
    value: Any

    @property
    def field(self) -> str:
        """The field's name."""
        return str(self.path[-1])

    def of(self, bodies: Bodies) -> Bodies:
        """The bodies with the field bent."""
        changed = copy.deepcopy(bodies[self.call])
        at: Any = changed
        for key in self.path[:-1]:
            at = at[key]
        if self.value is MISSING:
            del at[self.path[-1]]
        else:
            at[self.path[-1]] = self.value
        return {**bodies, self.call: changed}


def leaves(found: Any, *path: str | int) -> Iterator[tuple[Path, Any]]:
    """Every field of a body that is not itself a list or an object."""
    if not isinstance(found, dict | list):
        yield path, found
        return
    for key, value in found.items() if isinstance(found, dict) else enumerate(found):
        yield from leaves(value, *path, key)


def values(field: str, value: Any) -> list[Any]:
    """What may stand in place of a value: a bare number, nothing, and what nobody expects."""
    odd: list[Any] = [None, "", MISSING, [], {}, True]
    if (number := decimal(value)) is not None and isinstance(value, str):
        odd.append(number if "." in value else int(value))
    elif type(value) is not int:
        odd.append(7)
    if isinstance(value, bool):
        odd.remove(True)
    if field not in IDENTITIES:
        odd += ["NEW_THING", "1,5", "nan"]
    return [each for each in odd if each is MISSING or (type(each), each) != (type(value), value)]


def bends(bodies: Bodies) -> list[tuple[str, Path, Any]]:
    """Every field of every body; of rows that are alike each field in one of them, in turn."""
    alike: dict[object, list[tuple[str, Path, Any]]] = {}
    for call, found in sorted(bodies.items()):
        for path, value in leaves(found):
            fields = tuple(key for key in path if isinstance(key, str))
            alike.setdefault((call, fields), []).append((call, path, value))
    return [each[number % len(each)] for number, each in enumerate(alike.values())]


@st.composite
def bent(draw: st.DrawFn, bodies: Bodies) -> Bend:
    call = draw(st.sampled_from(sorted(bodies)))
    path, value = draw(st.sampled_from(list(leaves(bodies[call]))))
    return Bend(call, path, draw(st.sampled_from(values(str(path[-1]), value))))


# -- what is compared -----------------------------------------------------------------------------

Told = dict[tuple[str, object], Row]


def rows_of(found: Result) -> Told:
    """Every row of an answer by its kind and what it is known by."""
    kinds = [each.kind for each in found.resources]
    return {(kind, known_by(kind, row)): row for kind in kinds for row in found.rows(kind)}


def known_by(kind: str, row: Row) -> object:
    if kind == "totals":
        return ()
    if kind == "positions":
        return leg(row)
    names = ("asset", "symbol", "orderId", "algoId", "incomeType", "tranId", "time")
    return tuple(str(row.get(name)) for name in names if kind != "symbols" or name == "symbol")


def is_same_or_gone(old: Any, new: Any) -> bool:
    return new is None or new == old


def check_rows(before: Told, after: Told, bend: Bend) -> None:
    for key, row in before.items():
        if key not in after or bend.field in KEYS:
            continue  # refused, and what another call says of it may be of another moment
        for name, value in row.items():
            if (
                name.lower() != bend.field.lower()
                and name in after[key]
                and not isinstance(value, list | dict)
            ):
                assert same(after[key][name], value), (bend, key, name)
        old, new = row.get("derived") or {}, after[key].get("derived") or {}
        for name, figure in old.items():
            if not isinstance(figure, list):
                assert is_same_or_gone(figure, new.get(name)), (bend, key, name)


def check_far(market: Market, before: Told, after: Told, bend: Bend, subject: Row) -> None:
    """Of another symbol nothing is missing but a ratio, which a pool shares."""
    symbol = subject.get("symbol")
    for (kind, known), row in before.items():
        if symbol is None or (kind, known) not in after or row.get("symbol") in (None, symbol):
            continue
        for name, figure in (row.get("derived") or {}).items():
            if name not in ("marginRatio", "liquidationDistance"):
                assert after[kind, known]["derived"][name] == figure, (bend, known, name)


def subject_of(bend: Bend, bodies: Bodies) -> Row:
    """The row that is bent; empty for a field of the whole."""
    at: Any = bodies[bend.call]
    for key in bend.path[:-1]:
        at = at[key]
    return at if isinstance(at, dict) and len(bend.path) > 1 else {}


TABLES = (Choice(width=80), Choice(wide=True), Choice(whole=True, chart=True))


def show(found: Result, table: Choice) -> None:
    """Everything that a command does with an answer, and one of its tables."""
    report(found, HERE, table)
    for choice in (Choice(), Choice(whole=True)):  # for programs, however wide
        json.loads(dumps(documents.answer(found, HERE, choice)))
        for row in documents.rows(found, HERE, choice):
            json.loads(dumps(row))
        sheet([found], found.resources, choice)
    if POSITIONS in found.resources:
        wanted = [condition("marginRatio>0.8 or liquidationDistance<5%", found.resources)]
        list(matches(wanted, {each: found.rows(each.kind) for each in found.resources}))


def is_bare_number(value: object) -> bool:
    return value is not MISSING and not isinstance(value, bool | str) and decimal(value) is not None


def check_watch(whole: Result, found: Result, bend: Bend) -> None:
    """A reading with an odd value proves no change, and none of what it was before."""
    ours, theirs = State(whole.document), State(found.document)
    assert differing(ours, theirs) == [] == differing(theirs, ours), bend
    known, read = stamps(whole.document), stamps(found.document)
    assert Auditor().judge(ours, known, theirs, read).verdict == "clean", bend


def check(market: Market, bodies: Bodies, bend: Bend, command: str) -> None:
    whole = asked(market, bodies, command)
    found = asked(market, bend.of(bodies), command)
    before, after = rows_of(whole), rows_of(found)
    check_rows(before, after, bend)
    check_far(market, before, after, bend, subject_of(bend, bodies))
    if not found.read.lacking:
        # What may be a position, for all that can be read, is one that is asked about.
        assert len(after) == len(before) or (
            command == "commission" and before.keys() < after.keys()
        )
    if command == "snapshot":
        check_watch(whole, found, bend)


@pytest.mark.parametrize("command", COMMANDS)
@given(name=st.sampled_from(sorted(ACCOUNTS)), data=st.data())
def test_one_odd_value_spoils_nothing_but_itself(
    command: str, name: str, data: st.DataObject
) -> None:
    market, bodies = ACCOUNTS[name][0], ACCOUNTS[name][1]()
    used = {call: bodies[call] for call in calls(name, command) if bodies[call]}
    bend = data.draw(bent(used))
    check(market, bodies, bend, command)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", ["recorded-usdm", "recorded-coinm"])
def test_everything_can_be_shown_with_an_odd_value(name: str, command: str) -> None:
    market, bodies = ACCOUNTS[name][0], ACCOUNTS[name][1]()
    used = {call: each for call, each in bodies.items() if call in calls(name, command)}
    for number, (call, path, value) in enumerate(bends(used)):
        several = values(str(path[-1]), value)
        bend = Bend(call, path, several[number % len(several)])
        show(asked(market, bend.of(bodies), command), TABLES[number // len(several) % len(TABLES)])


@cache
def calls(name: str, command: str) -> frozenset[str]:
    """The calls that a command makes."""
    market, bodies = ACCOUNTS[name][0], ACCOUNTS[name][1]()
    seen = Noting(bodies)
    asked(market, seen, command)
    return frozenset(seen.noted)


class Noting(dict[str, Any]):
    """Bodies that note which of them were asked for."""

    def __init__(self, bodies: Bodies) -> None:
        super().__init__(bodies)
        self.noted: set[str] = set()

    def __getitem__(self, call: str) -> Any:
        self.noted.add(call)
        return super().__getitem__(call)


@pytest.mark.parametrize("value", ["", "1,5", None, 5, [], {}])
def test_an_odd_amount_is_noted_by_its_row_and_field(value: object) -> None:
    bodies = recorded(Market.USDM)
    bend = Bend("v2/account.status", ("positions", 0, "maintMargin"), value)
    found = asked(Market.USDM, bend.of(bodies), "status")
    assert found.read.odd == ("positions[BTCUSDT].maintMargin",)
    shown = found.rows("positions")[0]["maintMargin"]
    assert shown == ("5" if value == 5 else value)


@pytest.mark.parametrize("name", ACCOUNTS)
@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_that_was_recorded_or_is_documented_is_odd(name: str, command: str) -> None:
    market, bodies = ACCOUNTS[name][0], ACCOUNTS[name][1]()
    found = asked(market, bodies, command)
    assert found.read.odd == ()
    assert found.read.lacking == ()
