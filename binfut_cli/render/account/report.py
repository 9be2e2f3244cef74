"""An answer for people: a title, the account's own figures, and a table for each kind of rows."""

from collections.abc import Sequence

from binfut_cli.codec import Row
from binfut_cli.endpoints import MARKET_APIS, Market, Scope
from binfut_cli.render import zone
from binfut_cli.render.account import ages, columns
from binfut_cli.render.account.tables import Cell, Column, draw, words
from binfut_cli.render.choice import Choice, used
from binfut_cli.render.escape import plain
from binfut_cli.render.numbers import NONE
from binfut_cli.render.output import columns_of, wrapped
from binfut_cli.render.palette import PLAIN, Palette, Role
from binfut_cli.resources.result.column import value
from binfut_cli.resources.result.resource import Resource
from binfut_cli.resources.result.result import Result

Line = tuple[str, Cell, str]
"""A title, a figure, and what stands behind it."""


def report(answer: Result, scope: Scope, choice: Choice) -> str:
    """An answer as text, ending with a line break."""
    parts = [_title(answer, scope, choice), *_settings(answer, choice)]
    for each in filter(choice.wants, answer.resources):
        if each.kind == "totals":
            parts += _totals(answer, each, choice)
        else:
            parts.append(_section(answer, each, choice))
    return "\n".join([*parts, *_sums(answer, choice)])


def _sums(answer: Result, choice: Choice) -> list[str]:
    """What follows the rows of `account income`: totals, and a chart if asked for."""
    if answer.type != "income" or choice.fields is not None:
        return []
    from binfut_cli.render.account import income

    return income.sums(answer.document, choice)


def _title(answer: Result, scope: Scope, choice: Choice) -> str:
    """Whose answer it is, of when, and how it stands; broken between these where it is too long."""
    parts = [MARKET_APIS[answer.market].title, scope.env.value]
    if scope.profile:
        parts.append(plain(scope.profile))
    parts.append(zone.named(answer.time_ms))
    if answer.standing:
        parts.append(answer.standing)
    if choice.wide and answer.weight is not None:
        parts.append(used(answer.weight))
    return _flowing(parts, choice.width) + "\n"


def _flowing(parts: Sequence[str], width: int | None) -> str:
    """Parts with points between them, as many on a line as it holds."""
    lines = [""]
    for part in parts:
        longer = f"{lines[-1]} · {part}" if lines[-1] else part
        if lines[-1] and width is not None and columns_of(longer) > width:
            lines.append(part)
        else:
            lines[-1] = longer
    return "\n".join(lines)


_UNITS = {
    None: "Totals in USDT, or in USD over all assets: the exchange did not tell the mode",
    "USDT": "Totals in USDT: other assets are not counted in single-asset mode",
    "USD": "Totals in USD, over all assets: multi-assets mode",
}
_SETTINGS = (
    ("Fee tier", "feeTier"),
    ("Position mode", "dualSidePosition"),
    ("Multi-assets mode", "multiAssetsMargin"),
    ("Fees paid in BNB", "feeBurn"),
    ("Account may trade", "canTrade"),
    ("Account may deposit", "canDeposit"),
    ("Account may withdraw", "canWithdraw"),
)


def _totals(answer: Result, totals: Resource, choice: Choice) -> list[str]:
    """What is nearest to liquidation, and the totals, which usdm has; or what is chosen of them."""
    if (names := choice.names(totals)) is None:
        pairs = _whole_totals(answer, totals, choice)
    else:
        pairs = _chosen_totals(answer, totals, names)
    if not pairs:
        return []
    unit = (answer.document.get("derived") or {}).get("totalsUnit")
    head = _UNITS[unit] if answer.market is Market.USDM else "Account"
    return [f"{wrapped(head, choice.width)}{_lines(pairs, choice.palette, right=True)}"]


def _whole_totals(answer: Result, totals: Resource, choice: Choice) -> list[Line]:
    document = answer.document
    figures = [(each, columns.figure(each, document, exact=choice.wide)) for each in totals.columns]
    return [
        (column.title, figure, columns.note(column, document))
        for column, figure in figures
        if figure.text != NONE
    ]


def _chosen_totals(answer: Result, totals: Resource, names: Sequence[str]) -> list[Line]:
    """Under their titles, or if they have none, under the exchange's own names."""
    titled = {column.value: column for column in totals.columns}
    return [
        (titled[name].title, columns.figure(titled[name], answer.document, exact=True), "")
        if name in titled
        else (name, columns.chosen(totals, (name,))[0].cell(answer.document), "")
        for name in names
        if value(answer.document, name) is not None
    ]


