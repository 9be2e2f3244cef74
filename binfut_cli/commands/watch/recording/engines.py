"""Which engine records are written to, or read from, as options say."""

import os
import re
from typing import TYPE_CHECKING

from binfut_cli.commands.process.context import Context
from binfut_cli.errors import ConfigError, UsageError

if TYPE_CHECKING:  # which needs redis-py
    from binfut_cli.recording.broker.connection import Engine
    from binfut_cli.recording.broker.store import Destination


def destination(
    context: Context,
    url: str | None,
    most: int | None,
    least: str | None,
    replicas: int,
    timeout_s: float,
) -> "Destination":
    """Where a watch is to write; raise what is wrong with how that is said."""
    if url is None:
        raise UsageError(
            "--maxlen, --minid, --replicas and --share are of --to.", hint="Add --to redis://host."
        )
    if most is not None and least is not None:
        raise UsageError("--maxlen and --minid are both given.", hint="Choose one.")
    if least is not None and not re.fullmatch(r"\d{1,19}(-\d{1,19})?", least):
        raise UsageError("--minid is not an entry's id.", hint="Write EPOCH or EPOCH-SEQ.")
    found = engine(context, url, "--to", timeout_s)
    from binfut_cli.recording.broker.address import Kind
    from binfut_cli.recording.broker.store import Destination, Keeping

    if replicas and found.address.kind is Kind.CLUSTER:
        raise UsageError("--replicas is not of a Cluster.", hint="Leave it out.")
    return Destination(found, Keeping(most, least, replicas))


def share_name(text: str | None) -> str | None:
    """What a share is called, if there is one; raise UsageError for what is no name."""
    if text is not None and not re.fullmatch(r"[\w-]{1,64}", text, re.ASCII):
        raise UsageError("--share is not a name.", hint="Use letters, digits, - and _.")
    return text


def engine(context: Context, url: str, what: str, timeout_s: float) -> "Engine":
    """The engine at an address; `what` names where that was given.

    Raises ConfigError for a malformed one, if redis-py is not installed, or a password cannot be
    read.
    """
    from binfut_cli.recording.broker.address import address
    from binfut_cli.recording.broker.password import passwords

    found = address(url, what)
    secrets = passwords(os.environ, context.redactor)
    try:
        from binfut_cli.recording.broker.connection import Engine
    except ImportError as exc:
        raise ConfigError(
            "Redis Streams need a package that is not installed.",
            hint="Type: pip install 'binfut[redis]'",
        ) from exc
    return Engine(found, secrets, min(timeout_s, 5.0))
