"""Faults of the transport: what happens to bytes, whatever they mean."""

from binfut_cli.sandbox.faults.armed import Effect, Layer
from binfut_cli.sandbox.faults.effects import (
    cut,
    ending,
    late,
    latency,
    preceded,
    repeated,
    silent,
    sliced,
)
from binfut_cli.sandbox.faults.kinds.kind import (
    HTTP,
    MESSAGES,
    TEXTS,
    Kind,
    Kinds,
    plain,
)
from binfut_cli.sandbox.params import Params
from binfut_cli.sandbox.wire.steps import Fin, Mute, Pause, Reset

BYTES: tuple[Layer, ...] = (*MESSAGES, *HTTP)
SAID: tuple[Layer, ...] = (*BYTES, "control", "pong")
BANNER = b"SSH-2.0-OpenSSH_9.6\r\n"
BANDWIDTH_TICK_S = 0.02


def _late(params: Params) -> Effect:
    return late(params.share("seconds", 1.0))


def _latency(params: Params) -> Effect:
    return latency(params.share("seconds", 0.1), params.share("jitter", 0.0))


def _bandwidth(params: Params) -> Effect:
    rate = params.share("bytesPerSecond", 1000.0)
    return sliced(max(1, int(rate * BANDWIDTH_TICK_S)), BANDWIDTH_TICK_S)


def _slice(params: Params) -> Effect:
    return sliced(params.size("bytes", 3, least=1), params.share("pause", 0.001))


KINDS: Kinds = {
    "reset": Kind((*SAID, "accept", "closing"), plain(ending(Reset()))),
    "fin": Kind((*SAID, "accept", "closing"), plain(ending(Fin()))),
    "halfOpen": Kind((*MESSAGES, "rest", "control", "pong"), plain(ending(Mute()))),
    "silent": Kind((*SAID, "ping", "accept", "closing"), plain(silent)),
    "late": Kind(("wsApi", "stream", "rest", "handshake", "control", "pong", "accept"), _late),
    "latency": Kind(TEXTS, _latency),
    "freeze": Kind(MESSAGES, lambda params: preceded(Pause(params.share("seconds", 1.0)))),
    "stall": Kind(SAID, lambda params: cut(params.size("bytes", 10), Mute())),
    "cut": Kind(SAID, lambda params: cut(params.size("bytes", 10), Fin())),
    "tear": Kind(SAID, lambda params: cut(params.size("bytes", 10), Reset())),
    "trickle": Kind(BYTES, lambda params: sliced(1, params.share("pause", 0.01))),
    "slice": Kind(BYTES, _slice),
    "bandwidth": Kind(BYTES, _bandwidth),
    "duplicate": Kind((*MESSAGES, "control", "pong"), plain(repeated)),
    "garbage": Kind((*BYTES, "accept"), plain(ending(BANNER, Fin()))),
}
