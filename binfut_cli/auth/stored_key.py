"""What a store keeps of one key, and how it is written down."""

import msgspec

from binfut_cli.auth import toml
from binfut_cli.auth.credentials import Secret
from binfut_cli.errors import ConfigError

_NAMES = ("api_key", "api_secret", "private_key", "passphrase")
_NOTHING = Secret("")


class StoredKey(msgspec.Struct, frozen=True, eq=False):
    """An API key with its HMAC secret or its private key in PEM; the PEM may have a passphrase.

    A private key that lies in a file of its owner's is not in here.
    """

    api_key: Secret
    api_secret: Secret = _NOTHING
    private_key: Secret = _NOTHING
    passphrase: Secret = _NOTHING

    def dump(self) -> str:
        """The entry as the text that is stored: this shows the secrets."""
        texts = {name: getattr(self, name).reveal() for name in _NAMES}
        return toml.document({name: text for name, text in texts.items() if text}, {})


def load(text: str, where: str) -> StoredKey:
    """Read a stored text; raise ConfigError, which never shows it, if it is damaged."""
    import tomllib  # 5 ms that a run without a profile need not pay

    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        read = {}
    fit = "api_key" in read and all(
        name in _NAMES and isinstance(value, str) for name, value in read.items()
    )
    if not fit:
        raise ConfigError(
            f"The stored key in {where} is damaged.",
            hint="Remove the profile and add it again.",
        ) from None
    return StoredKey(**{name: Secret(value) for name, value in read.items()})
