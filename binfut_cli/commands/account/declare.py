"""The shape of every question command: its own options, then those that all of them share.

A command names the question; `asks` adds the shared options to its signature, so that Typer, the
help and the completions see one flat list, and runs ask, show and fail in one place. A command that
wants to know them declares `ctx` (the run) and `markets` (those that will be asked).
"""

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer

from binfut_cli.commands.options import options as opt
from binfut_cli.commands.options.options import LiveOptions, SharedOptions
from binfut_cli.endpoints import Market

if TYPE_CHECKING:
    from binfut_cli.api.client import AccountClient
    from binfut_cli.resources.result.result import Result

    Question = Callable[[AccountClient], Result]


_SHARED = tuple(inspect.signature(SharedOptions).parameters.values())


_LIVE = tuple(inspect.signature(LiveOptions).parameters.values())


def asks(
    *files: str, live: bool = False
) -> Callable[[Callable[..., "Question"]], Callable[..., None]]:
    """Make a command of a function from its own options to a question.

    `files` of `resources` declare the rows that it is about; they are loaded when it runs. `live`
    says that it has `-w`.
    """

    def command(choose: Callable[..., "Question"]) -> Callable[..., None]:
        declared = inspect.signature(choose).parameters
        own = tuple(each for each in declared.values() if each.name not in ("ctx", "markets"))

        @functools.wraps(choose)
        def run(ctx: typer.Context, **given: Any) -> None:
            from binfut_cli.commands.account.run import answer, keep_live
            from binfut_cli.resources.result.resource import declared as declared_in

            shared = SharedOptions(**{each.name: given.pop(each.name) for each in _SHARED})
            resources = declared_in(*files)
            if live:
                kept = LiveOptions(**{each.name: given.pop(each.name) for each in _LIVE})
                if kept.live:
                    return keep_live(opt.context(ctx), shared, kept, *resources)
            markets = _markets(shared, given.get("symbol"))
            known = {"ctx": ctx, "markets": markets}
            given |= {name: known[name] for name in known.keys() & declared.keys()}
            return answer(opt.context(ctx), shared, markets, choose(**given), resources)

        first = inspect.Parameter(
            "ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
        )
        parameters = (first, *own, *(_LIVE if live else ()), *_SHARED)
        run.__signature__ = inspect.Signature(list(parameters))  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in parameters}
        run.about = files  # type: ignore[attr-defined]
        del run.__wrapped__
        return run

    return command


def _markets(shared: SharedOptions, symbols: str | list[str] | None) -> tuple[Market, ...]:
    """The markets to ask: those that have the symbols given, of those that are asked for."""
    from binfut_cli.resources.result.symbols import markets_of

    named = [symbols] if isinstance(symbols, str) else symbols or []
    return markets_of(shared.market.each(), named)
