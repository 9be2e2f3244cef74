"""What a run keeps for the next: what two programs change at once is kept of both."""

import threading
from pathlib import Path

import pytest

from binfut_cli.api import remembered
from binfut_cli.codec import Row

SOON_S = 0.05


def test_what_two_programs_change_at_once_is_kept_of_both(tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    with_second = threading.Thread(
        target=remembered.change, args=(file, lambda kept: kept | {"second": 2})
    )

    def with_first(kept: Row) -> Row:
        with_second.start()
        with_second.join(SOON_S)
        assert with_second.is_alive()  # it waits until this one is written
        return kept | {"first": 1}

    remembered.change(file, with_first)
    with_second.join()
    assert remembered.read(file) == {"first": 1, "second": 2}


def test_a_change_that_fails_changes_nothing_and_holds_nobody_up(tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    remembered.keep(file, {"first": 1})

    def fail(kept: Row) -> Row:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        remembered.change(file, fail)
    remembered.change(file, lambda kept: kept | {"second": 2})
    assert remembered.read(file) == {"first": 1, "second": 2}


def test_what_is_no_object_was_never_said(tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    assert remembered.read(file) == {}
    for text in (b"", b"[1]", b"{"):
        file.write_bytes(text)
        file.chmod(0o600)
        assert remembered.read(file) == {}
