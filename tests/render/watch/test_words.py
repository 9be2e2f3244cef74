"""Every word that a watch prints is explained in `docs/words.md`."""

import re
from pathlib import Path

import pytest

from binfut_cli.render.watch import talk
from binfut_cli.render.watch.events import labels
from binfut_cli.render.watch.shown import KINDS
from binfut_cli.stream.records import Rotate, Status, Stop, Verdict
from tests.support.stories import GOLDEN

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "words.md").read_text(encoding="utf-8")
EVENTS = ROOT / "binfut_cli" / "render" / "watch"
LABELS = (
    labels.REASONS, labels.EXPIRY_REASONS, labels.ORDER_STATES, labels.CONDITIONAL_STATES,
    labels.FIELDS, labels.INCOME, labels.OP_CODES,
)  # fmt: skip


def kinds() -> set[str]:
    """What stands in the column that says what happened."""
    code = "".join(path.read_text(encoding="utf-8") for path in EVENTS.rglob("*.py"))
    told = re.findall(r'Told\(\s*"([^"]+)"', code)
    return {*told, *labels.FORCED.values(), "RESYNC", "DRIFT"}


def verdicts() -> set[str]:
    said = {talk.state(Status(each, "")) for each in Verdict}
    return said | {talk.BANNED, *(body.type.upper() for body in (Rotate, Stop))}


def test_the_words_are_found() -> None:
    assert {"FILL", "MARGIN CALL", "LIQUIDATED", "GAP", "REPORT", "NOTICE"} <= kinds()
    assert {"LIVE", "RECONNECTING", "BANNED", "STOP"} <= verdicts()


def test_no_line_of_the_story_begins_with_another() -> None:
    words = "|".join(sorted(kinds() | verdicts(), reverse=True))
    line = re.compile(rf"──|  +|[0-9:.]{{12}} (usdm|coinm|all) +({words}) ")
    shown = (GOLDEN / "lines-120.txt").read_text(encoding="utf-8").splitlines()
    assert [each for each in shown if not line.match(each)] == []


@pytest.mark.parametrize("word", sorted(kinds() | verdicts()))
def test_every_word_is_explained(word: str) -> None:
    assert re.search(rf"^\| (`[A-Z ]+`, )?`{word}`[ ,]", PAGE, re.MULTILINE)


def test_every_label_is_explained_with_the_exchanges_code() -> None:
    for words in LABELS:
        for code, word in words.items():
            assert f"| {word} | `{code}` |" in PAGE


def test_every_kind_to_choose_is_named() -> None:
    assert all(f"`{kind}`" in PAGE for kind in KINDS)
