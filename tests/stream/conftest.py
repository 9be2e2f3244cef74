"""What tests of the stream begin from."""

import pytest

from binfut_cli.stream import events


@pytest.fixture
def nothing_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if no message had come before: the order of keys is learned up to a bound."""
    monkeypatch.setattr(events, "_layouts", {})
    monkeypatch.setattr(events, "_forms", {})
