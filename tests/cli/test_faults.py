"""Everything that can go wrong between us and an exchange, each with its sentence and status."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from binfut_cli.errors import ExitStatus
from binfut_cli.sandbox import Sandbox
from tests.support import Ended, at, binfut, environment


def status(box: Sandbox, *more: str, **env: str) -> Ended:
    return binfut("account", "status", *at(box), *more, env=environment(box, **env))


def tells(done: Ended, expected: ExitStatus, *said: str) -> None:
    """One sentence and one hint on standard error, nothing on standard output, no traceback."""
    assert done.status == expected, done.err
    assert done.out == ""
    first, second = done.err.splitlines()
    assert first.startswith("binfut: ")
    assert second.startswith("  hint: ")
    for text in said:
        assert text in done.err


def test_a_wrong_key(box: Sandbox) -> None:
    done = status(box, BINFUT_API_KEY="k" * 64)
    tells(done, ExitStatus.AUTH, "-2015", "another environment")


def test_a_malformed_key(box: Sandbox) -> None:
    tells(status(box, BINFUT_API_KEY="short"), ExitStatus.AUTH, "-2014", "cut-off")


def test_a_wrong_secret(box: Sandbox) -> None:
    done = status(box, BINFUT_API_SECRET="s" * 64)
    tells(done, ExitStatus.AUTH, "-1022", "does not belong to this API key")
    assert "s" * 64 not in done.err


@pytest.mark.parametrize("ahead_ms", [-3_600_000, 3_600_000])
def test_a_clock_an_hour_off(box: Sandbox, ahead_ms: int) -> None:
    box.shift_clock(ahead_ms)
    tells(status(box), ExitStatus.EXCHANGE, "This computer's clock is", "Set the clock right")


def test_a_revoked_key(box: Sandbox) -> None:
    box.fault({"fault": "revoked"})
    tells(status(box), ExitStatus.AUTH, "-2015")


def test_an_unreachable_host(box: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"ws://127.0.0.1:{closed.getsockname()[1]}"
    done = binfut("account", "status", "--ws-api-url", url, env=environment(box))
    tells(done, ExitStatus.NETWORK, "cannot be reached", "connection refused")


def test_a_name_without_an_address(box: Sandbox) -> None:
    done = binfut(
        "account", "status", "--ws-api-url", "wss://nowhere.invalid", env=environment(box)
    )
    tells(done, ExitStatus.NETWORK, "its name has no address")


@contextmanager
def _silent() -> Iterator[str]:
    """A host that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}"


def test_a_silent_host(box: Sandbox) -> None:
    with _silent() as url:
        done = binfut(
            "account", "status", "--ws-api-url", url, "--timeout", "0.5", env=environment(box)
        )
    tells(done, ExitStatus.NETWORK, "gave no answer within 0.5 s", "--timeout")


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "silent", "layer": "handshake"},
        {"fault": "trickle", "layer": "handshake", "pause": "0.2"},
        {"fault": "silent", "layer": "wsApi", "count": None},
        {"fault": "stall", "layer": "wsApi", "bytes": 5},
        {"fault": "trickle", "layer": "wsApi", "pause": "0.2"},
        {"fault": "halfOpen", "layer": "wsApi"},
    ],
    ids=lambda fault: f"{fault['fault']}-{fault['layer']}",
)
def test_an_answer_that_does_not_come_in_time(box: Sandbox, fault: dict[str, object]) -> None:
    box.fault(fault)
    tells(status(box, "--timeout", "0.7"), ExitStatus.NETWORK, "gave no answer within 0.7 s")


@pytest.mark.parametrize("kind", [True, "expired", "wrongHost", "selfSigned"])
def test_a_certificate_that_cannot_be_trusted(kind: bool | str) -> None:
    with Sandbox.start(tls=kind) as box:
        done = status(box)
    tells(done, ExitStatus.NETWORK, "cannot be trusted", "SSL_CERT_FILE")


