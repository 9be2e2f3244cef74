"""A recording read line by line: compressed, in parts, cut, edited, mixed; all that is readable."""

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from binfut_cli.endpoints import Market
from binfut_cli.errors import RecordingError
from binfut_cli.recording.reader import LONGEST, MOST, Recording, Telling, blocks_of_lines
from tests.support.recordings import line, simulated, written


def read(*names: str, skim: bool = False) -> tuple[list[tuple[int, int]], list[str]]:
    """The number and `seq` of every record, and what is said of them, without folders."""
    recording = Recording(names, skim=skim)
    found = [(each.number, each.record.seq) for each in recording]
    return found, [said[said.rfind("/") + 1 :] for said in recording.findings.said]


def test_every_line_is_a_record_with_its_number(tmp_path: Path) -> None:
    name = written(tmp_path / "a.ndjson", simulated())
    recording = Recording([name])
    found = list(recording)
    assert [each.number for each in found] == list(range(1, len(simulated()) + 1))
    assert b"".join(each.data + b"\n" for each in found) == b"".join(simulated())
    assert recording.findings.number == 0


@pytest.mark.parametrize("skim", [False, True])
def test_who_looks_at_many_records_finds_the_line_of_each(skim: bool, tmp_path: Path) -> None:
    order = line(2, "event", event="ORDER_TRADE_UPDATE")
    name = written(tmp_path / "a", [line(1), order, b"\n", line(3), line(4)[:-1]])
    found = [batch for batch in Recording([name], skim=skim).read() if batch.records]
    lines = [batch.line(index) for batch in found for index in range(len(batch.records))]
    assert lines == [each for batch in found for each in batch.listed()]
    numbers = [1, 4, 5] if skim else [1, 2, 4, 5]
    assert [(each.file, each.number) for each in lines] == [(name, number) for number in numbers]
    assert lines[0].data == line(1)[:-1]
    assert [each.record.seq for each in lines][-2:] == [3, 4]


def test_reading_may_begin_inside_and_counts_lines_from_the_begin_of_the_file(
    tmp_path: Path,
) -> None:
    name = written(tmp_path / "a", [line(1), line(2), line(3), line(5)])
    recording = Recording([name], offset=len(line(1) + line(2)))
    assert [each.record.seq for each in recording] == [3, 5]
    assert recording.findings.said == [f"{name}:4: seq 5 follows 3: 1 record is missing."]
    from_its_begin = read(written(tmp_path / "b", [line(3)]))[1]
    assert from_its_begin == ["b:1: run a1 begins with seq 3: 2 records are missing."]


def test_without_a_record_nobody_knows_whether_a_watch_ended(tmp_path: Path) -> None:
    recording = Recording([written(tmp_path / "a", [b"x\n"])])
    assert not list(recording)
    assert recording.ended is None


def test_a_line_may_come_in_any_pieces() -> None:
    blocks = [b"a\nb", b"c", b"d\ne\n", b"f", b"g"]
    assert [*blocks_of_lines(blocks, "x")] == [[b"a\n"], [b"bcd\n", b"e\n"], [b"fg"]]
    with pytest.raises(RecordingError, match=r"^x has a line of more than 16 MiB") as caught:
        [*blocks_of_lines([b"a", b"b" * LONGEST], "x")]
    assert caught.value.hint == "Name a file that `binfut watch --json` has written."


def test_a_stop_at_the_end_is_noticed(tmp_path: Path) -> None:
    for last, ended in (("heartbeat", False), ("stop", True)):
        recording = Recording([written(tmp_path / last, [line(1, "stop"), line(2, last)])])
        assert len(list(recording)) == 2
        assert recording.ended == ended


def test_compressed_files_are_told_by_how_they_begin(tmp_path: Path) -> None:
    lines = [line(seq) for seq in range(1, 7)]
    plain = written(tmp_path / "1", lines[:2])
    (tmp_path / "2").write_bytes(gzip.compress(lines[2]) + gzip.compress(lines[3]))
    packed = zstandard.compress(lines[4]), zstandard.compress(lines[5])
    (tmp_path / "3").write_bytes(b"".join(packed))
    found, said = read(plain, str(tmp_path / "2"), str(tmp_path / "3"))
    assert found == [(1, 1), (2, 2), (1, 3), (2, 4), (1, 5), (2, 6)]
    assert said == []


PACKED = pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
CUT = "its compressed data end too early: it was cut short, or is just being written"
DAMAGED = "its compressed data are damaged, and what comes just before may be so, too"


