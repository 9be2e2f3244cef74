"""Once a key is loaded, the process leaves no core and lets nobody look inside."""

import resource
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.program import command, environment

LOOK = """
import _ctypes, ctypes, resource
{lacking}
from binfut_cli.auth import harden_process
harden_process.close()
harden_process.close()
dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)  # PR_GET_DUMPABLE, linux/prctl.h
print(dumpable, resource.getrlimit(resource.RLIMIT_CORE)[0])
"""

BARE = """
import resource, sys
sys.modules["_ctypes"] = None
from binfut_cli.auth import harden_process
harden_process.close()
print(resource.getrlimit(resource.RLIMIT_CORE)[0])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
@pytest.mark.parametrize("lacking", ["", "del _ctypes.call_function", "_ctypes.dlsym = None"])
def test_nothing_is_dumped(lacking: str) -> None:
    look = [sys.executable, "-c", LOOK.format(lacking=lacking)]
    done = subprocess.run(look, capture_output=True, text=True, check=True)
    assert done.stdout == "0 0\n"


def test_a_python_without_ctypes_still_leaves_no_core() -> None:
    done = subprocess.run([sys.executable, "-c", BARE], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"


def core_limit(pid: int) -> str:
    """The most that a process leaves as a core file, as another program sees it."""
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    return next(line.split()[4] for line in lines if line.startswith("Max core file size"))


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="needs /proc")
def test_the_process_is_closed_before_a_key_comes_in(tmp_path: Path) -> None:
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        pytest.skip("no process here leaves a core")
    env = environment(XDG_CONFIG_HOME=str(tmp_path))
    program = command("profile", "add", "p", "--secret-stdin", "--no-check")
    most = f"ulimit -S -c unlimited; exec {shlex.join(program)}"
    with subprocess.Popen(["sh", "-c", most], env=env, stdin=subprocess.PIPE) as process:
        end = time.monotonic() + 10.0
        while core_limit(process.pid) != "0" and time.monotonic() < end:
            time.sleep(0.01)
        told = core_limit(process.pid)
        process.kill()
    assert told == "0"
