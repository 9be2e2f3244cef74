"""An answer for people: a title, the account's own figures, and a table for each kind of rows."""

from collections.abc import Sequence
from datetime import UTC, datetime

from binfut_cli.codec import Row
from binfut_cli.endpoints import MARKET_APIS, Market, Scope
from binfut_cli.render.account import ages, columns, income
from binfut_cli.render.account.tables import Cell, Column, draw, words
from binfut_cli.render.choice import Choice, used
from binfut_cli.render.escape import plain
from binfut_cli.resources.result.column import value
from binfut_cli.resources.result.resource import Resource
from binfut_cli.resources.result.result import Result


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
    return income.sums(answer.document, choice)


def _title(answer: Result, scope: Scope, choice: Choice) -> str:
    when = datetime.fromtimestamp(answer.time_ms / 1000, UTC).astimezone()
    who = [MARKET_APIS[answer.market].title, scope.env.value]
    if scope.profile:
        who.append(plain(scope.profile))
    title = f"{' · '.join(who)} · {when:%Y-%m-%d %H:%M:%S %Z}"
    if answer.standing:
        title += f" · {answer.standing}"
    if choice.wide and answer.weight is not None:
        title += f" · {used(answer.weight)}"
    return title + "\n"


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
    """The totals of a usdm account, or what is chosen of them; COIN-M has hardly any."""
    document = answer.document
    unit = (document.get("derived") or {}).get("totalsUnit")
    titled = {column.value: column for column in totals.columns}
    pairs = [
        (titled[name].title, columns.cell(titled[name], document))
        if name in titled
        else (name, columns.chosen((name,))[0].cell(document))  # under the exchange's own name
        for name in choice.names(totals) or map(str, titled)
        if value(document, name) is not None
    ]
    head = _UNITS[unit] if answer.market is Market.USDM else "Account"
    return [f"{head}\n{_pairs(pairs, choice.colour, right=True)}"] if pairs else []


def _settings(answer: Result, choice: Choice) -> list[str]:
    """The settings of `account config`, a line each; `--fields` names none of them.

    What the key may do comes last.
    """
    if answer.type != "config" or choice.fields is not None:
        return []
    document = answer.document
    pairs = [
        (title, Cell(_setting(name, document[name])))
        for title, name in _SETTINGS
        if name in document
    ]
    return [_pairs([*pairs, *_key(document.get("apiKeyPermissions"))], False, right=False)]


def _key(found: Row | None) -> list[tuple[str, Cell]]:
    """What the key that asked may do, in the exchange's own flags."""
    if found is None:
        return [("Key permissions", Cell("not told"))]
    addresses = "any address" if found["anyAddress"] else "the addresses on its list"
    return [
        ("Key permissions", words(", ".join(found["permissions"]))),
        ("Key works from", Cell(addresses)),
    ]


def _setting(name: str, found: object) -> str:
    if name == "dualSidePosition":
        mode = "hedge" if found else "one-way"
        return f"{mode} (one setting for both markets)"
    if isinstance(found, bool):
        return "yes" if found else "no"
    return words(found).text


def _pairs(pairs: Sequence[tuple[str, Cell]], colour: bool, *, right: bool) -> str:
    shown: tuple[Column[tuple[str, Cell]], ...] = (
        Column("", lambda pair: Cell(pair[0]), right=False),
        Column("", lambda pair: pair[1], right=right),
    )
    return draw(shown, pairs, None, colour).text.split("\n", 1)[1]  # without a header


def _section(answer: Result, resource: Resource, choice: Choice) -> str:
    """A titled table, and below it what it leaves out."""
    kind, found = resource.kind, answer.rows(resource.kind)
    rows = resource.visible(found, choice.whole)
    left_out = len(found) - len(rows)
    note = f"  {left_out} hidden, --all shows them\n" if left_out else ""
    title = resource.title + (income.period(answer.document) if kind == "flows" else "")
    if kind not in answer.document:
        return f"{title}: not answered\n"
    shown = _columns(answer, resource, choice)
    if not rows or not shown:
        lacks = kind in answer.document.get("incomplete", ())
        return f"{title}: {'not answered' if lacks else 'none'}\n{note}"
    drawn = draw(shown, rows, None if choice.wide else choice.width, choice.colour)
    if old := ages.told(answer, resource, rows, resource.columns_for(answer.market, rows)):
        note += _wrapped(old, choice.width)
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


def _columns(answer: Result, resource: Resource, choice: Choice) -> tuple[Column[Row], ...]:
    if (names := choice.names(resource)) is not None:
        return columns.chosen(names)
    rows = answer.rows(resource.kind)
    found = columns.columns(resource, answer.market, rows)
    found = ages.dimmed(answer, resource, found, resource.columns_for(answer.market, rows))
    shared = (answer.document.get("derived") or {}).get("totalsUnit") == "USD"
    if resource.kind == "assets" and shared:  # in multi-assets mode no asset stands alone
        return tuple(column for column in found if column.title != "Margin ratio")
    return found
