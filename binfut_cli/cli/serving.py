"""Serve the sandbox until the user, or the reader of its announcement, has had enough."""

import time
from typing import Any

from binfut_cli.cli.context import Context
from binfut_cli.errors import ConfigError
from binfut_cli.sandbox import Sandbox
from binfut_cli.wire import dumps

TICK_S = 0.5


def run(context: Context, *, port: int, **options: Any) -> None:
    """Start the sandbox, announce it on standard output, and wait."""
    try:
        box = Sandbox.start(port=port, **options)
    except OSError as exc:
        raise ConfigError(
            f"Port {port} cannot be used: {exc.strerror}.", hint="Choose another with --port."
        ) from exc
    with box:
        context.out.write(dumps(box.announcement()) + b"\n")
        context.say("The sandbox is running; Ctrl-C ends it.")
        while not context.out.reader_is_gone():
            time.sleep(TICK_S)
