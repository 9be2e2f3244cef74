"""A watch as people see it, whole, at two widths: `python -m tests.support.stories` writes it.

`tests/render/watch/golden/story.ndjson` is what a watch of both markets once recorded in the
sandbox, of every kind of event and with cuts, a ban and midnight; beside it lies a file for each
width, to be read in a review.
"""

import tempfile
from pathlib import Path

from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.printers import HumanPrinter, View
from binfut_cli.recording.reader import Recording
from binfut_cli.recording.recorded import record
from binfut_cli.render import zone
from binfut_cli.render.output import Output
from binfut_cli.render.watch.shown import ALL, Shown
from binfut_cli.stream.records import Record

GOLDEN = Path(__file__).parents[1] / "render" / "watch" / "golden"
ZONE = "Europe/Berlin"
VIEWS = {"lines": False, "detail": True}
WIDTHS = (80, 120)


def story() -> list[Record]:
    """The records of the recording."""
    lines = Recording([str(GOLDEN / "story.ndjson")])
    return [record(line.record, line.data) for line in lines]


def shown(records: list[Record], width: int, *, detail: bool = False, wanted: Shown = ALL) -> str:
    """What a terminal of so many columns shows of them, by the recording's clock."""
    zone.use(ZONE)
    with tempfile.TemporaryFile() as file:
        context = Context()
        context.out = context.err = Output(file.fileno(), True, False, width)
        view, now = View(wanted, detail), [0]
        lines = view.lines(context.out, True, 0)
        printer = HumanPrinter(context, lines, lines, view.moments(), lambda: now[0])
        for each in records:
            now[0] = each.time_ms
            if each.type != "event" or wanted.wants(each.row):
                printer.show([each])
        printer.finish()
        file.seek(0)
        return file.read().decode()


def golden() -> dict[str, str]:
    """Every view at every width, by its file's name."""
    found = story()
    return {
        f"{name}-{width}.txt": shown(found, width, detail=detail)
        for name, detail in VIEWS.items()
        for width in WIDTHS
    }


if __name__ == "__main__":
    for name, text in golden().items():
        (GOLDEN / name).write_text(text, encoding="utf-8")
