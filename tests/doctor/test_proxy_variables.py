"""What is told of the variables that name a proxy."""

import pytest

from binfut_cli.doctor.findings import Verdict
from binfut_cli.doctor.proxy_variables import judged
from binfut_cli.errors import ConfigError

WITH_PASSWORD = "http://joe:p%40ss@proxy.corp:3128"


@pytest.mark.parametrize(
    ("environ", "verdict", "said"),
    [
        ({}, Verdict.OK, "none"),
        ({"https_proxy": "http://one:3128"}, Verdict.OK, "the proxy one:3128"),
        ({"HTTPS_PROXY": "one:3128"}, Verdict.OK, "the proxy one:3128"),
        ({"all_proxy": "http://one:3128"}, Verdict.OK, "the proxy one:3128, from all_proxy"),
        (
            {"ALL_PROXY": "http://one:1", "https_proxy": "http://two:2"},
            Verdict.OK,
            "the proxy two:2, from https_proxy",
        ),
        ({"https_proxy": WITH_PASSWORD}, Verdict.OK, "the proxy of https_proxy"),
    ],
)
def test_the_variables_are_judged(environ: dict[str, str], verdict: Verdict, said: str) -> None:
    found = judged(environ)
    assert found.verdict is verdict
    assert said in found.detail


@pytest.mark.parametrize("given", ["ftp://one:1080", "http://one:none"])
def test_one_that_cannot_be_read_fails_with_a_status(given: str) -> None:
    with pytest.raises(ConfigError, match="The proxy in https_proxy cannot be read"):
        judged({"https_proxy": given})
