"""A secret in every way that one of the programs on its way may write it."""

import base64
import json
from urllib.parse import quote


def spellings(secret: str) -> dict[str, str]:
    """What each way is called, and the secret written so."""
    raw = secret.encode()
    return {
        "plain": secret,
        "in an address": quote(secret, safe=""),
        "in an address, escaped whole": in_address(secret),
        "in an address in an address": quote(quote(secret, safe=""), safe=""),
        "in JSON": json.dumps(secret)[1:-1],
        "in JSON, escaped whole": in_json(secret),
        "in JSON in JSON": json.dumps(in_json(secret))[1:-1],
        "in JSON in part": secret[:3] + in_json(secret[3:9]) + secret[9:],
        "in base64": base64.b64encode(raw).decode(),
        "in base64 of an address": base64.urlsafe_b64encode(raw).decode(),
        "in base64 in an address": quote(base64.b64encode(raw).decode(), safe=""),
        "in hex": raw.hex(),
        "in capital hex": raw.hex().upper(),
    }


def in_json(text: str) -> str:
    """Every character as JSON may escape it, in one case of hex and the other."""
    return "".join(f"\\u{ord(sign):04{'xX'[place % 2]}}" for place, sign in enumerate(text))


def in_address(text: str) -> str:
    """Every byte as an address may escape it."""
    return "".join(f"%{byte:02{'xX'[place % 2]}}" for place, byte in enumerate(text.encode()))
