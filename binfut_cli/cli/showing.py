"""Which renderer shows an answer; each is loaded only when it is chosen."""

from collections.abc import Callable, Sequence

from binfut_cli.account import Snapshot
from binfut_cli.cli.context import Context
from binfut_cli.render.documents import Scope

Writer = Callable[[Sequence[Snapshot]], None]


def status_writer(context: Context, scope: Scope, whole: bool) -> Writer:
    """What writes the answers to `account status` in the chosen format."""
    return _json_writer(context, scope) if context.as_json else _table(context, scope, whole)


def _json_writer(context: Context, scope: Scope) -> Writer:
    from binfut_cli.render import documents
    from binfut_cli.wire import dumps, indented

    encode = indented if context.out.is_terminal else dumps

    def write(answers: Sequence[Snapshot]) -> None:
        found = [encode(documents.account_status(answer, scope)) + b"\n" for answer in answers]
        context.out.write(b"".join(found))

    return write


def _table(context: Context, scope: Scope, whole: bool) -> Writer:
    from binfut_cli.render.account import status

    out = context.out

    def write(answers: Sequence[Snapshot]) -> None:
        parts = [
            status(answer, scope, whole=whole, width=out.width, colour=out.colour)
            for answer in answers
        ]
        out.write("\n".join(parts).encode("utf-8", "backslashreplace"))

    return write
