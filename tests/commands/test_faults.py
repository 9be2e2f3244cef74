"""Everything that can go wrong between us and an exchange, each with its sentence and status."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from binfut_cli.commands.app import QUESTIONS
from binfut_cli.errors import ExitStatus
from binfut_cli.sandbox import Sandbox
from tests.support.program import Ended, at, binfut, environment


def status(sandbox: Sandbox, *more: str, **env: str) -> Ended:
    return binfut("account", "status", *at(sandbox), *more, env=environment(sandbox, **env))


def tells(done: Ended, expected: ExitStatus, *said: str) -> None:
    """One sentence and one hint on standard error, nothing on standard output, no traceback."""
    assert done.status == expected, done.err
    assert done.out == ""
    first, second = done.err.splitlines()
    assert first.startswith("binfut: ")
    assert second.startswith("  hint: ")
    for text in said:
        assert text in done.err


def test_a_wrong_key(sandbox: Sandbox) -> None:
    done = status(sandbox, BINFUT_API_KEY="k" * 64)
    tells(done, ExitStatus.AUTH, "-2015", "another environment")


def test_a_malformed_key(sandbox: Sandbox) -> None:
    tells(status(sandbox, BINFUT_API_KEY="short"), ExitStatus.AUTH, "-2014", "cut-off")


@pytest.mark.parametrize("command", QUESTIONS)
def test_a_wrong_secret(sandbox: Sandbox, command: str) -> None:
    """Though what everybody may read is answered."""
    env = environment(sandbox, BINFUT_API_SECRET="s" * 64)
    done = binfut("account", command, *at(sandbox), env=env)
    tells(done, ExitStatus.AUTH, "-1022", "does not belong to this API key")
    assert "s" * 64 not in done.err


@pytest.mark.parametrize("ahead_ms", [-3_600_000, 3_600_000])
def test_a_clock_an_hour_off(sandbox: Sandbox, ahead_ms: int) -> None:
    sandbox.shift_clock(ahead_ms)
    tells(status(sandbox), ExitStatus.EXCHANGE, "This computer's clock is", "Set the clock right")


def test_a_revoked_key(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "revoked"})
    tells(status(sandbox), ExitStatus.AUTH, "-2015")


def test_an_unreachable_host(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"ws://127.0.0.1:{closed.getsockname()[1]}"
    done = binfut("account", "status", "--ws-api-url", url, env=environment(sandbox))
    tells(done, ExitStatus.NETWORK, "cannot be reached", "connection refused")


def test_a_name_without_an_address(sandbox: Sandbox) -> None:
    done = binfut(
        "account", "status", "--ws-api-url", "wss://nowhere.invalid", env=environment(sandbox)
    )
    tells(done, ExitStatus.NETWORK, "its name has no address")


@contextmanager
def _silent() -> Iterator[str]:
    """A host that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}"


def test_a_silent_host(sandbox: Sandbox) -> None:
    with _silent() as url:
        done = binfut(
            "account", "status", "--ws-api-url", url, "--timeout", "0.5", env=environment(sandbox)
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
def test_an_answer_that_does_not_come_in_time(sandbox: Sandbox, fault: dict[str, object]) -> None:
    sandbox.fault(fault)
    tells(status(sandbox, "--timeout", "0.7"), ExitStatus.NETWORK, "gave no answer within 0.7 s")


@pytest.mark.parametrize("kind", [True, "expired", "wrongHost", "selfSigned"])
def test_a_certificate_that_cannot_be_trusted(kind: bool | str) -> None:
    with Sandbox.start(tls=kind) as sandbox:
        done = status(sandbox)
    tells(done, ExitStatus.NETWORK, "cannot be trusted", "SSL_CERT_FILE")


def test_a_certificate_of_an_authority_the_user_names() -> None:
    with Sandbox.start(tls=True) as sandbox:
        done = status(sandbox, SSL_CERT_FILE=str(sandbox.ca))
    assert (done.status, done.err) == (0, "")


def test_html_in_place_of_json(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "text", "layer": "wsApi", "text": "<html>maintenance</html>"})
    tells(status(sandbox), ExitStatus.ANSWER, "is not JSON", "proxy")


def test_a_page_in_place_of_the_upgrade(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "httpStatus", "layer": "handshake", "status": 403})
    tells(status(sandbox), ExitStatus.EXCHANGE, "firewall", "HTTP 403")


def test_a_redirect_is_not_followed(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "redirect", "layer": "handshake", "location": "ws://127.0.0.1:9/"})
    tells(status(sandbox), ExitStatus.ANSWER, "sent elsewhere", "never follows")


def test_replies_without_a_result(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "noResult", "count": None})
    tells(status(sandbox), ExitStatus.ANSWER, "has no result")


OLD = "account.status"  # asked last, after one whose name ends so


