"""A watch of binfut's whose account is read from a sandbox, and whose stream is made here."""

import os
from collections.abc import Mapping

from bench.blast import SMALL, Blast
from bench.measuring import Rate, fed
from binfut_cli.sandbox import Sandbox


class Watched:
    """`binfut watch`, that of one environment."""

    def __init__(self, binfut: str, sandbox: Sandbox) -> None:
        self._env = environ(sandbox)
        ways = "--rest-url", sandbox.rest["usdm"], "--ws-api-url", sandbox.ws_api["usdm"]
        self._command = [binfut, "watch", *ways, "--limit"]

    def rate(self, count: int, *how: str, common: bytes = SMALL, pace: int | None = None) -> Rate:
        """How it fares with so many events; small ones are four lines for people."""
        blast = Blast(count, None, common, pace)
        command = [*self._command, str(count), "--stream-url", blast.url, *how]
        return fed(command, self._env, blast, count, 1 if how else 4)


def environ(sandbox: Sandbox) -> Mapping[str, str]:
    """The environment in which binfut asks a sandbox."""
    account = sandbox.accounts[0]
    given = {"BINFUT_API_KEY": account.api_key, "BINFUT_API_SECRET": account.secret}
    return clean() | given | {"BINFUT_ENV": "sandbox", "SSL_CERT_FILE": str(sandbox.ca)}


def clean() -> dict[str, str]:
    """The environment without what is meant for binfut; a proxy would be asked by some peers."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("BINFUT_") and not name.lower().endswith("_proxy")
    }
