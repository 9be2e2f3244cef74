"""`binfut account …`, the real program against a real exchange on a socket."""

import json
import os

import pytest

from binfut_cli.render.palette import Background, PaletteName, palette
from binfut_cli.sandbox import Sandbox
from tests.support.program import at, binfut, environment
from tests.support.terminal import on_a_terminal


def test_the_embedded_sandbox_needs_no_key_and_no_set_up() -> None:
    done = binfut("account", "status", "--env", "sandbox")
    assert done.status == 0
    assert done.err == ""
    assert done.out.startswith("USD-M · sandbox · one-way · ")
    assert "Totals in USDT" in done.out
    assert "hidden, --all shows them" in done.out
    assert "\x1b" not in done.out


def test_a_users_own_key_is_never_used_for_the_embedded_sandbox() -> None:
    env = environment(BINFUT_API_KEY="not a key at all", BINFUT_API_SECRET="'")
    assert binfut("account", "status", "--env", "sandbox", env=env).status == 0


@pytest.mark.parametrize("name", ["one-way", "multi-assets", "hedge", "coinm"])
def test_a_profile_picks_the_sandboxs_account(name: str) -> None:
    done = binfut("account", "status", "--env", "sandbox", "--market", "all", "-p", name, "--json")
    assert done.status == 0
    assert [json.loads(line)["profile"] for line in done.out.splitlines()] == [name, name]


def test_totals_are_labelled_by_the_mode() -> None:
    one = binfut("account", "status", "--env", "sandbox", "-p", "one-way").out
    several = binfut("account", "status", "--env", "sandbox", "-p", "multi-assets").out
    assert "Totals in USDT" in one
    assert "Totals in USD, over all assets" in several


def test_json_is_the_exchanges_result_between_our_keys(sandbox: Sandbox) -> None:
    done = binfut("account", "status", "--json", *at(sandbox), env=environment(sandbox))
    found = json.loads(done.out)
    keys = list(found)
    assert keys[:6] == ["v", "type", "market", "env", "profile", "time"]
    assert keys[-1] == "derived"
    assert found["totalWalletBalance"] == "12480.50318243"
    assert found["derived"] == {"totalsUnit": "USDT", "marginRatio": None}
    assert done.out.count("\n") == 1


def test_both_markets_come_as_one_object_each() -> None:
    done = binfut("account", "status", "--env", "sandbox", "--market", "all", "--json")
    assert [json.loads(line)["market"] for line in done.out.splitlines()] == ["usdm", "coinm"]


def test_all_shows_the_zero_rows_too() -> None:
    few = binfut("account", "status", "--env", "sandbox", "--market", "coinm").out
    many = binfut("account", "status", "--env", "sandbox", "--market", "coinm", "--all").out
    assert "hidden" not in many
    assert len(many.splitlines()) > len(few.splitlines())


def test_coinm_sizes_are_shown_in_contracts_coin_and_usd() -> None:
    done = binfut("account", "status", "--env", "sandbox", "--market", "coinm").out
    row = next(line for line in done.splitlines() if line.startswith(" BTCUSD_PERP"))
    assert "1,200" in row
    assert "1.44543483 BTC" in row
    assert "120,000.00" in row


def test_without_a_key_the_way_to_one_and_around_it_is_told() -> None:
    done = binfut("account", "status")
    assert done.status == 3
    assert done.out == ""
    assert "BINFUT_API_KEY" in done.err
    assert "--env sandbox" in done.err


def test_an_error_is_one_object_for_programs() -> None:
    done = binfut("account", "status", "--json")
    error = json.loads(done.err)["error"]
    assert done.out == ""
    assert error["kind"] == "config"
    assert error["exit"] == done.status == 3
    assert list(error) == ["kind", "message", "hint", "retryable", "exchangeCode", "exit"]


def test_a_key_is_read_from_the_working_directorys_env_file(
    sandbox: Sandbox, tmp_path: os.PathLike[str]
) -> None:
    key = sandbox.accounts[0]
    with open(os.path.join(tmp_path, ".env"), "w") as file:
        file.write(f"BINFUT_API_KEY={key.api_key}\nBINFUT_API_SECRET={key.secret}\n")
        file.write("BINFUT_ENV=sandbox\nHTTPS_PROXY=http://127.0.0.1:9\n")
    os.chmod(os.path.join(tmp_path, ".env"), 0o600)
    env = environment(PYTHONPATH=os.getcwd())
    done = binfut("account", "status", *at(sandbox), env=env, cwd=str(tmp_path))
    assert done.status == 0
    assert done.err == "binfut: .env also sets HTTPS_PROXY, which is ignored there.\n"