@PACKED
@pytest.mark.parametrize("frames", [1, 3])
def test_a_compressed_file_that_is_cut_anywhere_is_read_as_far_as_it_goes(
    pack: Callable[[bytes], bytes], frames: int, tmp_path: Path
) -> None:
    whole = [line(seq, noise=os.urandom(2000).hex()) for seq in range(1, 31)]
    each = [pack(b"".join(whole[start::frames])) for start in range(frames)]
    file, ends = b"".join(each), [sum(map(len, each[: n + 1])) for n in range(frames)]
    for length in (len(each[0]) // 2, *(end - 2 for end in ends), len(file) - 1):
        (tmp_path / "a").write_bytes(file[:length])
        found, said = read(str(tmp_path / "a"))
        assert len(found) >= sum(end <= length for end in ends) * 30 // frames
        assert said[-1] == f"a:{len(found) + 1}: cannot be read on: {CUT}."
    (tmp_path / "a").write_bytes(file)
    assert len(read(str(tmp_path / "a"))[0]) == 30


@PACKED
def test_a_compressed_file_that_is_damaged(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    whole = pack(b"".join(map(line, range(1, 100))))
    (tmp_path / "a").write_bytes(whole + bytes([255]) * 20)
    found, said = read(str(tmp_path / "a"))
    assert found == [(seq, seq) for seq in range(1, 100)]
    assert said == [f"a:100: cannot be read on: {DAMAGED}."]


def test_a_compressed_file_that_takes_too_much_memory_is_not_damaged(tmp_path: Path) -> None:
    wide = zstandard.ZstdCompressionParameters(window_log=28)
    packer = zstandard.ZstdCompressor(compression_params=wide).compressobj()
    (tmp_path / "a").write_bytes(packer.compress(line(1)) + packer.flush())
    found, (said,) = read(str(tmp_path / "a"))
    assert found == []
    assert "takes more memory than is safe" in said


def test_why_a_file_ends_is_told_however_much_else_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(gzip.compress(b"x\n" * 1000)[:-4])
    _, said = read(str(tmp_path / "a"))
    assert (len(said), said[-1]) == (MOST + 1, f"a:1001: cannot be read on: {CUT}.")


def test_what_is_missing_is_told_with_file_and_line(tmp_path: Path) -> None:
    name = written(tmp_path / "a", [line(1), b"{not json}\n", b"\n", line(2), line(5)])
    found, said = read(name)
    assert found == [(1, 1), (4, 2), (5, 5)]
    assert said[0].startswith("a:2: not a record that can be read (JSON is malformed")
    assert said[1:] == ["a:5: seq 5 follows 2: 2 records are missing."]


def test_a_torn_last_line_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    name = written(tmp_path / "a", [line(1), line(2), line(3)[:-20]])
    found, said = read(name)
    assert found == [(1, 1), (2, 2)]
    assert said == [
        "a:3: it ends inside a record: the watch was killed there, or is just writing it."
    ]


def test_a_last_line_without_its_line_break_is_a_record_if_it_is_whole(tmp_path: Path) -> None:
    found, said = read(written(tmp_path / "a", [line(1), line(2)[:-1]]))
    assert found == [(1, 1), (2, 2)]
    assert said == []


def test_other_things_than_recordings(tmp_path: Path) -> None:
    good = written(tmp_path / "good", [line(1)])
    binary = written(tmp_path / "binary", [b"\x7fELF\0\0\n", b"\0\n"])
    empty = written(tmp_path / "empty", [])
    found, said = read(binary, empty, str(tmp_path), str(tmp_path / "none"), good)
    assert found == [(1, 1)]
    assert [text.removeprefix(tmp_path.name) for text in said] == [
        "binary:1: not text: no watch wrote it.",
        "binary:2: not text: no watch wrote it.",
        "empty: nothing is in it.",
        ": cannot be read: Is a directory.",
        "none: cannot be read: No such file or directory.",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    name = written(tmp_path / "a", [line(1)])
    Path(name).chmod(0)
    assert read(name) == ([], ["a: cannot be read: Permission denied."])


def test_a_line_without_an_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    with open(tmp_path / "a", "wb") as file:
        file.write(line(1))
        file.truncate(LONGEST * 2)
    found, said = read(str(tmp_path / "a"))
    assert found == [(1, 1)]
    assert said == ["a:2: has a line of more than 16 MiB: no watch wrote it."]


def test_of_very_many_findings_only_the_number_is_kept(tmp_path: Path) -> None:
    recording = Recording([written(tmp_path / "a", [b"x\n"] * 1000)])
    assert list(recording) == []
    assert (len(recording.findings.said), recording.findings.number) == (MOST, 1000)


# -- skimming -------------------------------------------------------------------------------


@pytest.mark.parametrize("market", Market)
def test_skimming_leaves_out_what_says_nothing_of_the_state(market: Market, tmp_path: Path) -> None:
    name = written(tmp_path / "a", simulated(market))
    every, skimmed = list(Recording([name])), list(Recording([name], skim=True))
    telling = [
        each
        for each in every
        if (each.record.event or "ACCOUNT_").startswith("ACCOUNT_") or each is every[-1]
    ]
    left = [each for each in skimmed if (each.record.event or "A").startswith("A")]
    assert [each.number for each in left if each.number != every[-1].number] == [
        each.number for each in telling if each.number != every[-1].number
    ]
    assert len(skimmed) < len(every)


@pytest.mark.parametrize("spoil", ["cut", "twice", "torn", "torn behind", "odd", "edited", "mixed"])
def test_skimming_finds_the_same_wrong(spoil: str, tmp_path: Path) -> None:
    """Whatever happens to orders and trades, which are passed over."""
    lines = [
        line(seq, "event", event="ORDER_TRADE_UPDATE" if seq % 7 else "ACCOUNT_UPDATE")
        for seq in range(1, 3000)
    ]
    other = [line(seq, "event", event="TRADE_LITE", run="b") for seq in range(1, 5)]
    spoilt = {
        "cut": lines[:501] + lines[503:],
        "twice": lines[:501] + lines[500:],
        "torn": [*lines[:501], lines[501][:-30] + b"\n", *lines[502:]],
        "torn behind": [*lines[:500], *lines[501:503], lines[503][:-30] + b"\n", *lines[504:]],
        "odd": [*lines[:501], lines[501][:-2] + b",}\n", *lines[503:]],
        "edited": [*lines[:501], b"\n", lines[501].replace(b"501", b"9"), *lines[502:]],
        "mixed": [*lines[:501], *other, *lines[501:]],
    }[spoil]
    name = written(tmp_path / "a", spoilt)
    said = read(name)[1]
    assert said or spoil == "edited"
    assert read(name, skim=True)[1] == said


def test_what_is_skimmed_over_is_told_by_how_a_line_begins_and_ends() -> None:
    event = line(1, "event", source="stream", event="").rpartition(b'"}')[0]
    passed = [event + each for each in (b'ORDER_TRADE_UPDATE"}\n', b'ALGO_UPDATE"}\n', b'"}\n')]
    tell = [
        *(event + each for each in (b'ACCOUNT_UPDATE"}\n', b'ACCOUNT_CONFIG_UPDATE","a":[]}\n')),
        *(event + each for each in (b'ORDER"}\r\n', b'ORDER"\n', b'"\n', b"\n")),
        event.replace(b'"v":1', b'"v":2') + b'ORDER"}\n',
        *(line(2), b"\n", b"x\n", b"{}\n", b'{"v":1,"type":"event",\n'),
    ]
    between = [each for told in tell for each in (told, *passed)]
    telling = Telling()
    for lines in (between, between[3:] + between[:3], between):  # the second time it is known
        places = [place for place, each in enumerate(lines) if each in tell]
        assert telling.places(lines) == sorted({*places, len(lines) - 1})
    assert telling.places([*passed, tell[0]]) == [3]
    assert telling.places([b"x"]) == [0]


EVENT = line(1, "event", source="stream", event="").rpartition(b'"}')[0]


def test_a_line_that_begins_as_one_that_is_skimmed_over_may_be_another() -> None:
    name = b"ORDER_TRADE_UPDATE"
    passed = [
        EVENT + name + b'"}\n',
        EVENT + name + b'","x":{"a":1,"event":"ACCOUNT_UPDATE"}}\n',
    ]
    tell = [
        EVENT + b'ACCOUNT_UPDATE","x":{"a":1,"event":"ORDER_TRADE_UPDATE"}}\n',
        *(EVENT + name + each for each in (b'"}\r\n', b'"\n', b"\n")),
        EVENT.replace(b'"v":1', b'"v":2') + name + b'"}\n',
    ]
    telling = Telling()
    for _ in range(4):  # from the second time on it is known how they begin
        assert telling.places([*passed, *tell, *passed, line(2)]) == [2, 3, 4, 5, 6, 9]


def test_what_is_new_is_skimmed_over_from_the_eighth_block_on() -> None:
    known, other = (EVENT + name + b'"}\n' for name in (b"ORDER_TRADE_UPDATE", b"ALGO_UPDATE"))
    telling = Telling()
    assert [telling.places([known, line(2)]) for _ in range(2)] == [[1], [1]]
    found = [telling.places([known, other, line(2)]) for _ in range(3, 18)]
    assert found == [[1, 2]] * 5 + [[2]] * 10


def test_no_change_of_the_account_is_skimmed_over_whose_head_is_as_long_as_it_likes() -> None:
    def named(name: bytes, pad: int) -> bytes:
        head = EVENT.replace(b'"source"', b'"pad":"%b","source"' % (b"." * pad))
        return head + name + b'"}\n'

    for pad in range(40):
        telling = Telling()
        for _ in range(3):
            assert telling.places([named(b"ALGO_UPDATE", 20), line(2)]) == [1]
        for _ in range(10):
            other, account = named(b"ALGO_UPDATE", pad), named(b"ACCOUNT_UPDATE", pad)
            assert 1 in telling.places([other, account, named(b"ALGO_UPDATE", 20), line(2)])
