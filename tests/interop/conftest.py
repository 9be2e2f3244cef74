"""A key of each kind in turn. No SDK is imported here: where there is none, tests are skipped."""

import pytest

from binfut_cli.sandbox import Sandbox
from tests.interop.keys import KINDS, Key, key_of


@pytest.fixture(params=KINDS)
def key(request: pytest.FixtureRequest, sandbox: Sandbox) -> Key:
    return key_of(sandbox, request.param)
