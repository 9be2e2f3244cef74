"""What the manual says that no command declares: statuses, variables, files."""

from binfut_cli import errors
from binfut_cli.auth import credentials
from binfut_cli.errors import BinfutError, ExitStatus

VARIABLES = {
    credentials.API_KEY: "The API key. A key that may only read is enough.",
    credentials.API_SECRET: "The secret of an HMAC key.",
    credentials.PRIVATE_KEY_FILE: "The private key, in PEM, of an Ed25519 or RSA key.",
    credentials.PASSPHRASE: "The passphrase of that file, if it has one.",
    "NO_COLOR": "If not empty, nothing is coloured; --color has the last word.",
    "FORCE_COLOR": "If not empty, colour is used off a terminal too; NO_COLOR goes before it.",
    "BINFUT_BACKGROUND": "dark or light: colours for that background; else what COLORFGBG tells.",
    "TERM": "With dumb, nothing is coloured.",
}
"""Environment variables that belong to no option. An option names its own."""

FILES = {
    ".env": "In the working directory: the key's variables, read if the environment has none.",
}

_UNRAISED = {  # statuses that no error class stands for
    ExitStatus.DONE: "Everything asked for was done; or the reader of a pipe has had enough.",
    ExitStatus.BUG: "An unforeseen failure: a bug.",
    ExitStatus.STRICT_GAP: "With --strict: changes were certainly missed.",
    ExitStatus.FAIL_IF: "With --fail-if or --until: the condition held.",
    ExitStatus.IN_PART: "Answered in part: a part was refused, and the rest is there.",
    ExitStatus.INTERRUPTED: "Ended by SIGINT.",
    ExitStatus.HUNG_UP: "Ended by SIGHUP.",
    ExitStatus.TERMINATED: "Ended by SIGTERM.",
}


def statuses() -> dict[ExitStatus, str]:
    """What each exit status means, in the words of the first error class that leaves it."""
    found = dict(_UNRAISED)
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, BinfutError):
            found.setdefault(kind.exit_status, (kind.__doc__ or "").partition("\n")[0])
    return dict(sorted(found.items()))
