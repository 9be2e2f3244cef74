"""Text from the wire moves no cursor, hides nothing and turns nothing around."""

import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.codec import UNSAFE
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
    "BTC\u3164\uffa0\u115f\u1160": "BTC\\u{3164}\\u{ffa0}\\u{115f}\\u{1160}",
    "B\u034fT\ufe0fC\U000e0100": "B\\u{34f}T\\u{fe0f}C\\u{e0100}",
    "\u180b\u180f\u17b4\u17b5": "\\u{180b}\\u{180f}\\u{17b4}\\u{17b5}",
    "\U0001bca0\U0001d173": "\\u{1bca0}\\u{1d173}",
    "1\xa0000\u202f0\u20030\u30000\u2800": ("1\\u{a0}000\\u{202f}0\\u{2003}0\\u{3000}0\\u{2800}"),
}
HARMLESS = ["BTCUSDT", "币安人生USDT", "1000SHIB", "[red]x[/x]", "→ – ⓈÜ", "", "a b", "😀", "한글"]


@pytest.mark.parametrize(("text", "shown"), HARMFUL.items())
def test_what_could_steer_a_terminal_is_shown_as_a_number(text: str, shown: str) -> None:
    assert plain(text) == shown


# Unicode 16, DerivedCoreProperties.txt; it is stable, but for places that are reserved for it.
DEFAULT_IGNORABLE = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
# Formats that are drawn: they enclose or stand above the digits that follow them.
PREPENDED = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}


def test_what_is_escaped_is_what_unicode_says_has_no_shape() -> None:
    ours = {found[0] for found in re.finditer(UNSAFE, "".join(map(chr, range(sys.maxunicode + 1))))}
    ignorable = {chr(code) for first, last in DEFAULT_IGNORABLE for code in range(first, last + 1)}
    by_category = {
        sign
        for sign in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(sign) in ("Cc", "Cs", "Cf", "Zl", "Zp", "Zs")
        and sign != " "
        and ord(sign) not in PREPENDED
    }
    assert ignorable | by_category <= ours
    of_controls = set(map(chr, range(0x13430, 0x13440)))  # later versions have more of them
    assert ours - ignorable - by_category <= of_controls | {"\u2800"}


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
