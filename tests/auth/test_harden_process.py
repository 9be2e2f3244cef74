"""Once a key is loaded, the process leaves no core and lets nobody look inside."""

import subprocess
import sys

import pytest

LOOK = """
import ctypes, resource
from binfut_cli.auth import harden_process
harden_process.close()
harden_process.close()
dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)  # PR_GET_DUMPABLE, linux/prctl.h
print(dumpable, resource.getrlimit(resource.RLIMIT_CORE)[0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_nothing_is_dumped() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    assert done.stdout == "0 0\n"
