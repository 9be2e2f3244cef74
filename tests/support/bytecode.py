"""Where tests' bytecode is kept when the environment forbids it beside the code, as containers do.

Without any, every worker of every run rewrites the asserts of all tests, and those of hypothesis,
anew: half of what it costs to collect them. Import this before anything else.
"""

import sys
from pathlib import Path

CACHE = Path(__file__).parents[2] / ".pytest_cache" / "bytecode"

if sys.dont_write_bytecode:
    sys.dont_write_bytecode, sys.pycache_prefix = False, str(CACHE)
