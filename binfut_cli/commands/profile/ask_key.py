"""Get a key from its owner: typed unseen, from standard input, or from a file only they can read.

No option takes a secret: a command line is seen by every program of the machine, and kept by the
shell.
"""

import getpass
import os
import sys

from binfut_cli.auth import directories, private_files
from binfut_cli.auth.credentials import Secret, refuse_private_key
from binfut_cli.auth.stored_key import StoredKey
from binfut_cli.errors import ConfigError, UsageError

_KEY = "API key (not shown): "
_SECRET = "Secret, or the path of a private key in PEM (not shown): "
_PASSPHRASE = "Passphrase of the private key (not shown): "
_PEM = "-----BEGIN"


def from_stdin(key_file: str) -> tuple[StoredKey, str]:
    """A key and its secret out of standard input, and the private key's path."""
    text = sys.stdin.buffer.read(private_files.LIMIT)
    try:
        return from_text(text.decode(), key_file, "standard input"), key_file
    except UnicodeDecodeError as exc:
        raise ConfigError("Standard input is not UTF-8 text.", hint="Give plain text.") from exc


def from_file(path: str, key_file: str) -> tuple[StoredKey, str]:
    """A key and its secret out of a file, and the private key's path."""
    text = private_files.read_private_text(directories.expanded(path), "The secret file")
    return from_text(text, key_file, path), key_file


def from_text(text: str, key_file: str, where: str) -> StoredKey:
    """The API key on the first line, behind it the secret, a PEM, or a passphrase."""
    key, _, rest = text.replace("\r\n", "\n").partition("\n")
    rest = rest.strip("\n")
    if not key.strip():
        raise ConfigError(
            f"There is no API key in {where}.", hint="Put it on the first line, the secret below."
        )
    return _entry(key, rest, key_file)


def from_terminal(key_file: str) -> tuple[StoredKey, str]:
    """Ask for a key; what is typed is not shown. Returns it, and the private key's path."""
    if not sys.stdin.isatty():
        raise UsageError(
            "There is no terminal to ask for the key on.",
            hint="Give it with --secret-stdin or --secret-file.",
        )
    key = _hidden(_KEY).strip()
    if not key_file:
        said = _hidden(_SECRET).strip()
        refuse_private_key("What was typed", said)  # a terminal takes its first line only
        if not _is_path(said):
            return _entry(key, said, ""), ""
        key_file = said
    words = _hidden(_PASSPHRASE) if _is_encrypted(key_file) else ""
    return _entry(key, words, key_file), key_file


def _hidden(prompt: str) -> str:
    try:
        return getpass.getpass(prompt)
    except EOFError as exc:
        raise UsageError("Nothing was typed.", hint="Type it and press Enter.") from exc
    except UnicodeDecodeError:
        raise UsageError(  # which would show it
            "What was typed is no text in this terminal's encoding.",
            hint="Type it again, or give it with --secret-stdin.",
        ) from None


def _entry(key: str, rest: str, key_file: str) -> StoredKey:
    if key_file:
        return StoredKey(Secret(key), passphrase=Secret(rest))
    if rest.startswith(_PEM):
        return StoredKey(Secret(key), private_key=Secret(rest + "\n"))
    return StoredKey(Secret(key), api_secret=Secret(rest))


def _is_path(said: str) -> bool:
    """Whether what was typed in the secret's place is a path: no HMAC secret looks like one."""
    return os.sep in said or said.startswith("~") or said.endswith(".pem")


def _is_encrypted(key_file: str) -> bool:
    path = directories.expanded(key_file)
    return b"ENCRYPTED" in private_files.read_private(path, "The private key")
