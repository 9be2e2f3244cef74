"""The lines of a recording, one after the other, with what is wrong about them.

    recording = Recording(["monday.ndjson", "tuesday.ndjson.zst"])
    for line in recording:      # a Line: its file, its number, its record, its bytes
        ...
    recording.findings          # what was missing or could not be read, in sentences

What can be read is given, whatever is wrong elsewhere: nothing is raised while lines are read.
Memory does not grow with the length of a recording.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import msgspec

from binfut_cli.codec import Unreadable
from binfut_cli.errors import RecordingError
from binfut_cli.recording.continuity import Continuity
from binfut_cli.recording.files import File, opened
from binfut_cli.recording.recorded import Recorded, all_recorded, recorded

LONGEST = 16 << 20
"""Bytes of a line; the longest that a watch writes is a snapshot of some hundred KiB."""
MOST = 20
"""Findings that are kept in words; of more only the number is."""


_EVENT = b'{"v":1,"type":"event",'
_NAME = b',"event":"'
_SECOND, _C = len(_NAME) + 1, ord("C")  # of the letters of its name, and what it is of ACCOUNT_…
_END = ord("}")


class Line(msgspec.Struct, gc=False):
    """A line that is a record; `data` ends without its line break.

    `number` counts from 1, where reading began. Not frozen: one is made for every line.
    """

    file: str
    number: int
    record: Recorded
    data: bytes


@dataclass(slots=True)
class Findings:
    """What is wrong with a recording: a sentence each, with its file and line."""

    said: list[str]
    number: int = 0
    before: Callable[[], int] = int  # how many lines were passed over before reading began

    def add(self, file: str, line: int | None, text: str, *, is_end: bool = False) -> None:
        """Take note of something; `line` is None for what concerns the whole file.

        Why a file ends there is kept in words in any case.
        """
        self.number += 1
        if len(self.said) < MOST or is_end:
            place = file if line is None else f"{file}:{line + self.before()}"
            self.said.append(f"{place}: {text}.")


class Recording:
    """The records of some files, which are read as one in the order in which they are given.

    After it was gone through, `findings` says what is wrong, and `ended` whether a watch's `stop`
    was its last record, None if there was no record. `skim` leaves out the records that say nothing
    of balances, positions, settings or coverage (orders, trades), but notices if one of them is
    missing: it is what a fold of the account reads, and several times as fast.
    """

    def __init__(self, names: Sequence[str], *, skim: bool = False, offset: int = 0) -> None:
        """`offset` is where a line of the first file begins, and reading with it."""
        self._names, self._skim, self._offset = names, skim, offset
        self.findings = Findings([])
        self.ended: bool | None = None
        self._continuity = Continuity(inside=offset > 0)

    def __iter__(self) -> Iterator[Line]:
        for batch in self.batches():
            yield from batch

    def batches(self) -> Iterator[list[Line]]:
        """What each read brought: of a pipe what there was, and perhaps nothing."""
        offset = self._offset
        for name in self._names:
            try:
                file = opened(name)
            except RecordingError as exc:
                self.findings.add(name, None, _told(exc, name))
                continue
            with closing(file):
                self.findings.before = partial(file.lines_before, offset)
                yield from self._file(file, offset)
            offset = 0

    def _file(self, file: File, offset: int) -> Iterator[list[Line]]:
        number = 0
        try:
            for lines in blocks_of_lines(file, offset):
                yield self._lines(file.name, number + 1, lines)
                number += len(lines)
        except RecordingError as exc:
            self.findings.add(file.name, number + 1, _told(exc, file.name), is_end=True)
            return
        if number == offset == 0:
            self.findings.add(file.name, None, "nothing is in it")

    def _lines(self, file: str, first: int, lines: list[bytes]) -> list[Line]:
        """The records among lines of which the first has this number."""
        places = telling(lines) if self._skim else range(len(lines))
        chosen = [lines[place] for place in places] if self._skim else lines
        records = all_recorded(chosen)
        if records is not None and self._continuity.are_next(records, places):
            found = [
                Line(file, first + place, record, line[:-1])
                for place, record, line in zip(places, records, chosen, strict=True)
            ]
        else:
            found = self._one_by_one(file, first, lines, places)
        if found:
            self.ended = found[-1].record.type == "stop"
        return found

    def _one_by_one(
        self, file: str, first: int, lines: list[bytes], places: Sequence[int]
    ) -> list[Line]:
        """The records at some places among lines, and what is wrong with these and in between."""
        done, is_next, found = -1, self._continuity.is_next, list[Line]()
        for place in places:
            line = lines[place].removesuffix(b"\n")
            try:
                record = recorded(line)
            except Unreadable as exc:
                self._look(file, first, lines, done + 1, place)
                self._unread(file, first + place, line, exc)
            else:
                if not is_next(record, place - done):
                    self._look(file, first, lines, done + 1, place)
                    self._see(file, first + place, record)
                found.append(Line(file, first + place, record, line))
            done = place
        return found

    def _look(self, file: str, first: int, lines: list[bytes], start: int, end: int) -> None:
        """Look at lines that were passed over: something is missing among them."""
        for place in range(start, end):
            try:
                record = recorded(lines[place])
            except Unreadable as exc:
                self._unread(file, first + place, lines[place].removesuffix(b"\n"), exc)
            else:
                self._see(file, first + place, record)

    def _see(self, file: str, number: int, record: Recorded) -> None:
        wrong = self._continuity.see(record)
        if wrong is not None:
            self.findings.add(file, number, wrong)

    def _unread(self, file: str, number: int, line: bytes, why: Unreadable) -> None:
        if line.strip():
            self.findings.add(file, number, _why(line, why))


def blocks_of_lines(file: File, offset: int = 0) -> Iterator[list[bytes]]:
    """The lines of a file from a place on, many at a time, each with its line break.

    The last line, if no line break ends it, comes alone. Raises RecordingError where the file
    cannot be read on, or where a line has no end.
    """
    begun: list[bytes] = []  # pieces of a line whose end has not come
    length = 0
    for block in file.blocks(offset):
        end = block.rfind(b"\n") + 1
        if end:
            whole = b"".join([*begun, memoryview(block)[:end]])
            begun, length = [], 0
            yield io.BytesIO(whole).readlines()  # twice as fast as to split it
        begun.append(block[end:])
        length += len(block) - end
        if length > LONGEST:
            raise RecordingError(
                f"{file.name} has a line of more than {LONGEST >> 20} MiB: no watch wrote it.",
                hint="Name a file that `binfut watch --json` has written.",
            )
    if any(begun):
        yield [b"".join(begun)]


def telling(lines: list[bytes]) -> list[int]:
    """The places of the lines that say something of an account's state, and of the last one.

    A letter tells them: one byte is looked at for a third of what it takes to compare a text.
    """
    found = [
        place
        for place, line in enumerate(lines)
        if not line.startswith(_EVENT) or line[-2] != _END or line[line.find(_NAME) + _SECOND] == _C
    ]
    last = len(lines) - 1
    return found if found and found[-1] == last else [*found, last]


def _why(line: bytes, why: Unreadable) -> str:
    """Why a line is no record, in words."""
    if b"\0" in line:
        return "not text: no watch wrote it"
    if not line.endswith(b"}"):
        return "it ends inside a record: the watch was killed there, or is just writing it"
    return f"not a record that can be read ({why})"


def _told(exc: RecordingError, name: str) -> str:
    """A failure's sentence without the file's name, which stands before it anyway."""
    return exc.message.removeprefix(f"{name} ").removesuffix(".")