def in_part(done: Ended, without: str, *said: str) -> None:
    """The rest on standard output, and on standard error which part is lacking, and why."""
    assert done.status == ExitStatus.IN_PART, done.err
    assert "BTCUSDT" in done.out
    note, first, second = done.err.splitlines()
    assert note == f"binfut: usdm is answered in part, without {without}."
    assert first.startswith("binfut: ")
    assert second.startswith("  hint: ")
    for text in said:
        assert text in done.err


@pytest.mark.parametrize(
    "fault",
    [
        {"fault": "noResult"},
        {"fault": "wsError", "code": -5000, "msg": "It is retired."},
        {"fault": "wsError", "status": 418, "code": -1003, "msg": "Too many."},
        {"fault": "field", "layer": "wsApi", "path": "result", "value": []},
    ],
    ids=["noResult", "retired", "banned", "misshapen"],
)
@pytest.mark.parametrize("on", ["v2/account.status", "v2/account.position", "account.status"])
def test_a_refused_part_leaves_the_rest_and_is_blamed_itself(
    sandbox: Sandbox, fault: dict[str, object], on: str
) -> None:
    if on == "v2/account.position" and fault.get("value") == []:
        pytest.skip("an empty list is what it may answer")
    sandbox.fault({**fault, "on": on, "after": 1 if on == OLD else 0})
    done = status(sandbox, "--timeout", "2")
    in_part(done, on, on)


def test_a_reply_that_never_comes_leaves_the_rest(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "silent", "layer": "wsApi", "on": OLD, "after": 1})
    in_part(status(sandbox, "--timeout", "1"), "account.status", "gave no answer within 1 s")


def test_a_row_that_does_not_say_what_it_is_of_is_told(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "field", "layer": "wsApi", "on": "v2/account.status",
               "path": "result.assets.0.asset"})  # fmt: skip
    in_part(status(sandbox), "assets", "v2/account.status", "do not say what they are of")


def test_a_null_where_an_amount_must_be_names_the_field(sandbox: Sandbox) -> None:
    path = "result.assets.0.walletBalance"
    sandbox.fault({"fault": "field", "layer": "wsApi", "on": "status", "path": path, "value": None})
    done = status(sandbox)
    assert done.status == ExitStatus.DONE
    assert done.err == (
        "binfut: usdm: not as documented, and shown as sent: assets[USDT].walletBalance\n"
    )


def test_with_json_a_lacking_part_is_one_object_and_in_the_document(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "wsError", "code": -5000, "on": OLD, "after": 1})
    done = status(sandbox, "--json")
    assert done.status == ExitStatus.IN_PART
    assert json.loads(done.out)["incomplete"] == ["account.status"]
    assert json.loads(done.err)["error"]["exchangeCode"] == -5000


def test_a_condition_that_holds_weighs_more_than_a_lacking_part(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "wsError", "code": -5000, "on": OLD, "after": 1})
    assert status(sandbox, "--fail-if", "totalWalletBalance>0").status == ExitStatus.FAIL_IF


def test_a_429_says_when_to_come_back(sandbox: Sandbox) -> None:
    sandbox.fault(
        {
            "fault": "httpStatus",
            "layer": "handshake",
            "status": 429,
            "headers": {"Retry-After": "17"},
        }
    )
    tells(status(sandbox), ExitStatus.RATE_LIMITED, "HTTP 429", "Wait until 20", "UTC")


def test_a_ban_says_until_when(sandbox: Sandbox) -> None:
    text = "Way too many requests; IP(1.2.3.4) banned until 1893456000000."
    sandbox.fault({"fault": "wsError", "status": 418, "code": -1003, "msg": text, "count": None})
    tells(status(sandbox), ExitStatus.RATE_LIMITED, "banned until", "2030-01-01 00:00:00 UTC")


def test_maintenance_is_worth_another_try(sandbox: Sandbox) -> None:
    sandbox.fault(
        {"fault": "wsError", "status": 503, "code": -1016, "msg": "Shutting down.", "count": None}
    )
    done = binfut("account", "status", "--json", *at(sandbox), env=environment(sandbox))
    error = json.loads(done.err)["error"]
    assert (done.status, error["retryable"], error["exchangeCode"]) == (4, True, -1016)


def test_a_huge_message_is_refused_before_its_bytes_arrive(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "huge", "layer": "wsApi", "bytes": 9 * 2**20})
    tells(status(sandbox), ExitStatus.NETWORK, "over the limit")


def test_a_lost_connection(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "fin", "layer": "wsApi"})
    tells(status(sandbox), ExitStatus.NETWORK, "ended the connection")


def test_an_evil_symbol_cannot_steer_the_terminal(sandbox: Sandbox) -> None:
    sandbox.fault(
        {"fault": "evil", "layer": "wsApi", "on": "v2/account.status", "keys": ["symbol"],
         "text": "BTC\x1b[2J\u202eUSDT[red]"}
    )  # fmt: skip
    done = status(sandbox)
    assert done.status == 0
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out
    assert "BTC\\u{1b}[2J\\u{202e}USDT[red]" in done.out
