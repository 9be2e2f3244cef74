"""A sandbox for every test that asks for one, on a port of its own."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import Phase, settings

from binfut_cli.sandbox import Sandbox

if sys.dont_write_bytecode:  # else every worker of every run rewrites the asserts of all tests
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(__file__).parents[1] / ".pytest_cache" / "bytecode")
# To make a failing course of the watch shorter takes minutes: that is left to "many".
AT_ONCE = (Phase.explicit, Phase.generate)
settings.register_profile("few", derandomize=True, deadline=None, max_examples=25, phases=AT_ONCE)
settings.register_profile("some", settings.get_profile("few"), max_examples=150)
settings.register_profile("many", deadline=None, max_examples=2000)
settings.load_profile("few")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start() as running:
        yield running
