"""`binfut follow --live`: what watches write, on the screen of `binfut watch --live`."""

import threading

from binfut_cli.api.client import system_ms
from binfut_cli.commands.process.context import Context
from binfut_cli.commands.recording.findings import Complaints
from binfut_cli.commands.recording.following import Following
from binfut_cli.commands.recording.on_screen import Player
from binfut_cli.commands.recording.playing import Choice, Pace
from binfut_cli.commands.watch.live.feed import Feed
from binfut_cli.commands.watch.live.screen import Behind, on_screen
from binfut_cli.commands.watch.printers import View
from binfut_cli.recording.broker.connection import Engine
from binfut_cli.recording.broker.names import lane_of
from binfut_cli.recording.broker.reading import Start, StreamReader


def follow_on_screen(context: Context, engine: Engine, choice: Choice) -> None:
    """Show the accounts as they are, from what was last read of each; until the user leaves."""
    complaints, left = Complaints(context), threading.Event()

    def wants(stream: str) -> bool:
        lane = lane_of(stream)
        return lane is not None and choice.wants_lane(lane)

    def leave(by_signal: bool) -> None:
        left.set()
        if by_signal:
            raise KeyboardInterrupt

    with StreamReader(engine, wants, Start.SNAPSHOT) as reader:
        following = Following(context, reader, left=left)
        following.begin()
        feed = Feed(context, View(choice.shown, choice.detail))
        player = Player(feed, following, choice, Pace(), left)
        following.idle = lambda: player.put(system_ms())
        behind = Behind(
            lambda: player.play(complaints), leave, left.set, lambda goes_on: left.is_set()
        )
        on_screen(context, feed, behind)
    complaints.leave()
