"""`keyPowers`: what an account's keys may do besides reading, for clients that ask."""

import re

from binfut_cli.sandbox.actions.act import Act
from binfut_cli.sandbox.params import BadParams

FLAG = re.compile(r"ipRestrict|(enable|permits)[A-Z][A-Za-z0-9]*")


def key_powers(act: Act) -> None:
    """Set the flags given, ones that nobody has documented yet included; keep the others."""
    params = act.params
    flags = {name: params.flag(name) for name in params.values if FLAG.fullmatch(name)}
    params.finish()
    if not flags:
        raise BadParams("give at least one flag, like enableWithdrawals")
    act.account.key_powers |= flags
