"""What is fuzzed: each target may raise only what its callers expect."""

import threading
from collections.abc import Callable, Mapping

from binfut_cli.api import envelope
from binfut_cli.api.error_codes import refused_by_status
from binfut_cli.api.transport import upgrade
from binfut_cli.api.transport.frames import PONG, TEXT, FrameError, Message, Splitter
from binfut_cli.codec import Unreadable
from binfut_cli.endpoints import Env, Lane, Market, Scope
from binfut_cli.errors import BinfutError, NetworkError
from binfut_cli.recording.accounts import Accounts
from binfut_cli.recording.recorded import recorded
from binfut_cli.recording.summary.summary import Summary
from binfut_cli.render.documents import Lines as Json
from binfut_cli.render.palette import PLAIN
from binfut_cli.render.watch.lines import Lines
from binfut_cli.stream.coverage.subscription.connection import Stream
from binfut_cli.stream.events import decode
from binfut_cli.stream.fold.folded_account import FoldedAccount
from binfut_cli.stream.fold.gap_clock import GapClock
from binfut_cli.stream.fold.incoming import Incoming
from binfut_cli.stream.fold.lane_records import LaneRecords
from binfut_cli.stream.messages import Batch, LaneMessage, ThreadCrashed
from binfut_cli.stream.runtime import Runtime
from tests.support.simulation import NoSocket

UPGRADE_KEY = "dGhlIHNhbXBsZSBub25jZQ=="
Target = Callable[[bytes], None]


def frames(data: bytes) -> None:
    """Frames, whole and byte by byte: the same messages, or the same fault."""
    assert _split([data]) == _split([data[i : i + 1] for i in range(len(data))])


def _split(parts: list[bytes]) -> tuple[list[tuple[int, bytes]], int | None]:
    splitter, found = Splitter(1 << 16), []
    try:
        for part in parts:
            found += splitter.feed(part)
    except FrameError as exc:
        return found + exc.messages, exc.code
    return found, None


def events(data: bytes) -> None:
    """Messages of a stream, to events."""
    for market in Market:
        try:
            decode(data, market)
        except Unreadable:
            continue


class _Line(NoSocket):
    """A stream's connection that brings one message, to a reader that waits for answers."""

    def __init__(self, data: bytes) -> None:
        self._comes = [(TEXT, data), (PONG, data), (PONG, b"1")]

    def send(self, id_: int, method: str, params: object = ()) -> None: ...

    def ping(self, payload: bytes = b"") -> None: ...

    def receive(self, timeout_s: float) -> list[Message]:
        found, self._comes = self._comes, []
        return found

    def say_goodbye(self) -> None: ...

    def close(self) -> None: ...


def stream(data: bytes) -> None:
    """Messages of a stream, to what its reader understands of them itself."""
    for market in Market:
        items: list[LaneMessage] = []
        attention = threading.Event()
        runtime = Runtime()  # each has a clock of its own
        found = Stream(1, Lane(market), "key", _Line(data), runtime, items.append, attention)
        found.turn()
        assert not [message for message in items if isinstance(message, ThreadCrashed)], items
        assert found.proven_ms <= runtime.now_ms()


def watch(data: bytes) -> None:
    """Messages of a stream, to lines for people and for programs."""
    for market in Market:
        incoming = Incoming(LaneRecords(Lane(market)), GapClock(), FoldedAccount(), keep_raw=False)
        incoming.read()
        for record in incoming.batch(Batch(Lane(market), 1, [(TEXT, data)])).records:
            text = "".join(Lines(PLAIN).lines(record))
            assert not any(sign < " " or "\x7f" <= sign < "\xa0" for sign in text)
            assert Json(Scope(Env.PROD, None), "run").line(record).count(b"\n") == 1


def replies(data: bytes) -> None:
    """Replies of the WebSocket API."""
    try:
        envelope.result(envelope.reply(data, "x"), Market.USDM, "x")
    except BinfutError:
        return


def refusals(data: bytes) -> None:
    """Bodies of HTTP answers that are not a success."""
    for status in (302, 400, 403, 418, 429, 503):
        assert refused_by_status(Market.USDM, "x", status, {}, data, 1).message


def recordings(data: bytes) -> None:
    """A line of a recording, to the account at that moment and to its sums."""
    accounts, summary = Accounts(), Summary()
    try:
        found = recorded(data)
        accounts.take(found, data)
        summary.take(found, data)
    except Unreadable:
        return
    for lane in accounts.lanes.values():
        lane.account.state(), lane.proof()
    for account in summary.accounts.values():
        account.result()


def upgrades(data: bytes) -> None:
    """Heads of answers to an upgrade, which are held against what was asked."""
    try:
        upgrade.check(data, UPGRADE_KEY, "x")
    except (ConnectionError, NetworkError):
        return


TARGETS: Mapping[str, Target] = {
    each.__name__: each
    for each in (frames, events, stream, watch, replies, refusals, recordings, upgrades)
}
