"""A moment, for which many lines are read at once: the same as line by line, faults and all."""

import io
import random
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.codec import Unreadable
from binfut_cli.recording.accounts import Accounts
from binfut_cli.recording.continuity import Continuity
from binfut_cli.recording.moments.moment import at
from binfut_cli.recording.recorded import Recorded, recorded
from tests.support.recordings import busy, written

END_MS = 10**14
OTHER = b'"profile":"the-account-of-somebody-else"'  # whose heads are much longer
Lines = list[bytes]


@cache
def lines() -> tuple[bytes, ...]:
    """A few hundred KiB: more than is read at once."""
    return tuple(busy(120_000, 200, read_ms=40_000))


@cache
def quiet() -> tuple[bytes, ...]:
    """The same of an account that was read at the beginning alone.

    A snapshot among the lines of a read has them looked at one by one: here most are not.
    """
    return tuple(busy(80_000, 200, read_ms=10**7))


def tells(record: Recorded) -> bool:
    return record.type != "event" or (record.event or "").startswith("ACCOUNT_")


def plainly(data: bytes) -> tuple[Any, list[int]]:
    """The documents, and the numbers of the lines with which something is wrong."""
    accounts, continuity, wrong = Accounts(), Continuity(), list[int]()
    for number, line in enumerate(io.BytesIO(data), 1):
        try:
            record = recorded(line.removesuffix(b"\n"))
            if continuity.see(record) is not None:
                wrong.append(number)
            if tells(record):
                accounts.take(record, line)
        except Unreadable:
            wrong += [number] if line.strip() else []
    found = accounts.lanes.items()
    documents = {lane: (each.time_ms, each.run, each.account.document()) for lane, each in found}
    return documents, sorted(wrong)


def swap(said: Lines, place: int) -> None:
    said[place], said[place + 1] = said[place + 1], said[place]


def numbered_anew(said: Lines, place: int) -> None:
    said[place] = re.sub(rb'"seq":\d+', b'"seq":7', said[place])


WRONG: dict[str, Callable[[Lines, int], object]] = {
    "gone": lambda said, at: said.pop(at),
    "twice": lambda said, at: said.insert(at, said[at]),
    "out of order": swap,
    "numbered anew": numbered_anew,
    "torn": lambda said, at: said.__setitem__(at, said[at][: len(said[at]) // 2] + b"\n"),
    "cut at the front": lambda said, at: said.__setitem__(at, said[at][3:]),
    "two in one line": lambda said, at: said.__setitem__(at, said[at][:-1] + said.pop(at + 1)),
    "two in one line, and a blank one": lambda said, at: said.__setitem__(
        slice(at, at + 2), [said[at][:-1] + said[at + 1], b"\n"]
    ),
    "one in two lines": lambda said, at: said.__setitem__(
        slice(at, at + 1), [said[at].replace(b',"event"', b"\n", 1)]
    ),
    "blank": lambda said, at: said.insert(at, b"\n"),
    "no JSON": lambda said, at: said.insert(at, b"}{\n"),
    "of another version": lambda said, at: said.__setitem__(
        at, said[at].replace(b'"v":1', b'"v":2')
    ),
    "of no type": lambda said, at: said.__setitem__(at, said[at].replace(b'"type"', b'"tyqe"')),
}
COUNTED = {"gone", "twice", "out of order", "numbered anew", "two in one line"}
"""Of orders between two updates only the number is seen, so that two faults may cancel out."""
ALONE = WRONG.keys() - COUNTED
ODD: dict[str, tuple[bytes, bytes]] = {
    "a field more": (b'"balances":[{', b'"balances":[{"new":"1",'),
    "a number": (b'"walletBalance":"', b'"walletBalance":1,"was":"'),
    "a row of nobody": (b'"asset":"', b'"asset":1,"was":"'),
    "no rows": (b'"positions":[', b'"positions":null,"were":['),
    "no time": (b'"transactionTime":', b'"transactionTime":null,"was":'),
    "not UTF-8": (b'"reason":"', b'"reason":"\xff'),
    "another run": (b'"run":"a1"', b'"run":"b2"'),
    "no market": (b'"market":"usdm"', b'"market":null'),
    "a line break of DOS": (b"\n", b"\r\n"),
}


def spoil(said: Lines, each: str, place: int) -> None:
    """Have something wrong at a place."""
    if each in WRONG:
        WRONG[each](said, place)
    else:
        said[place] = said[place].replace(*ODD[each])


def compare(name: Path, data: bytes) -> None:
    """The moment, for which lines are skimmed, with what each line on its own gives."""
    found = at([written(name, [data])], END_MS)
    documents, wrong = plainly(data)
    ours = {each.lane: (each.time_ms, each.run, each.document) for each in found.accounts}
    assert ours == documents
    assert sorted(int(said.split(":")[1]) for said in found.findings.said) == wrong[:20]


@pytest.mark.parametrize("each", [*WRONG, *ODD])
def test_each_fault_is_seen_as_line_by_line(tmp_path: Path, each: str) -> None:
    """In a line that tells something, and if it is not one of number alone in one that does not."""
    for tells_something in (True, False) if each in ALONE else (True,):
        said = list(quiet())
        half = len(said) // 2
        place = next(
            place
            for place in range(half - 20, half + 20)
            if (b'":"ACCOUNT_UPDATE"' in said[place]) == tells_something
        )
        assert not any(b'"type":"snapshot"' in line for line in said[half // 2 :])
        spoil(said, each, place)
        compare(tmp_path / "spoilt.ndjson", b"".join(said))


@given(
    st.integers(0, 2**32),
    st.lists(st.sampled_from([*sorted(ALONE), *ODD]), max_size=3, unique=True)
    | st.lists(st.sampled_from(sorted(COUNTED)), max_size=1),
)
def test_a_moment_is_what_each_line_on_its_own_gives(
    tmp_path_factory: pytest.TempPathFactory, seed: int, faults: list[str]
) -> None:
    chance = random.Random(seed)
    said = list(chance.choice((lines, quiet))())
    if chance.random() < 0.5:
        of_two = [each.replace(b'"profile":"one-way"', OTHER) for each in said]
        said = [
            other if b"coinm" in each else each for each, other in zip(said, of_two, strict=True)
        ]
    for each in faults:
        place = chance.randrange(len(said) // 2, len(said) - 2)
        if each not in ALONE:
            place = next(at for at in range(place, -1, -1) if b'":"ACCOUNT_UPDATE"' in said[at])
        spoil(said, each, place)
    data = b"".join(said)[: chance.choice((None, -1, -30))]
    compare(tmp_path_factory.getbasetemp() / "spoilt.ndjson", data)
