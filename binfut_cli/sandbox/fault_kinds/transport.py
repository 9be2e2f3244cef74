"""Faults of the transport: what happens to bytes, whatever they mean."""

from binfut_cli.sandbox.bends import cut, ending, late, latency, preceded, repeated, silent, sliced
from binfut_cli.sandbox.fault_kinds.kind import HTTP, MESSAGES, TEXTS, Kind, Kinds, plain
from binfut_cli.sandbox.faults import Bend, Layer
from binfut_cli.sandbox.steps import Fin, Mute, Pause, Reset
from binfut_cli.sandbox.words import BadWords, Words

BYTES: tuple[Layer, ...] = (*MESSAGES, *HTTP)
SAID: tuple[Layer, ...] = (*BYTES, "control", "pong")
BANNER = b"SSH-2.0-OpenSSH_9.6\r\n"
BANDWIDTH_TICK_S = 0.02


def _late(words: Words) -> Bend:
    return late(words.share("seconds", 1.0))


def _latency(words: Words) -> Bend:
    return latency(words.share("seconds", 0.1), words.share("jitter", 0.0))


def _bandwidth(words: Words) -> Bend:
    rate = words.share("bytesPerSecond", 1000.0)
    return sliced(max(1, int(rate * BANDWIDTH_TICK_S)), BANDWIDTH_TICK_S)


def _slice(words: Words) -> Bend:
    size: int = words.integer("bytes", 3)
    if size < 1:
        raise BadWords("bytes must be above zero")
    return sliced(size, words.share("pause", 0.001))


KINDS: Kinds = {
    "reset": Kind((*SAID, "accept", "closing"), plain(ending(Reset()))),
    "fin": Kind((*SAID, "accept", "closing"), plain(ending(Fin()))),
    "halfOpen": Kind((*MESSAGES, "rest", "control", "pong"), plain(ending(Mute()))),
    "silent": Kind((*SAID, "ping", "accept", "closing"), plain(silent)),
    "late": Kind(("wsApi", "stream", "rest", "handshake", "control", "pong", "accept"), _late),
    "latency": Kind(TEXTS, _latency),
    "freeze": Kind(MESSAGES, lambda words: preceded(Pause(words.share("seconds", 1.0)))),
    "stall": Kind(SAID, lambda words: cut(words.integer("bytes", 10), Mute())),
    "cut": Kind(SAID, lambda words: cut(words.integer("bytes", 10), Fin())),
    "tear": Kind(SAID, lambda words: cut(words.integer("bytes", 10), Reset())),
    "trickle": Kind(BYTES, lambda words: sliced(1, words.share("pause", 0.01))),
    "slice": Kind(BYTES, _slice),
    "bandwidth": Kind(BYTES, _bandwidth),
    "duplicate": Kind((*MESSAGES, "control", "pong"), plain(repeated)),
    "garbage": Kind((*BYTES, "accept"), plain(ending(BANNER, Fin()))),
}
