"""`--export`: which file is taken, and what a picture of a table and of a screen is."""

import os
from pathlib import Path

import pytest

from binfut_cli.commands.process.pictures import checked
from binfut_cli.endpoints import Market
from binfut_cli.errors import UsageError
from tests.support.program import binfut, environment
from tests.support.recordings import simulated, written

ENV = environment(TZ="UTC")


@pytest.mark.parametrize("name", ["day.ndjson", "picture.png", "svg", ".svg"])
def test_only_svg_is_written(name: str) -> None:
    with pytest.raises(UsageError, match="SVG"):
        checked(name, for_programs=False)


def test_what_programs_read_is_no_picture() -> None:
    with pytest.raises(UsageError, match="what people read"):
        checked("a.svg", for_programs=True)


def test_only_a_picture_is_replaced(tmp_path: Path) -> None:
    other = tmp_path / "notes.svg"
    other.write_bytes(b"my notes")
    with pytest.raises(UsageError, match="no picture"):
        checked(str(other), for_programs=False)
    for data in (b"", b"<svg old"):
        other.write_bytes(data)
        assert checked(str(other), for_programs=False) == other
    assert checked(str(tmp_path / "new.SVG"), for_programs=False).name == "new.SVG"


def test_a_table_is_drawn_beside_what_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "status.svg"
    done = binfut("account", "status", "--env", "sandbox", "--export", str(path), env=ENV)
    assert done.status == 0
    assert done.err == f"binfut: the picture is in {path}.\n"
    drawn = path.read_text()
    assert drawn.startswith("<svg")
    assert "BTCUSDT" in done.out
    assert "BTCUSDT" in drawn
    assert "#" in drawn.partition("</style>")[0]  # in colours, though no terminal is there
    assert os.stat(path).st_mode & 0o777 == 0o600
    assert drawn.count("http") == 1  # its namespace


def test_a_recording_is_drawn_without_a_terminal(tmp_path: Path) -> None:
    name = written(tmp_path / "day.ndjson", simulated(Market.USDM))
    path = tmp_path / "day.svg"
    done = binfut("replay", name, "--live", "--export", str(path), env=ENV)
    assert (done.status, done.out) == (0, "")
    text = path.read_text().replace("&#160;", " ")
    assert "Positions" in text
    assert "BALANCE" in text
    refused = binfut("replay", name, "--export", str(path), env=ENV)
    assert (refused.status, "--export is a picture of --live" in refused.err) == (2, True)
