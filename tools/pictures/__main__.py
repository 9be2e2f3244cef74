"""Draw the pictures of README and docs, in the project that this file stands in.

    python -m tools.pictures [--anew]

They are of the moment in `docs/pictures/moment.ndjson`; with `--anew` another one is taken from the
sandbox's story first.
"""

import sys
from pathlib import Path

from tools.pictures.drawing import pictures
from tools.pictures.moment import kept, taken

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
MOMENT = FOLDER / "moment.ndjson"


def main() -> None:
    """Write what differs."""
    if sys.argv[1:] == ["--anew"]:
        MOMENT.write_bytes(b"".join(taken()))
    for name, drawn in pictures(kept(MOMENT)):
        path = FOLDER / name
        if not path.is_file() or path.read_bytes() != drawn:
            path.write_bytes(drawn)
            print(f"wrote docs/pictures/{name}")


if __name__ == "__main__":
    main()
