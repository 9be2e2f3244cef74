"""Lines show the reader's time: here that is UTC."""

from collections.abc import Iterator

import pytest

from binfut_cli.render import zone


@pytest.fixture(autouse=True)
def utc() -> Iterator[None]:
    """All times in UTC."""
    zone.use("UTC")
    yield
    zone.use(zone.SYSTEM)
