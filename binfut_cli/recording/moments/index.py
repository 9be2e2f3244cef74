"""Where to begin reading, to know the accounts at a moment: snapshots are a recording's index.

Records lie in the order of their time, so a moment is found by bisection; from there the last
snapshot of each lane is looked for backwards, without decoding what lies between. A long way back
is found by bisection, too: heartbeats count the gaps, and without one no account is read anew.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass

from binfut_cli.codec import Unreadable
from binfut_cli.endpoints import Env, Market
from binfut_cli.errors import RecordingError
from binfut_cli.recording.files import LARGE, SKIMMED, File, is_read_once, opened
from binfut_cli.recording.reader import LONGEST
from binfut_cli.recording.recorded import Odd, Recorded, recorded

SLACK_MS = 120_000
"""How far two records may lie in another order than their times: every lane has a clock."""

_SNAPSHOT = b'\n{"v":1,"type":"snapshot",'
_HEARTBEAT = b'\n{"v":1,"type":"heartbeat",'
_FIRST = b'"seq":1,'
_LINE_BREAK = ord("\n")
FAR = 4 * LARGE
"""How many bytes are looked through before it pays to look at heartbeats."""
_MOST_JUMPS = 16
_Name = tuple[Market | None, Env, str | None]
_Found = tuple[int, Recorded]


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where reading is to begin: in which of some files, and at which byte of it."""

    file: int = 0
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Index:
    """Finds beginnings; a file of fewer than `worthwhile` bytes is read from its start.

    `lead` bytes before a snapshot are read too, for what was said of coverage just before it. `far`
    bytes are looked through for a snapshot before heartbeats are asked.
    """

    worthwhile: int = 2 * FAR
    lead: int = LARGE
    far: int = FAR

    def beginning(self, names: Sequence[str], time_ms: int) -> Beginning:
        """Where to begin; at the start, where nothing better is found or nothing can be sought."""
        with ExitStack() as stack, suppress(RecordingError):
            if any(map(is_read_once, names)):
                return Beginning()
            files = [stack.enter_context(closing(opened(name))) for name in names]
            return self._of(files, time_ms)
        return Beginning()

    def before(self, names: Sequence[str], time_ms: int) -> Beginning:
        """Where to begin, to have all records of a moment and later."""
        with ExitStack() as stack, suppress(RecordingError):
            if any(map(is_read_once, names)):
                return Beginning()
            files = [stack.enter_context(closing(opened(name))) for name in names]
            place = _last_by(files, time_ms - SLACK_MS)
            if files[place].size is not None:
                return Beginning(place, found_at(files[place], time_ms - SLACK_MS, above=False))
            return Beginning(place)
        return Beginning()

    def _of(self, files: Sequence[File], time_ms: int) -> Beginning:
        """The same of files that are open: the last of those that begin by then, or one before."""
        last = _last_by(files, time_ms)
        wanted: set[_Name] | None = None
        for place in range(last, -1, -1):
            file = files[place]
            if file.size is None:
                break
            end = found_at(file, time_ms + SLACK_MS) if place == last else file.size
            if place == 0 and end < self.worthwhile:
                break
            wanted = wanted or _lanes(file, time_ms, end)
            if not wanted:
                break
            offset = _back_to_snapshots(file, end, time_ms, wanted, self.far)
            if not wanted:
                return Beginning(place, line_start(file, offset - self.lead))
        return Beginning()


def _last_by(files: Sequence[File], time_ms: int) -> int:
    """Which is the last file that begins by a moment; the first, if none does."""
    return max((i for i, each in enumerate(files) if _begins_by(each, time_ms)), default=0)


def _begins_by(file: File, time_ms: int) -> bool:
    """Whether a file's first record is of that time or earlier; of what cannot be sought, yes."""
    first = None if file.size is None else first_at(file, 0)
    return first is None or first.time <= time_ms


def first_at(file: File, offset: int) -> Recorded | None:
    """The first record that begins at a place or behind it; None if there is none."""
    start, length = line_start(file, offset), 4096
    while length <= LONGEST:
        lines = file.at(start, length).split(b"\n")
        for line in lines[:-1]:
            with suppress(Unreadable):
                return recorded(line)
        if start + length >= (file.size or 0):
            return None
        length *= 8
    return None


def line_start(file: File, offset: int) -> int:
    """Where the first line begins that begins at a place or behind it."""
    if offset <= 0:
        return 0
    start, length = offset - 1, 4096
    while block := file.at(start, length):
        found = block.find(b"\n")
        if found >= 0:
            return start + found + 1
        start += len(block)
        length = LARGE
    return start


def found_at(file: File, time_ms: int, *, above: bool = True) -> int:
    """A place in the midst of the records of a time, or a little above it; or below."""
    low, high = 0, file.size or 0
    while high - low > LARGE:
        middle = (low + high) // 2
        record = first_at(file, middle)
        if record is None or record.time > time_ms:
            high = middle
        else:
            low = middle
    return line_start(file, high if above else low)


