"""An answer for people: a title, the account's own figures, and a table for each kind of rows."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from binfut_cli.markets import DIALECTS, Scope
from binfut_cli.questions.answer import Answer
from binfut_cli.questions.catalogue import fields, value
from binfut_cli.questions.zero import hidden, visible
from binfut_cli.render import income, views
from binfut_cli.render.choice import Choice, used
from binfut_cli.render.escape import plain
from binfut_cli.render.tables import Cell, Column, amount, draw, profit, words
from binfut_cli.wire import Row

TITLES = {
    "assets": "Assets",
    "balances": "Balances",
    "positions": "Positions",
    "symbols": "Symbols",
    "orders": "Open orders",
    "income": "Income",
}


def report(answer: Answer, scope: Scope, choice: Choice) -> str:
    """An answer as text, ending with a line break."""
    parts = [_title(answer, scope, choice)]
    for kind in answer.kinds:
        if kind == "totals":
            parts += _totals(answer, choice)
        else:
            parts.append(_section(answer, kind, choice))
    return "\n".join([*parts[:1], *_settings(answer), *parts[1:], *_sums(answer, choice)])


def _sums(answer: Answer, choice: Choice) -> list[str]:
    """What follows the rows of `account income`: totals, and a chart if asked for."""
    if answer.type != "income" or choice.fields is not None:
        return []
    sums = answer.document["derived"]["totals"]
    parts = [income.totals(sums, choice), income.chart(sums, choice) if choice.chart else ""]
    return [part for part in parts if part]


def _title(answer: Answer, scope: Scope, choice: Choice) -> str:
    when = datetime.fromtimestamp(answer.time_ms / 1000, UTC).astimezone()
    who = [DIALECTS[answer.market].title, scope.env.value]
    if scope.profile:
        who.append(plain(scope.profile))
    title = f"{' · '.join(who)} · {when:%Y-%m-%d %H:%M:%S %Z}"
    if choice.wide and answer.weight is not None:
        title += f" · {used(answer.weight)}"
    return title + "\n"


_TOTALS: tuple[tuple[str, str, Callable[[object], Cell]], ...] = (
    ("Wallet balance", "totalWalletBalance", amount),
    ("Unrealized PnL", "totalUnrealizedProfit", profit),
    ("Margin balance", "totalMarginBalance", amount),
    ("Initial margin", "totalInitialMargin", amount),
    ("Maintenance margin", "totalMaintMargin", amount),
    ("Available", "availableBalance", amount),
    ("Can be withdrawn", "maxWithdrawAmount", amount),
    ("Margin ratio", "marginRatio", views.ratio),
)
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
    ("May trade", "canTrade"),
    ("May deposit", "canDeposit"),
    ("May withdraw", "canWithdraw"),
)


def _totals(answer: Answer, choice: Choice) -> list[str]:
    """The totals of a usdm account; COIN-M has none."""
    document = answer.document
    unit = (document.get("derived") or {}).get("totalsUnit")
    names = choice.fields or tuple(name for _, name, _ in _TOTALS)
    pairs = [
        (title, show(value(document, name)))
        for title, name, show in _TOTALS
        if name in names and value(document, name) is not None
    ]
    return [f"{_UNITS[unit]}\n{_pairs(pairs, choice.colour, right=True)}"] if pairs else []


def _settings(answer: Answer) -> list[str]:
    """The settings of `account config`, a line each."""
    if answer.type != "config":
        return []
    document = answer.document
    pairs = [
        (title, Cell(_setting(name, document[name])))
        for title, name in _SETTINGS
        if name in document
    ]
    return [_pairs(pairs, False, right=False)]


def _setting(name: str, found: object) -> str:
    if name == "dualSidePosition":
        mode = "hedge" if found else "one-way"
        return f"{mode} (one setting for both markets)"
    if isinstance(found, bool):
        return "yes" if found else "no"
    return words(found).text


def _pairs(pairs: Sequence[tuple[str, Cell]], colour: bool, *, right: bool) -> str:
    columns: tuple[Column[tuple[str, Cell]], ...] = (
        Column("", lambda pair: Cell(pair[0]), right=False),
        Column("", lambda pair: pair[1], right=right),
    )
    return draw(columns, pairs, None, colour).text.split("\n", 1)[1]  # without a header


def _section(answer: Answer, kind: str, choice: Choice) -> str:
    """A titled table, and below it what it leaves out."""
    rows = visible(kind, answer.rows(kind), choice.whole)
    left_out = hidden(kind, answer.rows(kind), choice.whole)
    note = f"  {left_out} hidden, --all shows them\n" if left_out else ""
    title = TITLES[kind]
    columns = _columns(answer, kind, choice)
    if not rows or not columns:
        return f"{title}: none\n{note}"
    drawn = draw(columns, rows, None if choice.wide else choice.width, choice.colour)
    if drawn.dropped:
        note += _wrapped(f"too narrow for: {', '.join(drawn.dropped)}", choice.width)
    return f"{title}\n{drawn.text}{note}"


def _wrapped(note: str, width: int | None) -> str:
    """A note below a table, broken between words."""
    import textwrap  # where something is left out only

    broken = textwrap.wrap(
        note,
        width or len(note) + 2,
        initial_indent="  ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "".join(f"{line}\n" for line in broken)


def _columns(answer: Answer, kind: str, choice: Choice) -> tuple[Column[Row], ...]:
    if choice.fields is not None:
        return views.chosen(tuple(name for name in choice.fields if name in fields(kind)))
    found = views.columns(kind, answer.market)
    shared = (answer.document.get("derived") or {}).get("totalsUnit") == "USD"
    if kind == "assets" and shared:  # in multi-assets mode no asset stands alone
        return tuple(column for column in found if column.title != "Margin ratio")
    return found
