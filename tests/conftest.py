"""A sandbox for every test that asks for one, on a port of its own."""

from collections.abc import Iterator

import pytest

from binfut_cli.sandbox import Sandbox


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox.start() as running:
        yield running
