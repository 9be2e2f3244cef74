"""Text from the wire moves no cursor, hides nothing and turns nothing around."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.render.escape import plain

HARMFUL = {
    "\x1b[2J": "\\u{1b}[2J",
    "\x1b]0;title\x07": "\\u{1b}]0;title\\u{7}",
    "\x9b31m": "\\u{9b}31m",
    "a\rb\nc\td": "a\\u{d}b\\u{a}c\\u{9}d",
    "\x08\x7f\x00": "\\u{8}\\u{7f}\\u{0}",
    "BTC\u202eTDSU": "BTC\\u{202e}TDSU",
    "\u2066a\u2069": "\\u{2066}a\\u{2069}",
    "1\u200b0": "1\\u{200b}0",
    "1\u200d0\u2060\ufeff": "1\\u{200d}0\\u{2060}\\u{feff}",
    "\u2028\u2029\x85": "\\u{2028}\\u{2029}\\u{85}",
    "\u00ad\u061c\u180e": "\\u{ad}\\u{61c}\\u{180e}",
    "\U000e0041": "\\u{e0041}",
    "\ud800": "\\u{d800}",
}
HARMLESS = ["BTCUSDT", "币安人生USDT", "1000SHIB", "[red]x[/x]", "→ – ⓈÜ", "", "a b", "😀"]


@pytest.mark.parametrize(("text", "shown"), HARMFUL.items())
def test_what_could_steer_a_terminal_is_shown_as_a_number(text: str, shown: str) -> None:
    assert plain(text) == shown


@pytest.mark.parametrize("text", HARMLESS)
def test_what_cannot_is_left_alone(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(("value", "shown"), [(5, "5"), (None, "None"), (["\x1b"], "['\\x1b']")])
def test_a_value_of_any_type_is_shown_as_its_text(value: object, shown: str) -> None:
    assert plain(value) == shown


@given(st.text())
def test_what_is_shown_is_one_line_that_encodes(text: str) -> None:
    shown = plain(text)
    shown.encode()
    assert not {unicodedata.category(sign) for sign in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(sign) for sign in shown} & {
        "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
    }  # fmt: skip
    assert len(shown.splitlines()) <= 1
