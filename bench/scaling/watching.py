"""`binfut` without its budget of handshakes, so that what a start costs does not wait for it.

The exchange takes 300 connections of an address in five minutes, and a watch makes 150 at most:
500 accounts take an hour to connect there. What they cost the processor is the same.
"""

from binfut_cli.__main__ import main
from binfut_cli.stream import engine

MANY = 100_000

if __name__ == "__main__":
    vars(engine).update(PROCESS=MANY, PROCESS_AT_ONCE=MANY)
    main()
