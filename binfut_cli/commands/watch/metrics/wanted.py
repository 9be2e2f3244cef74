"""What the command line says of `--metrics`, looked at before the watch begins."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.metrics.address import CONSENT, OPTION, address
from binfut_cli.errors import ConfigError, UsageError

if TYPE_CHECKING:  # which needs prometheus-client
    from binfut_cli.commands.watch.metrics.serving import Exposition


def exposition(
    context: Context, text: str | None, *, others_may_read: bool
) -> AbstractContextManager["Exposition"]:
    """The server at an address, which runs while one is in its block.

    Raises UsageError for an address that is none, ConfigError if prometheus-client is not
    installed, or others could read there and that was not said to be meant.
    """
    if text is None:
        raise UsageError(f"{CONSENT} is of {OPTION}.", hint=f"Add {OPTION} HOST:PORT.")
    at = address(text, others_may_read=others_may_read)
    try:
        from binfut_cli.commands.watch.metrics.serving import served
    except ImportError as exc:
        raise ConfigError(
            f"{OPTION} needs a package that is not installed.",
            hint="Type: pip install 'binfut[metrics]'",
        ) from exc
    return served(context, at)
