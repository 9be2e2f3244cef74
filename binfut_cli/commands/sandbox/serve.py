"""Serve the sandbox until the user, or the reader of its announcement, has had enough."""

import json
import shlex
import time
from collections.abc import Sequence
from typing import Any

from binfut_cli.codec import dumps
from binfut_cli.commands.process.context import Context
from binfut_cli.errors import ConfigError, UsageError
from binfut_cli.sandbox import Sandbox

TICK_S = 0.5


def run(context: Context, *, port: int, faults: Sequence[str], **options: Any) -> None:
    """Start the sandbox, announce it on standard output, and wait."""
    try:
        sandbox = Sandbox.start(port=port, control=True, **options)
    except OSError as exc:
        raise ConfigError(
            f"Port {port} cannot be used: {exc.strerror}.", hint="Choose another with --port."
        ) from exc
    with sandbox:
        for text in faults:
            _arm(sandbox, text)
        context.out.write(dumps(sandbox.announcement()) + b"\n")
        context.say("The sandbox is running; Ctrl-C ends it. In another terminal:")
        context.announce(f"  {_to_paste(sandbox)}")
        while not context.out.reader_is_gone():
            time.sleep(TICK_S)


def _to_paste(sandbox: Sandbox) -> str:
    """A shell's line that attaches to it with the key of its first account.

    The key opens this sandbox alone, and is announced on standard output just so.
    """
    key = sandbox.accounts[0]
    words = {"BINFUT_ENV": "sandbox", "BINFUT_API_KEY": key.api_key}
    words |= {"BINFUT_API_SECRET": key.secret}
    words |= {"SSL_CERT_FILE": shlex.quote(sandbox.ca)} if sandbox.ca else {}
    given = " ".join(f"{name}={text}" for name, text in words.items())
    return f"{given} binfut watch --market all --sandbox {sandbox.rest['usdm']}"


def _arm(sandbox: Sandbox, text: str) -> None:
    try:
        fault = json.loads(text)
        if not isinstance(fault, dict):
            raise ValueError("it is no JSON object")
        sandbox.fault(fault)
    except (ValueError, RecursionError) as exc:
        raise UsageError(
            f"--fault {text!r}: {exc}.", hint='Give one like {"fault":"reset","probability":0.01}.'
        ) from exc
