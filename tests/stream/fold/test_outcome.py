"""What came of a message: nothing but its records, unless it is said."""

import pytest
from msgspec.structs import asdict

from binfut_cli.stream.fold.outcome import Outcome


def test_of_an_outcome_that_says_no_more_others_need_to_know_nothing() -> None:
    said = asdict(Outcome([]))
    assert said.pop("uncertain") is False
    assert said.pop("records") == []
    assert {*said.values()} == {None}


def test_an_outcome_stays_as_it_is() -> None:
    with pytest.raises(AttributeError):
        Outcome([]).uncertain = True  # type: ignore[misc]
