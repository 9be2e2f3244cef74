"""The properties of the watch, tried with many examples and other ones each time."""

import subprocess
import sys
from pathlib import Path

import pytest

PROPERTIES = ["test_properties.py", "test_promises.py", "test_machine.py"]


@pytest.mark.slow
@pytest.mark.parametrize("name", PROPERTIES)
def test_it_holds_for_many_examples(name: str) -> None:
    file = str(Path(__file__).with_name(name))
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "--hypothesis-profile=many", file]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout[-8000:]
