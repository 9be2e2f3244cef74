"""What may become of an output: functions that make an effect of what is to happen. Pure."""

import random
from collections.abc import Callable

from binfut_cli.sandbox.faults.armed import Effect, Output
from binfut_cli.sandbox.wire.frames import text_frame
from binfut_cli.sandbox.wire.http11 import response
from binfut_cli.sandbox.wire.steps import (
    Fin,
    Later,
    Mute,
    Pause,
    Step,
    Steps,
    pieces,
)


def ending(*steps: Step) -> Effect:
    """The output never comes; something else happens to the connection."""
    return lambda output: steps


def silent(output: Output) -> Steps:
    """The output never comes; all else goes on, unless there can be nothing else."""
    return (Mute(),) if output.layer in ("accept", "handshake", "closing") else ()


def late(seconds: float) -> Effect:
    """The output comes late; others may overtake it."""
    return lambda output: (Later(seconds, output.steps),)


def latency(seconds: float, jitter_s: float) -> Effect:
    """The output comes late, and all that follows on the connection waits behind it."""
    dice = random.Random(f"{seconds}/{jitter_s}")
    return lambda output: (Pause(seconds + dice.random() * jitter_s), *output.steps)


def cut(size: int, then: Step) -> Effect:
    """The output stops after some bytes, and something else follows."""
    return lambda output: (_bytes(output)[:size], then)


def sliced(size: int, pause_s: float) -> Effect:
    """The output comes in pieces of so many bytes, with a pause after each."""
    return lambda output: pieces(_bytes(output), size, pause_s)


def repeated(output: Output) -> Steps:
    """The output comes twice."""
    return output.steps * 2


def preceded(*steps: Step) -> Effect:
    """Something else leaves the connection before the output."""
    return lambda output: (*steps, *output.steps)


def followed(*steps: Step) -> Effect:
    """Something else leaves the connection after the output."""
    return lambda output: (*output.steps, *steps)


def framed(frames: Callable[[bytes], Steps]) -> Effect:
    """The message comes in frames that are not one plain text frame."""
    return lambda output: frames(output.text.encode())


def answered(status: int, body: str, headers: tuple[tuple[str, str], ...]) -> Effect:
    """An HTTP status with headers and a body, in place of an answer or of an upgrade."""

    def effect(output: Output) -> Steps:
        answer = response(status, body.encode(), headers)
        return (answer, Fin()) if output.layer == "handshake" else (answer,)

    return effect


def reworded(change: Callable[[str], str], status: int = 200) -> Effect:
    """The output's text is another one, made of the right one; the same one is no effect."""

    def effect(output: Output) -> Steps:
        try:
            text = change(output.text)
        except ValueError:  # the text is none that this change could be made of
            return output.steps
        return output.steps if text == output.text else said(output, text, status)

    return effect


def truncated(size: int) -> Effect:
    """The text ends early: an HTTP body shorter than announced, or a message that is no JSON."""

    def effect(output: Output) -> Steps:
        body = output.text.encode()
        if output.layer == "rest":
            return (response(200, body[:size], length=len(body)), Fin())
        return said(output, output.text[:size])

    return effect


def said(output: Output, text: str, status: int = 200) -> Steps:
    """Say a text as the output's layer says texts."""
    if output.layer == "rest":
        return (response(status, text.encode(), output.headers),)
    return (text_frame(text),)


def _bytes(output: Output) -> bytes:
    return b"".join(step for step in output.steps if isinstance(step, bytes))
