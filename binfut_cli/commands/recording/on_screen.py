"""`binfut replay --live`: a recording on the screen of `binfut watch --live`.

The figures are the recording's: those of its snapshots, and what its events told since.
"""

import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from binfut_cli.codec import Unreadable
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.recording.findings import Complaints
from binfut_cli.commands.recording.playing import Choice, Pace, opened
from binfut_cli.commands.watch.live.feed import SPACE_S, Feed
from binfut_cli.commands.watch.live.screen import Behind, export, ink, on_screen
from binfut_cli.commands.watch.printers import View
from binfut_cli.recording.accounts import ODD, Accounts, lane_of
from binfut_cli.recording.reader import Findings, Line
from binfut_cli.recording.recorded import record
from binfut_cli.render.palette import background, palette
from binfut_cli.render.watch.live.app import drawn
from binfut_cli.render.watch.live.frames.of_recording import Replayed

SIZE = 120, 36
"""Columns and lines of a picture."""


def play_on_screen(context: Context, files: Sequence[str], choice: Choice, pace: Pace) -> None:
    """Show a recording on a screen, and stay at its end until the user has had enough."""
    recording, complaints, left = opened(files, choice), Complaints(context), threading.Event()
    feed = Feed(context, View(choice.shown, choice.detail))
    player = Player(feed, recording, choice, pace, left)

    def leave(by_signal: bool) -> None:
        left.set()
        if by_signal:
            raise KeyboardInterrupt

    behind = Behind(lambda: player.play(complaints), leave, left.set, lambda goes_on: left.is_set())
    on_screen(context, feed, behind)
    complaints.leave()


def draw(context: Context, files: Sequence[str], choice: Choice, path: Path) -> None:
    """Write a picture of the screen at the end of a recording, or of what is chosen of it."""
    recording, complaints = opened(files, choice), Complaints(context)
    colours = palette(context.look.palette, background(os.environ))
    feed = Feed(context, View(choice.shown, choice.detail), colours)
    Player(feed, recording, choice, Pace(), threading.Event()).play(complaints)
    export(context, path, drawn(feed.look(), ink(context, colours), SIZE))
    complaints.leave()


class Source(Protocol):
    """Records one after the other, and what is wrong with them."""

    findings: Findings

    def __iter__(self) -> Iterator[Line]: ...


class Player:
    """Folds a recording as its time goes by, and feeds a screen with what it comes to."""

    def __init__(
        self, feed: Feed, recording: Source, choice: Choice, pace: Pace, left: threading.Event
    ) -> None:
        self._feed, self._recording, self._choice = feed, recording, choice
        self._pace, self._left = pace, left
        self._accounts, self._replayed = Accounts(), Replayed()
        self._due_s = 0.0

    def play(self, complaints: Complaints) -> int:
        """Play it to its end, or until that is enough."""
        now_ms = 0
        for line in self._recording:
            if self._choice.is_over(line) or not self._wait(line.record.time):
                break
            now_ms = max(now_ms, line.record.time)
            try:
                self._take(line)
            except Unreadable as exc:
                self._recording.findings.add(line.file, line.number, str(exc))
            self.put(now_ms, at_once=False)
            complaints.tell(self._recording.findings)
        self._feed.finish()
        self.put(now_ms)
        complaints.tell(self._recording.findings)
        return 0

    def put(self, now_ms: int, *, at_once: bool = True) -> None:
        """Show the accounts as they are at that moment of the recording, if it is time."""
        self._feed.show(())
        if at_once or time.monotonic() >= self._due_s:
            self._due_s = time.monotonic() + SPACE_S
            lanes = [
                found
                for lane, found in self._accounts.every.items()
                if self._choice.wants_lane(lane)
            ]
            self._feed.put(now_ms, self._replayed.accounts(lanes, now_ms))

    def _take(self, line: Line) -> None:
        """Fold a record in; tell of it if it is one of those that are to be shown."""
        if self._choice.to_ms is not None and line.record.time > self._choice.to_ms:
            return
        self._accounts.take(line.record, line.data)
        lane = lane_of(line.record)
        if self._choice.wants(line) and (lane is None or self._choice.wants_lane(lane)):
            try:
                self._feed.show([record(line.record, line.data)])
            except ODD as exc:
                raise Unreadable(f"its {line.record.type} lacks something") from exc

    def _wait(self, time_ms: int) -> bool:
        """Wait until a record of that time is due; False if the user has had enough."""
        if self._choice.from_ms is not None and time_ms < self._choice.from_ms:
            return not self._left.is_set()
        while (left_s := self._pace.left_s(time_ms)) > 0 and not self._left.is_set():
            self._left.wait(min(left_s, SPACE_S))
            self.put(time_ms - round(self._pace.left_s(time_ms) * 1000 * (self._pace.speed or 1)))
        return not self._left.is_set()