def _settings(answer: Result, choice: Choice) -> list[str]:
    """The settings of `account config`, a line each; `--fields` names none of them.

    What the key may do comes last.
    """
    if answer.type != "config" or choice.fields is not None:
        return []
    document = answer.document
    pairs = [
        (title, Cell(_setting(name, document[name])), "")
        for title, name in _SETTINGS
        if name in document
    ]
    return [_lines([*pairs, *_key(document.get("apiKeyPermissions"))], PLAIN, right=False)]


def _key(found: Row | None) -> list[Line]:
    """What the key that asked may do, in the exchange's own flags."""
    if found is None:
        return [("Key permissions", Cell("not told"), "")]
    addresses = "any address" if found["anyAddress"] else "the addresses on its list"
    return [
        ("Key permissions", words(", ".join(found["permissions"])), ""),
        ("Key works from", Cell(addresses), ""),
    ]


def _setting(name: str, found: object) -> str:
    if name == "dualSidePosition":
        mode = "hedge" if found else "one-way"
        return f"{mode} (one for both markets)"
    if isinstance(found, bool):
        return "yes" if found else "no"
    return words(found).text


def _lines(lines: Sequence[Line], palette: Palette, *, right: bool) -> str:
    shown: tuple[Column[Line], ...] = (
        Column("", lambda line: Cell(line[0]), right=False),
        Column("", lambda line: line[1], right=right),
        Column("", lambda line: Cell(line[2]), right=False),
    )
    return draw(shown, lines, None, palette).text.split("\n", 1)[1]  # without a header


def _period(answer: Result, kind: str) -> str:
    """From when to when flows of income are told."""
    if kind != "flows":
        return ""
    from binfut_cli.render.account import income

    return income.period(answer.document)


def _section(answer: Result, resource: Resource, choice: Choice) -> str:
    """A titled table, and below it what it leaves out."""
    kind, found = resource.kind, answer.rows(resource.kind)
    title = resource.title + _period(answer, kind)
    rows, shown = resource.visible(found, choice.whole), _columns(answer, resource, choice)
    left_out = len(found) - len(rows)
    notes = [f"  {left_out} hidden, --all shows them\n"] if left_out else []
    if not rows or not shown:
        return f"{title}: {_nothing(answer, kind)}\n{_faint(notes, choice.palette)}"
    seen = choice.seen.setdefault((answer.market, kind), {})
    table, narrow = _table(shown, rows, choice, seen)
    notes += [*_old(answer, resource, rows, choice), *narrow]
    return f"{title}\n{table}{_faint(notes, choice.palette)}"


def _old(answer: Result, resource: Resource, rows: Sequence[Row], choice: Choice) -> list[str]:
    """A note on figures of a live table that are old."""
    declared = resource.columns_for(answer.market, rows)
    told = ages.told(answer, resource, rows, declared)
    return [wrapped(f"  {told}", choice.width, "    ")] if told else []


def _nothing(answer: Result, kind: str) -> str:
    """What is said in place of rows; of an answer in part nobody knows that there are none."""
    lacking = answer.document.get("incomplete", ())
    if kind not in answer.document or kind in lacking:
        return "not answered"
    return "none in what was answered" if lacking else "none"


def _table(
    shown: Sequence[Column[Row]], rows: Sequence[Row], choice: Choice, seen: dict[str, int]
) -> tuple[str, list[str]]:
    """A table, and a note on what did not fit."""
    width = None if choice.wide else choice.width
    whole = width is None or choice.fields is not None
    drawn = draw(shown, rows, width, choice.palette, whole=whole, seen=seen)
    if not drawn.dropped:
        return drawn.text, []
    return drawn.text, [wrapped(f"  too narrow for: {', '.join(drawn.dropped)}", width, "    ")]


def _faint(notes: Sequence[str], palette: Palette) -> str:
    """Notes below a table, line by line."""
    lines = "".join(notes).splitlines()
    return "".join(f"{palette.paint(Role.FAINT, line)}\n" for line in lines)


def _columns(answer: Result, resource: Resource, choice: Choice) -> tuple[Column[Row], ...]:
    if (names := choice.names(resource)) is not None:
        return columns.chosen(resource, names)
    rows = answer.rows(resource.kind)
    found = columns.columns(resource, answer.market, rows, exact=choice.wide)
    found = ages.dimmed(answer, resource, found, resource.columns_for(answer.market, rows))
    shared = (answer.document.get("derived") or {}).get("totalsUnit") == "USD"
    if resource.kind == "assets" and shared:  # in multi-assets mode no asset stands alone
        return tuple(column for column in found if column.title != "Ratio")
    return found
