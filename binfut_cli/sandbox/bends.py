"""The ways to bend an output: small frozen classes, each turning steps into other steps."""

from collections.abc import Callable
from dataclasses import dataclass

from binfut_cli.sandbox.faults import Output
from binfut_cli.sandbox.http11 import response
from binfut_cli.sandbox.steps import Fin, Later, Mute, Steps, trickled


@dataclass(frozen=True, slots=True)
class Ending:
    """The output never comes; something else happens to the connection."""

    steps: Steps

    def bend(self, output: Output) -> Steps:
        """Give the ending."""
        return self.steps


@dataclass(frozen=True, slots=True)
class Silent:
    """The output never comes, and all else goes on (a handshake: nothing ever comes)."""

    def bend(self, output: Output) -> Steps:
        """Say nothing."""
        return (Mute(),) if output.layer == "handshake" else ()


@dataclass(frozen=True, slots=True)
class Late:
    """The output comes late; others may overtake it."""

    seconds: float

    def bend(self, output: Output) -> Steps:
        """Wait first."""
        return (Later(self.seconds, output.steps),)


@dataclass(frozen=True, slots=True)
class Stall:
    """The output stops after some bytes, and nothing ever follows."""

    bytes: int

    def bend(self, output: Output) -> Steps:
        """Cut and fall silent."""
        return (_bytes(output)[: self.bytes], Mute())


@dataclass(frozen=True, slots=True)
class Trickle:
    """The output comes byte by byte."""

    pause_s: float

    def bend(self, output: Output) -> Steps:
        """Put a pause after each byte."""
        return trickled(_bytes(output), self.pause_s)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The output comes twice."""

    def bend(self, output: Output) -> Steps:
        """Say it again."""
        return output.steps * 2


@dataclass(frozen=True, slots=True)
class HttpStatus:
    """An HTTP status with headers and a body, in place of an answer or of an upgrade."""

    status: int
    body: str
    headers: tuple[tuple[str, str], ...]

    def bend(self, output: Output) -> Steps:
        """Answer with the status; end the connection when it was to become a WebSocket."""
        answer = response(self.status, self.body.encode(), self.headers)
        return (answer, Fin()) if output.layer == "handshake" else (answer,)


@dataclass(frozen=True, slots=True)
class Reworded:
    """The output's text is another one; `change` makes it of the right one."""

    change: Callable[[str], str]
    status: int = 200

    def bend(self, output: Output) -> Steps:
        """Say the other text as the layer says texts; the same one is left as it is."""
        text = self.change(output.text)
        return output.steps if text == output.text else said(output, text, self.status)


@dataclass(frozen=True, slots=True)
class Truncated:
    """The text ends early: an HTTP body shorter than announced, or a message that is no JSON."""

    bytes: int

    def bend(self, output: Output) -> Steps:
        """Cut the text."""
        body = output.text.encode()
        if output.layer == "rest":
            return (response(200, body[: self.bytes], length=len(body)), Fin())
        return said(output, output.text[: self.bytes], 200)


@dataclass(frozen=True, slots=True)
class Before:
    """Another message comes before the output."""

    text: str

    def bend(self, output: Output) -> Steps:
        """Say the other message first."""
        return (*said(output, self.text, 200), *output.steps)


@dataclass(frozen=True, slots=True)
class Framed:
    """The message comes in frames that are not one plain text frame."""

    frames: Callable[[bytes], Steps]

    def bend(self, output: Output) -> Steps:
        """Frame the text otherwise."""
        return self.frames(output.text.encode())


def _bytes(output: Output) -> bytes:
    return b"".join(step for step in output.steps if isinstance(step, bytes))


def said(output: Output, text: str, status: int = 200) -> Steps:
    """Say a text as the output's layer says texts."""
    from binfut_cli.sandbox.frames import text_frame

    if output.layer == "rest":
        return (response(status, text.encode(), output.headers),)
    return (text_frame(text),)
