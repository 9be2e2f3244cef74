"""The wire samples, as the bodies that the exchange sends."""

import json
from pathlib import Path
from typing import Any

from binfut_cli.endpoints import Market
from binfut_cli.stream.events import Event, decode

WIRE = Path(__file__).parents[1] / "wire"
FRAMES = sorted(
    f"{file.parent.name}/{file.stem}"
    for file in WIRE.glob("*/*.json")
    if not file.stem.startswith(("rest_", "wsapi_", "thread_838_initial"))
)
"""Every sample that comes over the stream: events, bare and wrapped, and answers."""


def body(name: str) -> Any:
    """The body of a sample, by its path without `.json`."""
    return json.loads((WIRE / f"{name}.json").read_text(encoding="utf-8"))["body"]


def market(name: str) -> Market:
    """The market that a sample is of."""
    return Market(name.split("/")[0])


def encoded(value: object) -> bytes:
    """A body as the bytes of a message."""
    return json.dumps(value, ensure_ascii=False).encode()


def event(name: str) -> Event:
    """A sample, decoded as the event it is."""
    found = decode(encoded(body(name)), market(name))
    assert isinstance(found, Event)
    return found
