"""What was proven of an account at a moment, in words."""

from collections.abc import Iterator

from binfut_cli.endpoints import Lane
from binfut_cli.recording.proof import Proof
from binfut_cli.render.escape import plain
from binfut_cli.render.palette import Palette
from binfut_cli.render.watch.events.gaps import missed
from binfut_cli.render.zone import named, stamp


def told(proof: Proof, palette: Palette) -> str:
    """Lines that end with a line break: how it was covered, what may be missing, how old it is."""
    return "".join(f"{line}\n" for line in _lines(proof, palette))


def coverage(lane: Lane, time_ms: int, proof: Proof) -> str:
    """How a lane was covered at a moment, on one line."""
    gap = "" if proof.gap is None else f" · in a gap: {missed(proof.gap)}"
    return f"binfut: {lane.market} at {named(time_ms)}: {_coverage(proof)}{_proofs(proof)}{gap}"


def _lines(proof: Proof, palette: Palette) -> Iterator[str]:
    yield f"{palette.bold}Recorded{palette.off}: {_coverage(proof)}{_proofs(proof)}"
    if proof.gap is not None:
        yield f"{palette.loss}In a gap{palette.off}: {missed(proof.gap)}"
    if proof.read_ms is not None:
        yield f"Prices, margins and profits are as read at {named(proof.read_ms)}."


def _coverage(proof: Proof) -> str:
    verdict = plain(proof.verdict or "not yet connected")
    if proof.ended_ms is not None:
        return f"ended: nothing is recorded after {stamp(proof.ended_ms)}"
    if not proof.is_live:
        why = f" ({plain(proof.reason).removesuffix('.')})" if proof.reason else ""
        return f"not covered: {verdict}{why}"
    since = "from before" if proof.live_since is None else f"since {stamp(proof.live_since)}"
    return f"{verdict} {since}"


def _proofs(proof: Proof) -> str:
    found = []
    if proof.proven_ms is not None:
        found.append(f"last proof {stamp(proof.proven_ms)}")
    if proof.confirmed_ms is not None:
        found.append(f"confirmed at {stamp(proof.confirmed_ms)}")
    return "".join(f" · {each}" for each in found)
