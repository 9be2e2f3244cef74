"""Which proxy stands before an address, and what is told of it."""

import base64

import pytest

from binfut_cli.doctor.findings import Verdict
from binfut_cli.doctor.proxies import judged, proxy_for

HOST = "fapi.binance.com"
WITH_PASSWORD = "http://joe:p%40ss@proxy.corp:3128"


def test_a_proxy_is_found_by_the_scheme_of_the_address() -> None:
    environ = {"https_proxy": "http://one:3128", "HTTP_PROXY": "two"}
    secure, plain = proxy_for(HOST, True, environ), proxy_for(HOST, False, environ)
    assert secure is not None
    assert plain is not None
    assert (secure.host, secure.port) == ("one", 3128)
    assert (plain.host, plain.port) == ("two", 80)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_this_machine_is_never_behind_one(host: str) -> None:
    assert proxy_for(host, True, {"https_proxy": "http://one:3128"}) is None


@pytest.mark.parametrize("listed", ["*", HOST, ".binance.com", "other.com, binance.com"])
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
    for text in (found.shown, repr(found), judged({"https_proxy": WITH_PASSWORD}).detail):
        assert not any(word in text for word in ("joe", "p@ss", "p%40ss", "proxy.corp"))


@pytest.mark.parametrize(
    ("environ", "verdict", "said"),
    [
        ({}, Verdict.OK, "none"),
        ({"https_proxy": "http://one:3128"}, Verdict.OK, "the proxy one:3128"),
        ({"HTTPS_PROXY": "one:3128"}, Verdict.OK, "the proxy one:3128"),
        ({"https_proxy": "socks5://one:1080"}, Verdict.WARN, "socks5://"),
        ({"all_proxy": "http://one:3128"}, Verdict.WARN, "all_proxy"),
        ({"https_proxy": "http://one:none"}, Verdict.OK, "the proxy one:80"),
    ],
)
def test_the_variables_are_judged(environ: dict[str, str], verdict: Verdict, said: str) -> None:
    found = judged(environ)
    assert found.verdict is verdict
    assert said in found.detail
