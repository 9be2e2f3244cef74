"""What a running exchange tells those who steer it."""

from contextlib import ExitStack, closing

from binfut_cli.api.allowed import Way
from binfut_cli.api.client import system_ms
from binfut_cli.api.transport.deadline import Deadline
from binfut_cli.api.transport.transport import Transport
from binfut_cli.endpoints import Market, stream_url
from binfut_cli.sandbox import Sandbox
from binfut_cli.stream.events import NAMES
from tests.support.program import account, place


def test_it_knows_how_many_listen_to_an_account(sandbox: Sandbox) -> None:
    with account(sandbox) as asked, ExitStack() as streams:
        url = stream_url(place(sandbox, Market.USDM).stream, asked.start_listen_key(), NAMES)
        before = sandbox.listening("one-way", "usdm")
        for count in (1, 2):
            opened = Transport(Market.USDM, system_ms).open_ws(
                Way.STREAM, url, Deadline(5.0, "The stream")
            )
            streams.enter_context(closing(opened))
            assert sandbox.listening("one-way", "usdm") - before == count
        assert sandbox.listening("hedge", "usdm") == 0
