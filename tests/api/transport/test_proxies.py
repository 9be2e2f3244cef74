"""Which proxy stands before an address, and what is told of it."""

import base64

import pytest

from binfut_cli.api.transport.proxies import proxy_for
from binfut_cli.errors import ConfigError

HOST = "fapi.binance.com"
WITH_PASSWORD = "http://joe:p%40ss@proxy.corp:3128"


def test_a_proxy_is_found_by_the_scheme_of_the_address() -> None:
    environ = {"https_proxy": "http://one:3128", "HTTP_PROXY": "two"}
    secure, plain = proxy_for(HOST, True, environ), proxy_for(HOST, False, environ)
    assert secure is not None
    assert plain is not None
    assert (secure.host, secure.port) == ("one", 3128)
    assert (plain.host, plain.port) == ("two", 80)


@pytest.mark.parametrize("secure", [True, False])
@pytest.mark.parametrize("name", ["all_proxy", "ALL_PROXY"])
def test_a_proxy_for_everything_counts_where_there_is_none_for_the_scheme(
    name: str, secure: bool
) -> None:
    own = "https_proxy" if secure else "http_proxy"
    alone, beside = (
        proxy_for(HOST, secure, {name: "http://one:3128", **more})
        for more in ({}, {own: "http://two:3128"})
    )
    assert alone is not None
    assert beside is not None
    assert (alone.host, alone.variable) == ("one", "all_proxy")
    assert (beside.host, beside.variable) == ("two", own)
    assert proxy_for(HOST, secure, {name: "http://one:3128", "no_proxy": HOST}) is None
    with pytest.raises(ConfigError, match=r"The proxy in all_proxy is a socks5:// one; only http"):
        proxy_for(HOST, secure, {name: "socks5://one:1080"})


HERE = ["localhost", "LOCALHOST", "127.0.0.1", "127.0.0.2", "127.255.0.1", "::1", "::0001"]
UNREADABLE = [
    "http://one:none", "ftp://one:1080", "http://", "http://[one:3128",
    "http://joe:pa#ss@one:3128", "http://joe:pa/ss@one:3128", "http://joe:pa?ss@one:3128",
    "http://joe:12/ss@one:3128", "http://one:3128/path", "http://one:99999",
    "http://one..two:3128", f"http://{'a' * 64}:3128",
]  # fmt: skip


@pytest.mark.parametrize("host", HERE)
@pytest.mark.parametrize("secure", [True, False])
def test_this_machine_is_never_behind_one(host: str, secure: bool) -> None:
    everywhere = dict.fromkeys(("http_proxy", "HTTP_PROXY", "https_proxy"), "http://one:3128")
    assert proxy_for(host, secure, everywhere) is None


@pytest.mark.parametrize("given", UNREADABLE)
def test_one_that_cannot_be_read_is_refused_by_its_variables_name(given: str) -> None:
    with pytest.raises(ConfigError) as caught:
        proxy_for(HOST, True, {"https_proxy": given})
    assert caught.value.message == "The proxy in https_proxy cannot be read."
    assert caught.value.__cause__ is None
    assert "pa" not in caught.value.hint.replace("password", "").replace("path", "")


@pytest.mark.parametrize("kind", ["socks4", "socks4a", "socks5", "socks5h", "https", "SOCKS5"])
@pytest.mark.parametrize("secure", [True, False])
def test_a_kind_that_cannot_be_used_is_named_and_nothing_else_of_it(
    kind: str, secure: bool
) -> None:
    name = "https_proxy" if secure else "http_proxy"
    with pytest.raises(ConfigError) as caught:
        proxy_for(HOST, secure, {name: f"{kind}://joe:pass@one:1080"})
    said = f"The proxy in {name} is a {kind.lower()}:// one; only http:// ones can be used."
    assert caught.value.message == said
    assert "http:// proxy" in caught.value.hint


@pytest.mark.parametrize("network", ["10.0.0.0/8", "10.1.2.3", "fd00::/8"])
def test_no_proxy_excepts_networks(network: str) -> None:
    host = "fd00::5" if ":" in network else "10.1.2.3"
    environ = {"https_proxy": "http://one:3128", "no_proxy": f"x, {network}"}
    assert proxy_for(host, True, environ) is None
    assert proxy_for("11.1.2.3", True, environ) is not None


@pytest.mark.parametrize(
    "listed", ["*", HOST, ".binance.com", "other.com, binance.com", ".Binance.COM"]
)
def test_no_proxy_excepts(listed: str) -> None:
    environ = {"https_proxy": "http://one:3128", "no_proxy": listed}
    assert proxy_for(HOST, True, environ) is None


def test_no_proxy_excepts_whole_labels_only() -> None:
    environ = {"https_proxy": "http://one:3128", "NO_PROXY": "binance.com"}
    assert proxy_for("fapi.notbinance.com", True, environ) is not None


def test_a_password_goes_to_the_proxy_and_nowhere_else() -> None:
    found = proxy_for(HOST, True, {"https_proxy": WITH_PASSWORD})
    assert found is not None
    assert found.authorization == "Basic " + base64.b64encode(b"joe:p@ss").decode()
    for text in (found.shown, repr(found)):
        assert not any(word in text for word in ("joe", "p@ss", "p%40ss", "proxy.corp"))
