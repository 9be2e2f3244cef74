"""The lines of a recording, one after the other, with what is wrong about them.

    recording = Recording(["monday.ndjson", "tuesday.ndjson.zst"])
    for line in recording:      # a Line: its file, its number, its record, its bytes
        ...
    recording.findings          # what was missing or could not be read, in sentences

What can be read is given, whatever is wrong elsewhere: nothing is raised while lines are read.
Memory does not grow with the length of a recording.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat

import msgspec

from binfut_cli.codec import Unreadable
from binfut_cli.errors import RecordingError
from binfut_cli.recording.continuity import Continuity
from binfut_cli.recording.files import BLOCK, SKIMMED, File, opened
from binfut_cli.recording.recorded import Recorded, all_recorded, recorded

LONGEST = 16 << 20
"""Bytes of a line; the longest that a watch writes is a snapshot of some hundred KiB."""
MOST = 20
"""Findings that are kept in words; of more only the number is."""


_EVENT = b'{"v":1,"type":"event",'
_NAME = b',"event":"'
_C = ord("C")  # the second letter of ACCOUNT_…
_END = ord("}")
_HEAD = slice(0, len(_EVENT))
_BESIDE = 8  # letters: how much longer the head of a line may be than that of another
_MOST_WINDOWS = 64
_LOOK_EVERY = 8  # blocks, for lines of which the window tells nothing yet


class Line(msgspec.Struct, gc=False):
    """A line that is a record; `data` ends without its line break.

    `number` counts from 1, where reading began. Not frozen: one is made for every line.
    """

    file: str
    number: int
    record: Recorded
    data: bytes


class Batch(msgspec.Struct, gc=False):
    """The records among the lines that one read brought, and at which of them each stands."""

    file: str
    first: int  # the number of the first line
    lines: Sequence[bytes]
    places: Sequence[int]
    records: Sequence[Recorded]

    def line(self, index: int) -> Line:
        """One of the records with its line."""
        place = self.places[index]
        data = self.lines[place].removesuffix(b"\n")
        return Line(self.file, self.first + place, self.records[index], data)

    def listed(self) -> list[Line]:
        """The records, each with its line."""
        numbers = [self.first + place for place in self.places]
        data = [self.lines[place].removesuffix(b"\n") for place in self.places]
        return [*map(Line, repeat(self.file), numbers, self.records, data)]


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
        self._telling = Telling()

    def __iter__(self) -> Iterator[Line]:
        return chain.from_iterable(self.batches())

    def batches(self) -> Iterator[list[Line]]:
        """What each read brought: of a pipe what there was, and perhaps nothing."""
        return map(Batch.listed, self.read())

    def read(self) -> Iterator[Batch]:
        """The same, for whom looks at many records at once."""
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

    def _file(self, file: File, offset: int) -> Iterator[Batch]:
        number = 0
        try:
            size = SKIMMED if self._skim else BLOCK
            for lines in blocks_of_lines(file.blocks(offset, size), file.name):
                yield self._batch(file.name, number + 1, lines)
                number += len(lines)
        except RecordingError as exc:
            self.findings.add(file.name, number + 1, _told(exc, file.name), is_end=True)
            return
        if number == offset == 0:
            self.findings.add(file.name, None, "nothing is in it")

    def _batch(self, file: str, first: int, lines: list[bytes]) -> Batch:
        """The records among lines of which the first has this number.

        The hot path: nearly always each is as a watch writes it, and next to the one before.
        """
        places = self._telling.places(lines) if self._skim else range(len(lines))
        records = all_recorded([lines[place] for place in places] if self._skim else lines)
        found = Batch(file, first, lines, places, records or ())
        if records is None or not self._continuity.are_next(records, places):
            self._one_by_one(found)
        if found.records:
            self.ended = found.records[-1].type == "stop"
        return found

    def _one_by_one(self, batch: Batch) -> None:
        """Have a batch hold the records among its lines, and find what is wrong with them."""
        file, first, lines = batch.file, batch.first, batch.lines
        done, places, records = -1, list[int](), list[Recorded]()
        for place in batch.places:
            line = lines[place].removesuffix(b"\n")
            try:
                record = recorded(line)
            except Unreadable as exc:
                self._look(file, first, lines, done + 1, place)
                self._unread(file, first + place, line, exc)
            else:
                if not self._continuity.is_next(record, place - done):
                    self._look(file, first, lines, done + 1, place)
                    self._see(file, first + place, record)
                places.append(place)
                records.append(record)
            done = place
        batch.places, batch.records = places, records

    def _look(self, file: str, first: int, lines: Sequence[bytes], start: int, end: int) -> None:
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


def blocks_of_lines(blocks: Iterable[bytes], name: str) -> Iterator[list[bytes]]:
    """The lines of a file, of that name, as many at a time as a block has, with their line breaks.

    The last line, if no line break ends it, comes alone. Raises RecordingError where the file
    cannot be read on, or where a line has no end.
    """
    begun: list[bytes] = []  # pieces of a line whose end has not come
    length = 0
    for block in blocks:
        lines = io.BytesIO(block).readlines()  # four times as fast as to split it
        rest = b"" if block.endswith(b"\n") else lines.pop()
        if lines:
            lines[0] = b"".join([*begun, lines[0]])
            begun, length = [], 0
            yield lines
        begun.append(rest)
        length += len(rest)
        if length > LONGEST:
            raise RecordingError(
                f"{name} has a line of more than {LONGEST >> 20} MiB: no watch wrote it.",
                hint="Name a file that `binfut watch --json` has written.",
            )
    if any(begun):
        yield [b"".join(begun)]


class Telling:
    """Tells the lines that say something of an account's state from those to be passed over.

    A line is passed over if it begins and ends as an event does, and the second letter of its name
    is not that of ACCOUNT_…. To look for the name in each takes twice as long as all else. So of a
    line only a window is looked at: where a name stood in a line before, with some letters beside,
    because heads are not all as long. They hold no digits, so few texts are ever seen there, and of
    each is remembered whether its lines are passed over. A line with a text that is not known is
    taken for one that tells something. To learn new ones, all that is not passed over is looked at
    in full: in each block as long as that finds some, and in every eighth.
    """

    def __init__(self) -> None:
        self._window = slice(0, 0)
        self._passed: set[bytes] = set()  # what is seen there of a line that is passed over
        self._others: set[bytes] = set()  # and of one that is not, though it is an event
        self._blocks, self._has_news = 0, True

    def places(self, lines: Sequence[bytes]) -> list[int]:
        """Where the lines are that tell something, and the last one."""
        window, passed, others = self._window, self._passed, self._others
        found = [
            place
            for place, line in enumerate(lines)
            if line[window] not in passed or line[-2] != _END or line[_HEAD] != _EVENT
        ]
        self._blocks += 1
        if len(found) == len(lines):
            self._passed = passed = set()  # the window is of no use: another may be
        if self._has_news or self._blocks % _LOOK_EVERY == 0:
            told = [at for at in found if lines[at][window] in others or self._tells(lines[at])]
            self._has_news, found = len(told) < len(found) or not passed, told
        last = len(lines) - 1
        return found if found and found[-1] == last else [*found, last]

    def _tells(self, line: bytes) -> bool:
        """The same of one line, at length; what is seen in the window is known then."""
        name = line.find(_NAME)
        if not line.startswith(_EVENT) or line[-2] != _END or name < 0:
            return True
        letter = name + len(_NAME) + 1
        is_telling = line[letter] == _C
        if not self._window.start <= name < letter < self._window.stop:
            if self._passed:  # it is of use for other lines
                return is_telling
            self._window = slice(max(name - _BESIDE, 0), letter + 1 + _BESIDE)
            self._others = set()
        known = self._others if is_telling else self._passed
        if len(known) >= _MOST_WINDOWS:
            known.clear()
        known.add(line[self._window])
        return is_telling


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
