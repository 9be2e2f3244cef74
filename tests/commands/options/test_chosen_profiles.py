"""Which profiles are meant, and what is said of a file that cannot mean any."""

from pathlib import Path

import pytest

from binfut_cli.commands.options.chosen_profiles import MOST_BYTES, Choice
from binfut_cli.errors import ConfigError, UsageError

KNOWN = ("main", "sub-1", "sub-2", "sub-10", "hedge")


def of_file(tmp_path: Path, content: str | bytes) -> Choice:
    file = tmp_path / "desks"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Choice(file=file)


@pytest.mark.parametrize(
    ("names", "meant"),
    [
        ((), []),
        (("hedge", "main"), ["hedge", "main"]),
        (("elsewhere",), ["elsewhere"]),  # told when it is opened
        (("sub-*",), ["sub-1", "sub-2", "sub-10"]),
        (("sub-?", "main", "sub-1*"), ["sub-1", "sub-2", "main", "sub-10"]),
        (("main", "[mh]*"), ["main", "hedge"]),
    ],
)
def test_names_and_patterns_each_mean_a_profile_once(
    names: tuple[str, ...], meant: list[str]
) -> None:
    assert Choice(names).among(KNOWN) == meant


def test_all_are_all_there_are() -> None:
    assert Choice(is_all=True).among(KNOWN) == list(KNOWN)
    with pytest.raises(ConfigError, match="There are no profiles"):
        Choice(is_all=True).among(())


def test_what_may_mean_others_another_time() -> None:
    assert not Choice(("main", "hedge")).is_open
    assert Choice(("main", "sub-*")).is_open
    assert Choice(file=Path("desks")).is_open
    assert Choice(is_all=True).is_open


def test_a_name_that_is_given_twice_is_a_slip() -> None:
    with pytest.raises(UsageError, match="'main' is given twice"):
        Choice(("main", "sub-*", "main")).among(KNOWN)


def test_a_pattern_that_nothing_matches_says_what_there_is() -> None:
    with pytest.raises(ConfigError) as caught:
        Choice(("main", "desk-*")).among(KNOWN)
    assert caught.value.message == "No profile matches 'desk-*'."
    assert caught.value.hint == "There are: main, sub-1, sub-2, sub-10, hedge."


@pytest.mark.parametrize(
    ("content", "meant"),
    [
        ("main\nhedge", ["main", "hedge"]),
        ("\ufeff# ours\r\n\r\n  main  # first\r\nhedge\r\n", ["main", "hedge"]),
        ("sub-1?\nsub-*\n", ["sub-10", "sub-1", "sub-2"]),
    ],
)
def test_a_file_names_one_or_a_pattern_a_line(
    content: str, meant: list[str], tmp_path: Path
) -> None:
    assert of_file(tmp_path, content).among(KNOWN) == meant


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "{file} names no profile."),
        ("# nobody\n\n", "{file} names no profile."),
        ("main\n\nhegde\n", "{file}, line 3: there is no profile 'hegde'. Did you mean 'hedge'?"),
        ("main hedge\n", "{file}, line 1: there is no profile 'main hedge'."),
        ("main\ndesk-*\n", "{file}, line 2: No profile matches 'desk-*'."),
        ("main\n#\nmain\n", "{file}, line 3: profile 'main' is in line 1 already."),
        ("sub-*\nsub-1\n", "{file}, line 2: profile 'sub-1' is in line 1 already."),
        (b"main\n\xff\xfe\n", "{file}, line 2 is not text."),
        (b"main\nhe\x00dge\n", "{file}, line 2 is not text."),
        ("main\n\n\x1b[2Jhedge\n", "{file}, line 3 is not text."),
        (b"#" * (MOST_BYTES + 1), "{file} is larger than 1 MiB."),
    ],
)
def test_a_file_that_means_nobody_is_told_with_its_line(
    content: str | bytes, message: str, tmp_path: Path
) -> None:
    choice = of_file(tmp_path, content)
    with pytest.raises(ConfigError) as caught:
        choice.among(KNOWN)
    assert caught.value.message.startswith(message.format(file=repr(str(choice.file))))
    assert caught.value.hint


@pytest.mark.parametrize("name", ["gone", "a\0b", "desks/below", "."])
def test_a_file_that_cannot_be_read_is_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "desks").touch()
    with pytest.raises(ConfigError, match=r"cannot be read: .+\.|is not a file\.") as caught:
        Choice(file=tmp_path / name).among(KNOWN)
    assert caught.value.hint
