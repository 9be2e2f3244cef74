import json

from binfut_cli.endpoints import Market
from binfut_cli.recording.accounts import Accounts
from binfut_cli.recording.recorded import recorded
from binfut_cli.render.watch.live.frames.of_recording import Replayed
from tests.support.recordings import simulated


def test_figures_are_those_of_the_recording_and_grow_old() -> None:
    known, replayed, lines = Accounts(), Replayed(), simulated(Market.USDM)
    read = next(n for n, line in enumerate(lines) if b'"type":"snapshot"' in line)
    for line in lines[: read + 1]:
        known.take(recorded(line), line)
    time_ms = json.loads(lines[read])["time"]
    (now,) = replayed.accounts(known.lanes.values(), time_ms)
    (later,) = replayed.accounts(known.lanes.values(), time_ms + 60_000)
    assert (now.age, now.ages) == ("", {})
    assert later.age == "60 s old"
    assert now.answer is not None
    assert later.answer is not None
    assert now.answer.rows("positions") is later.answer.rows("positions")  # made once
    for line in lines[read + 1 :]:
        known.take(recorded(line), line)
    (ended,) = replayed.accounts(known.lanes.values(), time_ms)
    assert ended.standing in ("LIVE", "QUIET", "ENDED")
    assert ended.answer != now.answer
