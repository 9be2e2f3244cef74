"""`binfut doctor`, the real program against a real exchange on a socket."""

import json
import os
from pathlib import Path

import pytest

from binfut_cli.sandbox import Sandbox
from tests.support.program import Ended, at, binfut, environment


def doctor(sandbox: Sandbox, *arguments: str, **environ: str) -> Ended:
    return binfut("doctor", *at(sandbox), *arguments, env=environment(sandbox, **environ))


def test_the_embedded_sandbox_is_all_ok(tmp_path: Path) -> None:
    done = binfut("doctor", "--env", "sandbox", "--market", "all", "--json", cwd=str(tmp_path),
                  env=environment(PYTHONPATH=os.getcwd()))  # fmt: skip
    found = json.loads(done.out)
    assert (done.status, found["verdict"], found["exit"]) == (0, "ok", 0)
    assert found["checks"][0]["name"] == "python"
    names = [(each["market"], each["name"]) for each in found["checks"]]
    assert len(names) == len(set(names)) == 27
    assert {each["verdict"] for each in found["checks"]} == {"ok"}


def test_people_read_lines_and_the_summary_is_talk(sandbox: Sandbox) -> None:
    done = doctor(sandbox, "--color", "never")
    assert done.status == 0
    assert done.out.startswith("This computer\n  ok    python        binfut ")
    assert "\nUSD-M · sandbox\n  ok    dns.rest      127.0.0.1" in done.out
    assert done.err == "All 17 checks are ok.\n"


def test_a_failure_leaves_its_status_and_a_report_holds_no_secret(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "report.txt"
    password = "hunter2hunter2"
    done = doctor(
        sandbox, "--report", str(path), BINFUT_API_SECRET="S" * 64,
        HTTPS_PROXY=f"http://joe:{password}@proxy.corp.example:3128",
    )  # fmt: skip
    assert done.status == 5
    assert path.stat().st_mode & 0o777 == 0o600
    report = path.read_text()
    assert "fail  account" in report
    assert "-1022" in report
    live = sandbox.exchange.listen_keys.live("one-way", "usdm")
    secrets = [sandbox.accounts[0].api_key, "S" * 64, password, "proxy.corp", "12480.5"]
    for secret in [*secrets, *([live.key] if live else [])]:
        assert secret not in report + done.out + done.err


def test_a_proxy_that_cannot_be_read_is_one_finding_and_nobody_is_asked() -> None:
    environ = environment(
        HTTPS_PROXY="socks5://one:1080", BINFUT_API_KEY="K" * 64, BINFUT_API_SECRET="S" * 64
    )
    done = binfut("doctor", "--env", "prod", "--json", env=environ)
    assert done.status == 3
    checks = {each["name"]: each for each in json.loads(done.out)["checks"]}
    assert checks["proxy"]["verdict"] == "fail"
    assert checks["dns.rest"]["detail"] == "skipped: it needs proxy"
    assert {checks[name]["verdict"] for name in ("tls.stream", "account", "stream")} == {"skip"}


def test_a_report_through_a_link_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    done = binfut("doctor", "--env", "sandbox", "--report", str(link))
    assert (done.status, done.out) == (3, "")
    assert "symbolic link" in done.err
    assert not (tmp_path / "elsewhere").exists()


def test_without_a_key_the_connections_are_examined_all_the_same(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    urls = [*at(sandbox)[4:], "--stream-url", sandbox.stream["usdm"]]
    env = environment(PYTHONPATH=os.getcwd(), HOME=str(tmp_path))
    done = binfut("doctor", "--json", *urls, env=env, cwd=str(tmp_path))
    checks = {each["name"]: each for each in json.loads(done.out)["checks"]}
    assert done.status == 3
    assert checks["key"]["verdict"] == "fail"
    assert checks["ws-api"]["verdict"] == "ok"
    assert checks["account"]["detail"] == "skipped: it needs key"


def test_an_env_file_that_others_can_read_is_the_first_failure(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    key = sandbox.accounts[0]
    path = tmp_path / ".env"
    path.write_text(f"BINFUT_API_KEY={key.api_key}\nBINFUT_API_SECRET={key.secret}\n")
    path.chmod(0o644)
    env = environment(PYTHONPATH=os.getcwd(), HOME=str(tmp_path))
    done = binfut("doctor", *at(sandbox), env=env, cwd=str(tmp_path))
    assert done.status == 3
    assert "fail  files" in done.out
    assert "chmod 600" in done.out


@pytest.mark.parametrize(
    ("variant", "said"),
    [(True, "unable to get local issuer"), ("expired", "expired"), ("wrongHost", "mismatch")],
)
def test_a_certificate_that_cannot_be_trusted_ends_the_examination(
    variant: bool | str, said: str
) -> None:
    with Sandbox.start(tls=variant) as sandbox:
        trusted = {} if variant is True else {"SSL_CERT_FILE": str(sandbox.ca)}
        done = doctor(sandbox, "--json", **trusted)
    checks = {each["name"]: each for each in json.loads(done.out)["checks"]}
    assert done.status == 6
    assert said in checks["tls.rest"]["detail"]
    assert {checks[name]["verdict"] for name in ("rest", "ws-api", "account", "stream")} == {"skip"}


def test_who_signed_is_told_when_it_is_trusted() -> None:
    with Sandbox.start(tls=True) as sandbox:
        done = doctor(sandbox, SSL_CERT_FILE=str(sandbox.ca))
    assert done.status == 0
    assert "signed by binfut sandbox CA, valid until 20" in done.out


@pytest.mark.parametrize("url", ["http://127.0.0.1", "ws://example.com"])
def test_an_address_that_cannot_be_is_refused_before_anything_is_looked_at(url: str) -> None:
    done = binfut("doctor", "--ws-api-url", url)
    assert done.status in (2, 3)
    assert done.out == ""


def powers(sandbox: Sandbox, home: Path, *arguments: str) -> Ended:
    """As on the real exchange, where a key's powers can be asked for."""
    urls = [*at(sandbox)[4:], "--stream-url", sandbox.stream["usdm"]]
    env = environment(sandbox, XDG_CACHE_HOME=str(home), HOME=str(home), BINFUT_ENV="prod")
    return binfut("doctor", *urls, *arguments, env=env)


def test_a_key_that_works_from_everywhere_is_a_warning(sandbox: Sandbox, tmp_path: Path) -> None:
    done = powers(sandbox, tmp_path)
    assert done.status == 0
    assert "warn  powers        This key works from any address" in done.out
    assert done.err == "18 checks: 17 ok, 1 to look at.\n"


def test_a_key_that_can_withdraw_is_not_used_unless_that_is_known(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    withdrawing = {"path": "enableWithdrawals", "value": True, "on": "apiRestrictions"}
    sandbox.fault({"fault": "field", "layer": "rest", "count": None, **withdrawing})
    done = powers(sandbox, tmp_path)
    assert done.status == 5
    assert "fail  powers" in done.out
    assert "skip  account       skipped: it needs powers" in done.out
    assert powers(sandbox, tmp_path, "--i-know-this-key-can-withdraw").status == 0


def test_powers_are_not_asked_for_against_the_users_word(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fault({"fault": "reset", "layer": "rest", "on": "apiRestrictions", "count": None})
    done = powers(sandbox, tmp_path, "--no-key-check")
    assert (done.status, "powers" in done.out) == (0, False)
