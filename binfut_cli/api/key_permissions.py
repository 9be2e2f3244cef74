"""What an API key may do besides reading, asked of the exchange at most once a day.

`GET /sapi/v1/account/apiRestrictions` (signed, weight 1):
https://developers.binance.com/docs/wallet/account/api-key-permission
The account's own `canTrade` says nothing of the key.
"""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from binfut_cli.api import remembered
from binfut_cli.codec import Row
from binfut_cli.errors import AuthError

PATH = "/sapi/v1/account/apiRestrictions"
FRESH_MS = 24 * 60 * 60 * 1000
FRESH_UNKNOWN_MS = 10 * 60 * 1000  # a host that did not answer is not waited for at every start

_FLAG = re.compile(r"(enable|permits)[A-Z][A-Za-z0-9]{0,63}")
_READING = frozenset({"enableReading", "enableFixReadOnly"})
_WITHDRAWING = "enableWithdrawals"
_SAFER = "A key that may only read is safer."


class KeyPermissions(msgspec.Struct, frozen=True):
    """What a key may do: the exchange's own flags, and whether it works from any address.

    `known` is false if the exchange could not be asked; then nothing is said of the key.
    """

    granted: tuple[str, ...] = ()
    anywhere: bool = False
    known: bool = True

    @property
    def flags(self) -> tuple[str, ...]:
        """What goes beyond reading."""
        return tuple(name for name in self.granted if name not in _READING)

    @property
    def can_withdraw(self) -> bool:
        """Whether money can leave the exchange by this key."""
        return _WITHDRAWING in self.flags

    def as_row(self) -> Row | None:
        """What JSON tells of them; None if they are not known."""
        if not self.known:
            return None
        return {"permissions": list(self.granted), "anyAddress": self.anywhere}


UNKNOWN = KeyPermissions(known=False)


def key_permissions(answer: object) -> KeyPermissions:
    """Read the exchange's answer; a flag that nobody here knows counts as a power."""
    if not isinstance(answer, Mapping) or "enableReading" not in answer:
        return UNKNOWN
    found = [
        str(name)
        for name, value in answer.items()
        if _FLAG.fullmatch(str(name)) and value is not False
    ]
    return KeyPermissions(tuple(sorted(found)), anywhere=answer.get("ipRestrict") is not True)


def refuse_withdrawals(found: KeyPermissions) -> None:
    """Raise AuthError for a key that can withdraw: binfut must not be why it is stolen."""
    if found.can_withdraw:
        raise AuthError(
            "This key can withdraw (enableWithdrawals), which a reader never needs.",
            hint="Use a key that may only read, or add --i-know-this-key-can-withdraw.",
        )


def warnings(found: KeyPermissions) -> list[str]:
    """What the user should know of the key, a sentence or two each."""
    if not found.known:
        return ["What this key may do could not be read; --no-key-check does not ask."]
    said = []
    if found.flags:
        said.append(f"This key may do more than read: {', '.join(found.flags)}. {_SAFER}")
    if found.anywhere:
        said.append("This key works from any address (ipRestrict is off).")
    return said


def fingerprint(text: str) -> str:
    """Eight hexadecimal digits that tell keys, or hosts, apart and say nothing of them."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def recall(directory: Path, api_key: str, base: str, now_ms: int) -> KeyPermissions | None:
    """What a host (its base address) last told of this key, unless that is long ago or was never.

    What one host says is not believed of another: a test address could say anything.
    """
    kept = remembered.read(_path(directory, api_key, base))
    if not isinstance(kept.get("time"), int):
        return None
    found = key_permissions(kept.get("answer"))
    fresh_ms = FRESH_MS if found.known else FRESH_UNKNOWN_MS
    return found if 0 <= now_ms - kept["time"] < fresh_ms else None


def remember(directory: Path, api_key: str, base: str, now_ms: int, answer: object) -> None:
    """Keep an answer (None if there was none); what cannot be kept is asked again next time."""
    remembered.keep(_path(directory, api_key, base), {"time": now_ms, "answer": answer})


def _path(directory: Path, api_key: str, base: str) -> Path:
    return directory / "keys" / f"{fingerprint(api_key)}-{fingerprint(base)}.json"
