"""A moment of the sandbox's story: what a watch told up to then, and what the account is then.

Kept as the program prints it, a line each: the watch's records, then the answers of `account
status` and `account orders` on both markets.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from binfut_cli.api.client import AccountClient
from binfut_cli.codec import dumps, parse
from binfut_cli.commands.open_accounts import Target, embedded, in_sandbox
from binfut_cli.endpoints import Endpoints, Env, Lane, Market, Scope
from binfut_cli.recording.recorded import record, recorded
from binfut_cli.render import documents
from binfut_cli.render.choice import Choice
from binfut_cli.resources import orders, status
from binfut_cli.resources.result.result import Result
from binfut_cli.stream.engine import follow
from binfut_cli.stream.records import Record

STORY_S, SPEED = 6.0, 20.0
TOLD = ("event", "gap", "resync")
ACCOUNT = "one-way"


class Answers(NamedTuple):
    """An account on one market: its status, and its open orders."""

    status: Result
    orders: Result


@dataclass(frozen=True, slots=True)
class Moment:
    """What was told, and the answers of each lane."""

    told: Sequence[Record]
    answers: dict[Lane, Answers]


def taken() -> Iterator[bytes]:
    """A moment of the story as it is played now, as lines to keep."""
    target = Target(Env.SANDBOX, tuple(Market), ACCOUNT, story=True, speed=SPEED)
    with embedded([target]) as sandbox:
        found = in_sandbox(sandbox, target)
        lines = documents.Lines(found.scope, "story", None)
        yield from map(lines.line, _story(found.lanes))
        for account, _ in found.lanes:
            for answer in (status.status(account), orders.orders(account)):
                yield dumps(documents.answer(answer, found.scope, Choice(whole=True))) + b"\n"


def _story(lanes: Sequence[tuple[AccountClient, Endpoints]]) -> list[Record]:
    told, end = list[Record](), time.monotonic() + STORY_S
    with closing(follow(lanes)) as following:
        for records in following:
            told += [each for each in records if each.type in TOLD]
            if time.monotonic() >= end:
                break
    return told


def kept(path: Path) -> Moment:
    """The moment that is kept there."""
    told = list[Record]()
    found = dict[tuple[str, str], Result]()
    for line in path.read_bytes().splitlines():
        document = parse(line)
        kind = document["type"]
        if kind in TOLD:
            told.append(record(recorded(line), line))
        else:
            kinds = status.KINDS if kind == "accountStatus" else (orders.ORDERS,)
            market = Market(document["market"])
            found[market, kind] = Result(kind, market, document["time"], document, kinds)
    answers = {
        Lane(market, Scope(Env.SANDBOX, ACCOUNT)): Answers(
            found[market, "accountStatus"], found[market, "orders"]
        )
        for market in Market
    }
    return Moment(told, answers)
