"""What is written is read back by tomllib, whatever the text."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.auth.toml import document

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), TEXT, max_size=4))
def test_every_text_comes_back(table: dict[str, str]) -> None:
    read = tomllib.loads(document(table, {"T.one": table}))
    assert read == {**table, "T": {"one": table}}


def test_a_document_reads_well() -> None:
    written = document({"default": "main"}, {"profiles.main": {"env": "prod"}})
    assert written == 'default = "main"\n\n[profiles.main]\nenv = "prod"\n'


@pytest.mark.parametrize("name", ["a b", 'a"', "", "a\n", "ключ"])
def test_a_name_that_would_need_quotes_is_a_mistake(name: str) -> None:
    with pytest.raises(ValueError, match="no bare key"):
        document({name: "x"}, {})
