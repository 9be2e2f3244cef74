"""What is said of the exchange's robots, of the key, and of what nobody here knows."""

from collections.abc import Iterator

from binfut_cli.codec import Row, dumps
from binfut_cli.render.escape import plain
from binfut_cli.render.palette import Role
from binfut_cli.render.watch.events import labels
from binfut_cli.render.watch.events.fragments import Speech, Told, fields, spoken


def strategy(_speech: Speech, body: Row) -> Iterator[Told]:
    """A STRATEGY_UPDATE: a robot was started or has ended, and why."""
    row = body["strategy"]
    code = row.get("opCode")
    known = labels.OP_CODES.get(code) if isinstance(code, int) else None
    why = known or ("" if code is None else f"code {plain(code)}")
    yield Told("STRATEGY", row.get("symbol", ""), [*filter(None, (_robot(row), why))])


def _robot(row: Row) -> str:
    state = row.get("strategyStatus")
    named = fields(row, "strategyType", "strategyId")
    return f"{named} {'' if state is None else spoken(state)}".strip()


def grid(speech: Speech, body: Row) -> Iterator[Told]:
    """A GRID_UPDATE: what a grid has won by now."""
    row = body["grid"]
    asset = speech.settled_in(row)
    matched = f"matched {speech.profit(row.get('matchedPnl'), asset)}"
    realized = f"realized {speech.profit(row.get('realizedPnl'), asset)}"
    yield Told("GRID", row.get("symbol", ""), [_robot(row), matched, realized])


def key_expired(_speech: Speech, _body: Row) -> Iterator[Told]:
    """A listenKeyExpired."""
    yield Told("KEY", "listenKey", ["expired; a new one is being made"], Role.WARN)


def shutdown(_speech: Speech, _body: Row) -> Iterator[Told]:
    """A serverShutdown."""
    text = "the exchange will close this stream soon; another takes its place"
    yield Told("NOTICE", "exchange", [text])


def unknown(_speech: Speech, body: Row) -> Iterator[Told]:
    """An event that is not documented, as it came."""
    rest = {key: value for key, value in body.items() if key != "event"}
    yield Told("EVENT", str(body.get("event", "")), [plain(dumps(rest).decode())])
