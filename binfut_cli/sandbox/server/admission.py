"""Who may come in: programs of this machine, and no web page that a browser on it shows.

A page can make a browser connect to loopback. It then names itself (`Origin`), or it has a name of
its own lead here (`Host`), which is how DNS rebinding gets around the browser's rules.
"""

from urllib.parse import urlsplit

from binfut_cli.sandbox.wire.http11 import Head

OURS = ("127.0.0.1", "localhost", "::1")


def stranger(head: Head) -> str | None:
    """Why a request is none of this machine's own, in a sentence; None if it is."""
    if _name(f"//{head.headers.get('host', '')}") not in OURS:
        return "this sandbox answers to localhost and 127.0.0.1 only: the Host header names another"
    if _name(head.headers.get("origin", "http://localhost")) not in OURS:
        return "this sandbox does not answer web pages: the Origin header names another host"
    return None


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