def test_what_is_hidden_in_an_answer_is_said(sandbox: Sandbox) -> None:
    key = sandbox.accounts[0].api_key
    told = [key, "".join(f"%{ord(sign):x}" for sign in key), "***"]
    field = {"fault": "field", "layer": "wsApi", "path": "result.alias", "value": told}
    for options, said in ((["--json"], True), (["--json", "-q"], False)):
        sandbox.fault(field)
        done = binfut("account", "status", *at(sandbox), *options, env=environment(sandbox))
        assert '"alias":["***","***","***"]' in done.out
        assert ("a secret stood in the data, 2 times; *** is shown" in done.err) is said
    done = binfut("account", "status", *at(sandbox), "--json", env=environment(sandbox))
    assert done.err == ""


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--ws-api-url", "ws://example.com"], 3, "in plaintext"),
        (["--ws-api-url", "http://127.0.0.1"], 2, "wss:// address"),
        (["--rest-url", "ftp://127.0.0.1"], 2, "https:// address"),
        (["--market", "spot"], 2, "not one of 'usdm'"),
        (["--env", "sandbox", "--profile", "nobody"], 3, "nobody"),
        (["--profile", "main"], 3, "no profile 'main'"),
        (["--market", "all", "--ws-api-url", "wss://x/ws-fapi/v1"], 2, "serves one market"),
    ],
)
def test_what_cannot_be_is_refused(
    sandbox: Sandbox, arguments: list[str], status: int, said: str
) -> None:
    done = binfut("account", "status", *arguments, env=environment(sandbox, BINFUT_ENV="prod"))
    assert done.status == status
    assert done.out == ""
    assert said in done.err
    assert "Traceback" not in done.err


def test_one_markets_refusal_leaves_the_others_answer(sandbox: Sandbox) -> None:
    sandbox.fault({"fault": "wsError", "market": "coinm", "code": -1109, "count": None})
    done = binfut(
        "account", "status", "--json", "--env", "sandbox", "--market", "all",
        "--ws-api-url", sandbox.stream["usdm"], env=environment(sandbox),
    )  # fmt: skip
    assert done.status == 4
    assert json.loads(done.out)["market"] == "usdm"
    assert json.loads(done.err)["error"]["exchangeCode"] == -1109


STATUS = ("account", "status", "--env", "sandbox")


def test_colour_follows_the_terminal_the_flag_and_the_environment() -> None:
    coloured = binfut("account", "status", "--env", "sandbox", "--color", "always").out
    assert f"{palette().gain}+" in coloured
    assert f"{palette().gain}+" in on_a_terminal(*STATUS, env=environment())
    blind = environment(BINFUT_PALETTE="colorblind", BINFUT_BACKGROUND="light")
    chosen = palette(PaletteName.COLORBLIND, Background.LIGHT)
    assert f"{chosen.gain}+" in on_a_terminal(*STATUS, env=blind)
    assert "\x1b" not in on_a_terminal(*STATUS, env=environment(NO_COLOR="1"))
    assert "\x1b" not in on_a_terminal(*STATUS, env=environment(TERM="dumb"))


def test_a_terminal_gets_columns_that_fit_and_is_told_what_did_not() -> None:
    shown = on_a_terminal(*STATUS, env=environment(COLUMNS="80", NO_COLOR="1"))
    assert max(map(len, shown.splitlines()[:-1])) <= 80
    assert "too narrow for: " in shown
    assert "73,734.6 " in shown
    assert "73,734.63508539" in on_a_terminal(*STATUS, "-o", "wide", env=environment())


def lines_of(text: str) -> dict[str, str]:
    """The settings of `account config`, by their titles."""
    pairs = (line.strip().split("  ", 1) for line in text.splitlines() if "  " in line.strip())
    return {title: shown.strip() for title, shown in pairs}


def test_what_the_account_may_do_is_not_what_its_key_may(sandbox: Sandbox) -> None:
    sandbox.act({"action": "keyPowers", "enableFutures": True, "ipRestrict": True})
    asked = ("account", "config", *at(sandbox))
    shown = lines_of(binfut(*asked, env=environment(sandbox)).out)
    assert shown["Account may withdraw"] == "yes"
    assert shown["Key permissions"] == "enableFutures, enableReading"
    assert shown["Key works from"] == "the addresses on its list"
    found = json.loads(binfut(*asked, "--json", env=environment(sandbox)).out)
    assert found["apiKeyPermissions"] == {
        "permissions": ["enableFutures", "enableReading"],
        "anyAddress": False,
    }


def test_the_keys_powers_are_unknown_where_nobody_was_asked_or_answers(sandbox: Sandbox) -> None:
    asked = ("account", "config", *at(sandbox))
    untold = binfut(*asked, "--no-key-check", env=environment(sandbox))
    sandbox.fault({"fault": "httpStatus", "layer": "rest", "status": 503, "on": "apiRestrictions"})
    for done in (untold, binfut(*asked, env=environment(sandbox))):
        shown = lines_of(done.out)
        assert (done.status, shown["Key permissions"]) == (0, "not told")
        assert "Key works from" not in shown
    sandbox.fault({"fault": "httpStatus", "layer": "rest", "status": 503, "on": "apiRestrictions"})
    found = json.loads(binfut(*asked, "--json", env=environment(sandbox)).out)
    assert found["apiKeyPermissions"] is None


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["--help"], ["--env", "sandbox"], ["--profile", "\udcff"]])
def test_no_locale_is_a_bug(arguments: list[str]) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = binfut("account", "status", *arguments, env=environment() | plain, fresh=True)
    assert done.status == (3 if "--profile" in arguments else 0)
    assert "Traceback" not in done.err
