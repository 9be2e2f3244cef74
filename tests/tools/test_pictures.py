"""The pictures in docs are those that the program draws, and show nobody's secret."""

import re
from pathlib import Path

from tests.support.program import PROJECT
from tools.pictures.__main__ import FOLDER, MOMENT
from tools.pictures.drawing import pictures
from tools.pictures.moment import kept

SECRET = re.compile(rb"[0-9A-Za-z+/=]{40,}|listenKey|apiKey|secret", re.IGNORECASE)


def test_the_pictures_are_fresh() -> None:
    drawn = dict(pictures(kept(MOMENT)))
    assert {path.name for path in FOLDER.glob("*.svg")} == drawn.keys()
    stale = [name for name, picture in drawn.items() if (FOLDER / name).read_bytes() != picture]
    assert stale == [], "run python -m tools.pictures"


def test_a_picture_holds_no_secret_and_leads_to_no_server() -> None:
    for path in FOLDER.iterdir():
        data = path.read_bytes().replace(b'xmlns="http://www.w3.org/2000/svg"', b"")
        assert not SECRET.search(data), path
        assert b"http" not in data, path


def test_readme_and_docs_show_them_all() -> None:
    shown = set[str]()
    for page in (PROJECT / "README.md", *(PROJECT / "docs").glob("*.md")):
        for target in re.findall(r'(?:src|srcset)="([^"]+)"', page.read_text(encoding="utf-8")):
            assert (page.parent / target).is_file(), f"{page.name}: {target}"
            shown.add(Path(target).name)
    assert shown == {path.name for path in FOLDER.glob("*.svg")}