def backwards(file: File, end: int, *marks: bytes, until: int = 0) -> Iterator[_Found]:
    """The records between two places in which one of some texts stands, the last one first.

    With each comes where its line begins. Nothing of the others is decoded. A text may begin with
    the line break before the line: then it is found twice as fast. `until` is where a line begins.
    """
    block = bytearray(SKIMMED)
    while end > until:
        start = max(line_start(file, end - len(block) + 1), until)
        if start >= end:  # one line is longer than that
            block = bytearray(LONGEST)
            start = line_start(file, end - LONGEST + 1)
        with memoryview(block)[: 1 + end - start] as room:
            length = file.fill(room, start - 1) if start else 1 + file.fill(room[1:], 0)
        block[0] = _LINE_BREAK
        for place in sorted(set(_lines_with(block, length, marks)), reverse=True):
            with suppress(Unreadable):
                line = bytes(block[place : block.find(b"\n", place, length)])
                yield start + place - 1, recorded(line)
        if start >= end:
            return
        end = start


def _lines_with(block: bytearray, length: int, marks: Iterable[bytes]) -> Iterator[int]:
    """Where the lines begin that have one of the marks, so far into a block."""
    for mark in marks:
        found = block.rfind(mark, 0, length)  # which is twice as fast as `find`
        while found >= 0:
            yield (begins := block.rfind(b"\n", 0, found + 1) + 1)
            found = block.rfind(mark, 0, begins)


def forwards(file: File, start: int, end: int, mark: bytes) -> Iterator[_Found]:
    """The same in the order of the file, of a text that begins with a line break."""
    while start < end and (block := file.at(start, min(SKIMMED, end - start))):
        place = block.find(mark)
        while place >= 0 and (stop := block.find(b"\n", place + 1)) >= 0:
            with suppress(Unreadable):
                yield start + place + 1, recorded(block[place + 1 : stop])
            place = block.find(mark, stop)
        last = block.rfind(b"\n")
        start += last if last > 0 else len(block)


def _lanes(file: File, time_ms: int, end: int) -> set[_Name]:
    """The lanes of the run at a moment: each has a heartbeat in every round of them.

    Of a run that has only begun, those that have said anything; none if its beginning is not here.
    """
    names: set[_Name] = set()
    for offset, record in backwards(file, end, _HEARTBEAT, _FIRST):
        if record.time > time_ms:
            continue
        if record.seq == 1:
            return names | _lanes_from(file, offset, end, record.run)
        if record.type == "heartbeat":
            if (name := _name(record)) in names:
                return names
            names.add(name)
    return set()


def _lanes_from(file: File, start: int, end: int, run: str) -> set[_Name]:
    """The lanes that a run has anything of between two places; it has only begun."""
    found: set[_Name] = set()
    while start < end and (block := file.at(start, min(LARGE, end - start))):
        for line in block.split(b"\n")[:-1]:
            with suppress(Unreadable):
                record = recorded(line)
                if record.run == run and record.market is not None:
                    found.add(_name(record))
        start += block.rfind(b"\n") + 1 or len(block)
    return found


def _back_to_snapshots(
    file: File, end: int, time_ms: int, wanted: set[_Name], far: int = FAR
) -> int:
    """Where the earliest begins of the last snapshots of the lanes, which are taken from `wanted`.

    One that lacks something needs the one before it.
    """
    jumps = _MOST_JUMPS
    while end > 0:
        until = line_start(file, end - far) if jumps else 0
        for offset, record in backwards(file, end, _SNAPSHOT, until=until):
            if _is_whole_snapshot(record) and record.time <= time_ms:
                wanted.discard(_name(record))
                if not wanted:
                    return offset
        end, jumps = after_last_gap(file, until, wanted, far), jumps - 1
    return 0


def after_last_gap(file: File, end: int, wanted: set[_Name], far: int = FAR) -> int:
    """A place before another, between which no lane was read anew, as far as heartbeats tell.

    It is the other place if they do not. If one was read anew nevertheless, more is read than need
    be, and the account is the same. `far` is how far away heartbeats are looked for.
    """
    last = backwards(file, end, _HEARTBEAT, until=line_start(file, end - far))
    _, known = _counted(last, wanted)
    low, high = 0, end
    while known and high - low > far // 4:
        middle = (low + high) // 2
        place, counted = _counted(forwards(file, middle, middle + far, _HEARTBEAT), wanted)
        if counted == known:
            high, end = middle, min(place, end)
        else:
            low = middle
    return end


def _counted(heartbeats: Iterable[_Found], wanted: set[_Name]) -> tuple[int, dict[_Name, object]]:
    """Of the first heartbeat of each lane its run and how many gaps it counts; where the last is.

    Nothing, if there is not one of each.
    """
    found = dict[_Name, object]()
    for place, record in heartbeats:
        if (name := _name(record)) in wanted and record.gaps is not None:
            found.setdefault(name, (record.run, record.gaps))
            if found.keys() == wanted:
                return place, found
    return 0, {}


def _is_whole_snapshot(record: Recorded) -> bool:
    if record.type != "snapshot" or not isinstance(record, Odd):
        return False
    return "incomplete" not in record.row


def _name(record: Recorded) -> _Name:
    return record.market, record.env, record.profile
