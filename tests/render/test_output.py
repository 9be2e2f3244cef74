"""Standard streams over real pipes and a real pseudo-terminal."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

from binfut_cli.render.output import Look, Output, has_utf8, output, wrapped
from binfut_cli.render.palette import PLAIN, Background, PaletteName, palette


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for fd in ends:
        try:
            os.close(fd)
        except OSError:  # the test closed it
            continue


@pytest.fixture
def terminal() -> Iterator[int]:
    ends = os.openpty()
    yield ends[1]
    for fd in ends:
        os.close(fd)


def test_all_bytes_are_written_at_once(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    output(writer, {}).write(b"a\x00b\n")
    assert os.read(reader, 99) == b"a\x00b\n"


def test_more_than_a_pipe_takes_is_written_whole(tmp_path: Path) -> None:
    data = os.urandom(300_000)
    pid = 0
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        output(writer, {}).write(data)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as source:
        assert source.read() == data
    assert os.waitpid(pid, 0)[1] == 0


def test_a_line_is_utf_8_whatever_is_in_it(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    output(writer, {}).line("→ 币\ud800")
    assert os.read(reader, 99) == "→ 币\\ud800\n".encode()


def test_a_reader_that_has_gone_shows_at_the_write(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    out = output(writer, {})
    assert not out.reader_is_gone()
    os.close(reader)
    assert out.reader_is_gone()
    with pytest.raises(BrokenPipeError):
        out.write(b"x")


def test_a_file_has_no_reader_that_could_go(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as file:
        out = output(file.fileno(), {})
        out.write(b"kept")
        assert not out.reader_is_gone()
    assert (tmp_path / "out").read_bytes() == b"kept"


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"", b"new\n"), (b"whole\n", b"whole\nnew\n"), (b'{"seq":1', b'{"seq":1\nnew\n')],
)
def test_a_line_that_a_kill_left_torn_is_ended(before: bytes, after: bytes, tmp_path: Path) -> None:
    file = tmp_path / "day.ndjson"
    file.write_bytes(before)
    fd = os.open(file, os.O_WRONLY | os.O_APPEND)
    out = Output(fd, is_terminal=False, colour=False, width=None)
    out.end_torn_line()
    out.line("new")
    os.close(fd)
    assert file.read_bytes() == after


class Cut(Exception):
    """A signal came."""


def test_a_line_that_a_signal_cuts_off_is_ended_before_the_next(pipe: tuple[int, int]) -> None:
    def cut(number: int, frame: FrameType | None) -> None:
        raise Cut

    out = Output(pipe[1], is_terminal=False, colour=False, width=None)
    before = signal.signal(signal.SIGALRM, cut)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    with pytest.raises(Cut):
        out.write(b"torn" * 100_000)  # more than a pipe holds, and nobody reads
    signal.signal(signal.SIGALRM, before)
    torn = os.read(pipe[0], 400_000)
    out.line("new")
    out.line("newer")
    assert torn == (b"torn" * 100_000)[: len(torn)]
    assert os.read(pipe[0], 100) == b"\nnew\nnewer\n"


def test_a_pipe_has_no_torn_line(pipe: tuple[int, int]) -> None:
    Output(pipe[1], is_terminal=False, colour=False, width=None).end_torn_line()
    os.set_blocking(pipe[0], False)
    with pytest.raises(BlockingIOError):
        os.read(pipe[0], 1)


def test_off_a_terminal_there_is_neither_width_nor_colour(pipe: tuple[int, int]) -> None:
    assert output(pipe[1], {"TERM": "xterm", "COLUMNS": "40"}) == Output(
        pipe[1], False, False, None
    )


def test_a_terminal_has_a_width(terminal: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "123")
    found = output(terminal, {})
    assert (found.is_terminal, found.width, found.reader_is_gone()) == (True, 123, False)


COLOURS = [
    ("auto", {}, True, False),
    ("auto", {"TERM": "xterm"}, True, False),
    ("auto", {"TERM": "dumb"}, False, False),
    ("auto", {"NO_COLOR": "1"}, False, False),
    ("auto", {"NO_COLOR": ""}, True, False),
    ("auto", {"FORCE_COLOR": "1"}, True, True),
    ("auto", {"FORCE_COLOR": "1", "TERM": "dumb"}, True, True),
    ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
    ("always", {"NO_COLOR": "1", "TERM": "dumb"}, True, True),
    ("never", {"FORCE_COLOR": "1"}, False, False),
]


@pytest.mark.parametrize(("choice", "environ", "on_terminal", "off_terminal"), COLOURS)
def test_when_there_is_colour(
    choice: str,
    environ: dict[str, str],
    on_terminal: bool,
    off_terminal: bool,
    terminal: int,
    pipe: tuple[int, int],
) -> None:
    assert output(terminal, environ, Look(choice)).colour is on_terminal
    assert output(pipe[1], environ, Look(choice)).colour is off_terminal


def test_the_palette_is_the_one_chosen_for_the_background_and_none_without_colour(
    terminal: int, pipe: tuple[int, int]
) -> None:
    chosen = Look(palette=PaletteName.COLORBLIND)
    found = output(terminal, {"BINFUT_BACKGROUND": "light"}, chosen).palette
    assert found == palette(PaletteName.COLORBLIND, Background.LIGHT)
    assert output(terminal, {}).palette == palette()
    assert output(pipe[1], {}, chosen).palette == PLAIN


@pytest.mark.parametrize(
    ("environ", "shown"),
    [
        ({"LANG": "de_DE.UTF-8"}, True),
        ({"LANG": "C.utf8"}, True),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, False),
        ({"LANG": "C", "LC_CTYPE": "en_US.UTF-8"}, True),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),
        ({"LC_CTYPE": "UTF-8"}, True),
        ({"LANG": "en_US.ISO-8859-1"}, False),
        ({"LC_ALL": "", "LANG": ""}, False),
        ({}, False),
    ],
)
def test_the_locale_says_what_the_terminal_can_show(environ: dict[str, str], shown: bool) -> None:
    assert has_utf8(environ) is shown


def test_a_terminal_that_has_no_utf_8_gets_ascii_and_a_pipe_all_the_same(
    pipe: tuple[int, int], terminal: int
) -> None:
    assert not output(terminal, {"LANG": "C"}).utf8
    assert output(pipe[1], {"LANG": "C"}).utf8
    out = Output(pipe[1], is_terminal=True, colour=False, width=80, utf8=False)
    out.write("\x1b[1m5.1% ▋····\x1b[0m 测试USDT – 1 → 2\n".encode())
    assert os.read(pipe[0], 999) == b"\x1b[1m5.1% +----\x1b[0m ????USDT - 1 > 2\n"


def test_talk_is_broken_between_words_and_no_word_is_torn() -> None:
    secret = "s" * 30  # whole, or it would not be known as a secret on its way out
    assert wrapped(f"  hint: Choose {secret} of 1,234.56.", 20, "    ") == (
        f"  hint: Choose\n    {secret}\n    of 1,234.56.\n"
    )
    assert wrapped("as long as it is", None) == "as long as it is\n"
