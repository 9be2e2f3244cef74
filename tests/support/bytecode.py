"""Where tests' bytecode is kept when the environment forbids it beside the code, as containers do.

Without any, every worker of every run rewrites the asserts of all tests, and those of hypothesis,
anew: half of what it costs to collect them; and every start of the program compiles all that it
loads, which is a third of a start. Import this before anything else.
"""

import os
import sys
from pathlib import Path

CACHE = Path(__file__).parents[2] / ".pytest_cache" / "bytecode"

if sys.dont_write_bytecode:
    sys.dont_write_bytecode, sys.pycache_prefix = False, str(CACHE)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(CACHE)  # for what is started from here
