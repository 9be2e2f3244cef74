"""Pictures of a moment: the dashboard, and a table, on a dark and on a light background."""

from collections.abc import Iterator

from binfut_cli.endpoints import Lane
from binfut_cli.render import zone
from binfut_cli.render.account.picture import of_text, picture
from binfut_cli.render.account.report import report
from binfut_cli.render.choice import Choice
from binfut_cli.render.palette import Background, Palette, palette
from binfut_cli.render.watch.lines import Lines
from binfut_cli.render.watch.live.app import drawn
from binfut_cli.render.watch.live.frames.frame import Account, Frame
from binfut_cli.render.watch.live.widgets import Ink
from binfut_cli.render.watch.moments import Moments
from tools.pictures.moment import Moment

SIZE = 112, 30
COLUMNS = 100
SHADES = {"dark": Background.DARK, "light": Background.LIGHT}


def pictures(moment: Moment) -> Iterator[tuple[str, bytes]]:
    """Every picture, with the name of its file."""
    zone.use("UTC")
    for shade, background in SHADES.items():
        colours = palette(background=background)
        screen = drawn(_frame(moment, colours), Ink(colours), SIZE)
        yield f"live-{shade}.svg", picture(screen, background)
        text = of_text(_table(moment, colours))
        yield f"status-{shade}.svg", picture(text, background, COLUMNS)


def _frame(moment: Moment, colours: Palette) -> Frame:
    told = tuple(_told(moment, colours))
    accounts = tuple(
        Account(lane, found.status, standing="LIVE", why="(proven 3 s ago)", orders=found.orders)
        for lane, found in moment.answers.items()
    )
    now_ms = max(found.status.time_ms for found in moment.answers.values())
    return Frame(now_ms, accounts, told, len(told))


def _told(moment: Moment, colours: Palette) -> Iterator[tuple[Lane, str]]:
    """What a watch of each lane would have written."""
    words = Lines(colours, width=lambda: SIZE[0])
    for lane in moment.answers:
        moments = Moments()
        of_lane = [each for each in moment.told if each.market is lane.market]
        whole = [found for each in of_lane for found in moments.take(each, each.time_ms)]
        for found in (*whole, *moments.rest()):
            yield from ((lane, line) for line in words.told(found))


def _table(moment: Moment, colours: Palette) -> str:
    lane, found = next(iter(moment.answers.items()))
    assert lane.scope is not None
    return report(found.status, lane.scope, Choice(width=COLUMNS, palette=colours))