def test_a_certificate_of_an_authority_the_user_names() -> None:
    with Sandbox.start(tls=True) as box:
        done = status(box, SSL_CERT_FILE=str(box.ca))
    assert (done.status, done.err) == (0, "")


def test_html_in_place_of_json(box: Sandbox) -> None:
    box.fault({"fault": "text", "layer": "wsApi", "text": "<html>maintenance</html>"})
    tells(status(box), ExitStatus.ANSWER, "is not JSON", "proxy")


def test_a_page_in_place_of_the_upgrade(box: Sandbox) -> None:
    box.fault({"fault": "httpStatus", "layer": "handshake", "status": 403})
    tells(status(box), ExitStatus.EXCHANGE, "firewall", "HTTP 403")


def test_a_redirect_is_not_followed(box: Sandbox) -> None:
    box.fault({"fault": "redirect", "layer": "handshake", "location": "ws://127.0.0.1:9/"})
    tells(status(box), ExitStatus.ANSWER, "sent elsewhere", "never follows")


def test_a_reply_without_a_result(box: Sandbox) -> None:
    box.fault({"fault": "noResult"})
    tells(status(box), ExitStatus.ANSWER, "has no result")


def test_a_reply_without_a_field_names_it(box: Sandbox) -> None:
    box.fault({"fault": "field", "layer": "wsApi", "on": "status", "path": "result.assets.0.asset"})
    tells(status(box), ExitStatus.ANSWER, "`asset`", "assets")


def test_a_null_where_an_amount_must_be_names_the_field(box: Sandbox) -> None:
    path = "result.assets.0.walletBalance"
    box.fault({"fault": "field", "layer": "wsApi", "on": "status", "path": path, "value": None})
    tells(status(box), ExitStatus.ANSWER, "$.assets[0].walletBalance")


def test_a_429_says_when_to_come_back(box: Sandbox) -> None:
    box.fault(
        {
            "fault": "httpStatus",
            "layer": "handshake",
            "status": 429,
            "headers": {"Retry-After": "17"},
        }
    )
    tells(status(box), ExitStatus.RATE_LIMITED, "HTTP 429", "Wait until 20", "UTC")


def test_a_ban_says_until_when(box: Sandbox) -> None:
    text = "Way too many requests; IP(1.2.3.4) banned until 1893456000000."
    box.fault({"fault": "wsError", "status": 418, "code": -1003, "msg": text})
    tells(status(box), ExitStatus.RATE_LIMITED, "banned until", "2030-01-01 00:00:00 UTC")


def test_maintenance_is_worth_another_try(box: Sandbox) -> None:
    box.fault({"fault": "wsError", "status": 503, "code": -1016, "msg": "Shutting down."})
    done = binfut("account", "status", "--json", *at(box), env=environment(box))
    error = json.loads(done.err)["error"]
    assert (done.status, error["retryable"], error["exchangeCode"]) == (4, True, -1016)


def test_a_huge_message_is_refused_before_its_bytes_arrive(box: Sandbox) -> None:
    box.fault({"fault": "huge", "layer": "wsApi", "bytes": 9 * 2**20})
    tells(status(box), ExitStatus.NETWORK, "over the limit")


def test_a_lost_connection(box: Sandbox) -> None:
    box.fault({"fault": "fin", "layer": "wsApi"})
    tells(status(box), ExitStatus.NETWORK, "ended the connection")


def test_an_evil_symbol_cannot_steer_the_terminal(box: Sandbox) -> None:
    box.fault(
        {"fault": "evil", "layer": "wsApi", "on": "v2/account.status", "keys": ["symbol"],
         "text": "BTC\x1b[2J\u202eUSDT[red]"}
    )  # fmt: skip
    done = status(box)
    assert done.status == 0
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out
    assert "BTC\\u{1b}[2J\\u{202e}USDT[red]" in done.out
