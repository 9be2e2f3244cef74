"""A summary as one page: its tables, and charts that one can look into. Nothing is loaded from
anywhere: the charts' library, plotly, stands in the page.
"""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from binfut_cli.endpoints import MARKET_APIS
from binfut_cli.errors import ConfigError
from binfut_cli.recording.summary.summary import AccountSummary
from binfut_cli.render import zone
from binfut_cli.render.account import columns
from binfut_cli.render.account.tables import Column
from binfut_cli.render.escape import plain
from binfut_cli.render.numbers import amount, percent
from binfut_cli.render.recording.chart import Point
from binfut_cli.render.recording.summary import curves, span
from binfut_cli.resources.result.resource import Resource
from binfut_cli.resources.result.result import Result

STYLE = """\
:root { color-scheme: light dark; --line: #8884; --faint: #777; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.25rem; margin-top: 3rem; } h3 { font-size: 1rem; }
p { color: var(--faint); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .75rem; text-align: left; }
th.number, td.number { text-align: right; }
.chart { height: 20rem; overflow: hidden; }
@media (prefers-color-scheme: dark) { :root { --faint: #aaa; } }
"""
GREY, LINE, BLUE = "#888888", "rgba(136,136,136,0.25)", "#2a7ae2"
"""What can be read on a light page and on a dark one."""
LAYOUT = {
    "font": {"color": GREY},
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "margin": {"l": 70, "r": 10, "t": 30, "b": 40},
    "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": GREY, "activecolor": BLUE},
}
BUTTONS = [["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d", "toImage"]]
"""All that a chart offers: none of them leads to a server."""
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
)
"""What the page may load: nothing but what stands in it."""


def page(accounts: Sequence[AccountSummary], answers: Sequence[Result]) -> str:
    """The whole page; raise ConfigError if plotly is not installed."""
    library = _plotly().offline.get_plotlyjs()
    parts = [_account(each, answer) for each, answer in zip(accounts, answers, strict=True)]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>binfut summary</title>\n<style>\n{STYLE}</style>\n"
        f"<script>{library}</script>\n</head>\n<body>\n<h1>binfut summary</h1>\n"
        f"{''.join(parts)}</body>\n</html>\n"
    )


def _plotly() -> Any:
    try:
        import plotly.graph_objects
        import plotly.offline
    except ImportError as exc:
        raise ConfigError(
            "The charts of a page need plotly, which is not installed.",
            hint="Install binfut[report], or leave --html out.",
        ) from exc
    return plotly


def _account(account: AccountSummary, answer: Result) -> str:
    scope = account.lane.scope
    names = [MARKET_APIS[account.lane.market].title]
    if scope is not None:
        names += [scope.env.value, *([scope.profile] if scope.profile else [])]
    parts = [f"<h2>{_shown(' · '.join(names))}</h2>\n<p>{_shown(span(account))}</p>\n"]
    for title, points, is_ratio in curves(account):
        if len({value for _, value in points}) > 1:
            parts.append(_chart(title, points, is_ratio))
    parts += [_table(each, answer) for each in answer.resources]
    return f"<section>\n{''.join(parts)}</section>\n"


def _chart(title: str, points: Sequence[Point], is_ratio: bool) -> str:
    """A curve of steps, whose exact values stand beside the pointer."""
    plotly, told = _plotly(), percent if is_ratio else amount
    unit, suffix = (100, "%") if is_ratio else (1, "")
    curve = plotly.graph_objects.Scatter(
        x=[zone.at(time_ms) for time_ms, _ in points],
        y=[float(value * unit) for _, value in points],
        text=[told(value) for _, value in points],
        hovertemplate="%{text}<br>%{x}<extra></extra>",
        line={"shape": "hv", "width": 1.5, "color": BLUE},
        mode="lines",
    )
    axis = {"gridcolor": LINE, "linecolor": LINE, "zeroline": False}
    layout = {**LAYOUT, "xaxis": axis, "yaxis": {**axis, "ticksuffix": suffix}}
    figure = plotly.graph_objects.Figure(curve, layout)
    drawn = figure.to_html(
        full_html=False,
        include_plotlyjs=False,
        default_height="20rem",
        config={"responsive": True, "displaylogo": False, "modeBarButtons": BUTTONS},
    )
    return f'<h3>{_shown(title)}</h3>\n<div class="chart">{drawn}</div>\n'


def _table(resource: Resource, answer: Result) -> str:
    rows = answer.rows(resource.kind)
    if not rows:
        return f"<h3>{_shown(resource.title)}: none</h3>\n"
    shown = columns.columns(resource, answer.market, rows, exact=True)
    head = "".join(f"<th{_side(each)}>{_shown(each.title)}</th>" for each in shown)
    body = "".join(f"<tr>{''.join(_cells(shown, row))}</tr>\n" for row in rows)
    return (
        f'<h3>{_shown(resource.title)}</h3>\n<div class="wide"><table>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>\n"
    )


def _cells(shown: Sequence[Column[Any]], row: Any) -> Iterator[str]:
    for each in shown:
        yield f"<td{_side(each)}>{escape(each.cell(row).text)}</td>"


def _side(column: Column[Any]) -> str:
    return ' class="number"' if column.right else ""


def _shown(text: str) -> str:
    return escape(plain(text))
