"""Where figures may be served: here, and elsewhere only if that is meant."""

import pytest

from binfut_cli.commands.watch.metrics.address import CONSENT, Address, address
from binfut_cli.errors import ConfigError, UsageError


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:9464", "127.0.0.1", 9464),
        ("127.8.0.1:1", "127.8.0.1", 1),
        ("localhost:0", "localhost", 0),
        ("[::1]:65535", "::1", 65535),
    ],
)
def test_an_address_of_this_computer(text: str, host: str, port: int) -> None:
    assert address(text, others_may_read=False) == Address(host, port)


@pytest.mark.parametrize("text", ["0.0.0.0:9464", "[::]:9464", "192.0.2.7:9464", "desk.lan:9464"])
def test_where_others_can_read_it_is_served_if_that_is_said(text: str) -> None:
    with pytest.raises(ConfigError, match="would show the account's figures") as caught:
        address(text, others_may_read=False)
    assert caught.value.hint == f"Use 127.0.0.1:9464; or, behind a firewall, add {CONSENT}."
    assert not address(text, others_may_read=True).is_own


@pytest.mark.parametrize(
    "text",
    [
        "", "9464", ":9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:x",
        "http://127.0.0.1:9464", "127.0.0.1:9464/metrics", "me@127.0.0.1:9464", "::1:9464",
        "[::1:9464", "a..b:9464",
    ],
)  # fmt: skip
def test_what_is_no_address_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError, match="is not an address") as caught:
        address(text, others_may_read=True)
    assert "127.0.0.1:9464" in caught.value.hint
