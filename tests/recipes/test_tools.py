"""`docs/recipes/`, each page run with the real tool, and what it adds up held to the last digit."""

import csv
import importlib.util
import io
import json
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.program import PROJECT, binfut
from tests.support.recipes import PAGES, fees, fences, kept, ran, scripts, surroundings, told

pytestmark = pytest.mark.slow
ODD = ["-0.00000001", "-12.5", "3", "0.00000000", "57000000.99999999", "90071992.54740991"]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of both markets, with fees in several assets."""
    folder = tmp_path_factory.mktemp("day")
    ran("binfut watch --market all --record day.ndjson --duration 2s -q > /dev/null", folder)
    found = folder / "day.ndjson"
    assert len(fees(found.read_bytes().splitlines())) > 1
    return found


@pytest.fixture
def folder(day: Path, tmp_path: Path) -> Path:
    shutil.copy(day, tmp_path)
    return tmp_path


def need(*programs: str) -> None:
    for program in programs:
        if shutil.which(program, path="/usr/sbin:/usr/bin") is None and not shutil.which(program):
            pytest.skip(f"{program} is missing")


def need_module(name: str) -> None:
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is missing")


def gnu_parallel() -> None:
    need("parallel", "jq")
    done = subprocess.run(["parallel", "--version"], capture_output=True, text=True, check=False)
    if "GNU" not in done.stdout:
        pytest.skip("GNU parallel is missing: this one is another's")


def odd_fees(path: Path) -> None:
    """Amounts that floats, octal numbers and short columns would spoil."""
    with path.open("a") as file:
        for number, fee in enumerate(ODD):
            order = {"executionType": "TRADE", "commissionAsset": f"ODD{number}", "commission": fee}
            file.write(json.dumps({"event": "ORDER_TRADE_UPDATE", "order": order}) + "\n")
        for fee in ["0.10000000"] * 10 + ["700.00000003"]:
            order = {"executionType": "TRADE", "commissionAsset": "TEN", "commission": fee}
            file.write(json.dumps({"event": "ORDER_TRADE_UPDATE", "order": order}) + "\n")


@pytest.mark.parametrize(
    ("page", "needs"),
    [
        ("jq", lambda: need("jq")),
        ("duckdb", lambda: need_module("duckdb")),
        ("polars", lambda: need_module("polars")),
        ("pandas", lambda: need_module("pandas")),
        ("miller", lambda: need("mlr")),
        ("sqlite-utils", lambda: need("sqlite-utils")),
    ],
)
def test_fees_are_added_up_to_the_last_digit(
    page: str, needs: Callable[[], None], folder: Path
) -> None:
    needs()
    odd_fees(folder / "day.ndjson")
    kept(page, folder, {})
    script = scripts(page)[-1]
    expected = fees((folder / "day.ndjson").read_bytes().splitlines())
    assert len(expected) >= len(ODD) + 3
    assert told(ran(script, folder)) == expected


def test_the_jq_of_another_version_adds_up_alike(folder: Path) -> None:
    """The module `jq` has one of its own; seen with those of 1.6, 1.7 and 1.8."""
    jq = pytest.importorskip("jq")
    odd_fees(folder / "day.ndjson")
    (text,) = (text for kind, text in fences("jq") if kind == "jq")
    lines = (folder / "day.ndjson").read_bytes().splitlines()
    printed = jq.compile(text).input([json.loads(line) for line in lines]).all()
    assert told("\n".join(printed)) == fees(lines)


def test_jq_follows_a_watch(tmp_path: Path) -> None:
    need("jq")
    ran(scripts("jq")[0], tmp_path)
    lines = (tmp_path / "events.txt").read_text().splitlines()
    assert len(lines) == 20
    assert all(re.fullmatch(r"\d{13} [A-Za-z_]+", line) for line in lines)


def test_a_spreadsheet_keeps_amounts_and_ids(tmp_path: Path) -> None:
    need("soffice")
    profile = f"soffice -env:UserInstallation=file://{tmp_path}/office"
    (script,) = scripts("spreadsheets")
    ran(script.replace("soffice", profile), tmp_path)
    back = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false"
    ran(
        f"{profile} --headless --convert-to {shlex.quote(back)} --outdir back income.xlsx", tmp_path
    )
    before, after = (rows(tmp_path / name) for name in ("income.csv", "back/income.csv"))
    assert len(before) > 100
    assert sums(after) == sums(before)
    for one, other in zip(before, after, strict=True):
        assert Decimal(one.pop("income")) == Decimal(other.pop("income"))
        assert one == other


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def sums(of: list[dict[str, str]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for row in of:
        found[row["asset"]] = found.get(row["asset"], Decimal(0)) + Decimal(row["income"])
    return found


def test_rsyslog_writes_a_recording(tmp_path: Path) -> None:
    need("rsyslogd", "logger")
    kept("syslog", tmp_path, {"/var/log/": f"{tmp_path}/"})
    with rsyslog(tmp_path) as socket:
        (script,) = scripts("syslog")
        ran(script, tmp_path, {"/run/systemd/journal/dev-log": str(socket)})
        large = b'{"a":"%s"}\n' % (b"x" * 100_000)
        (tmp_path / "large.ndjson").write_bytes(large)
        sink = script.partition("|")[2]
        ran(f"cat large.ndjson | {sink}", tmp_path, {"/run/systemd/journal/dev-log": str(socket)})
        expected = (tmp_path / "day.ndjson").read_bytes() + large
        written = tmp_path / "binfut.ndjson"
        end_s = time.monotonic() + 10
        while time.monotonic() < end_s and written.read_bytes() != expected:
            time.sleep(0.05)
    assert written.read_bytes() == expected
    assert written.stat().st_mode & 0o777 == 0o600


@contextmanager
def rsyslog(folder: Path) -> Iterator[Path]:
    """A daemon of the test's own, with the page's configuration, on a socket of its own."""
    socket = folder / "log.sock"
    (folder / "rsyslog.conf").write_text(
        f'global(workDirectory="{folder}")\n'
        'module(load="imuxsock" SysSock.Use="off")\n'
        f'include(file="{folder}/binfut.conf")\n'
        f'input(type="imuxsock" Socket="{socket}" RateLimit.Interval="0")\n'
    )
    daemon = shutil.which("rsyslogd") or "/usr/sbin/rsyslogd"
    process = subprocess.Popen(
        [daemon, "-n", "-f", str(folder / "rsyslog.conf"), "-i", str(folder / "pid")]
    )
    try:
        end_s = time.monotonic() + 10
        while not socket.exists() and time.monotonic() < end_s:
            time.sleep(0.01)
        yield socket
    finally:
        process.terminate()
        process.wait(10)


JOURNALD = "/lib/systemd/systemd-journald"
# A journal of the test's own, where /run is its own as well: it must be root for that.
JOURNAL = """\
mount -t tmpfs none /run
mkdir -p /run/log/journal /run/systemd/journald.conf.d
cp binfut-journald.conf /run/systemd/journald.conf.d/
{journald} &
until test -S /run/systemd/journal/stdout; do sleep 0.01; done
{write}
systemd-cat -t binfut < large.ndjson
{read}
kill %1
"""


def test_the_journal_gives_back_every_byte(tmp_path: Path) -> None:
    need("systemd-cat", "journalctl", "unshare", JOURNALD)
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("only root may run a journal of its own")
    kept("journald", tmp_path, {})
    large = b'{"a":"%s"}\n' % (b"x" * 100_000)
    (tmp_path / "large.ndjson").write_bytes(large)
    write, read = scripts("journald")
    script = JOURNAL.format(journald=JOURNALD, write=write, read=read)
    ran(f"unshare -m bash -eo pipefail -c {shlex.quote(script)}", tmp_path)
    back = (tmp_path / "back.ndjson").read_bytes()
    assert back == (tmp_path / "day.ndjson").read_bytes() + large


def test_the_textfile_is_one_that_prometheus_takes(tmp_path: Path) -> None:
    need("jq")
    kept("prometheus-textfile", tmp_path, {})
    printed = ran(scripts("prometheus-textfile")[0], tmp_path)
    answers = [json.loads(line) for line in (tmp_path / "positions.json").read_text().splitlines()]
    distances = [
        each["derived"]["liquidationDistance"] for one in answers for each in one["positions"]
    ]
    figures = [line.split()[-1] for line in printed.splitlines() if not line.startswith("#")]
    assert figures == [each for each in distances if each]
    if shutil.which("promtool"):
        done = subprocess.run(
            ["promtool", "check", "metrics"], input=printed, text=True, capture_output=True,
            check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    need("systemd-analyze")
    surroundings(tmp_path)
    kept("systemd", tmp_path, {"/usr/bin/binfut": str(tmp_path / "binfut")})
    (script,) = scripts("systemd")
    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    unit = (tmp_path / "binfut-watch.service").read_text()
    (line,) = re.findall(r"ExecStart=\S+ (.*)", unit)
    arguments = line.replace("%S/binfut/", f"{tmp_path}/").replace(":9464", ":0")
    ended = binfut(*shlex.split(arguments), "--env", "sandbox", "--duration", "1s")
    assert ended.status == 0, ended.err


def test_cron_runs_the_lines_as_it_does(tmp_path: Path) -> None:
    """By its own rules: `\\%` is a per cent sign, a bare one the end, and nobody's PATH."""
    surroundings(tmp_path)
    (table,) = (text for kind, text in fences("cron") if kind == "crontab")
    lines = [line for line in table.splitlines() if not re.match(r"#|[A-Z]+=", line)]
    commands = [line.split(None, 5)[5] for line in lines]
    assert len(commands) == 2
    environ = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "BINFUT_ENV": "sandbox",
               "PYTHONPATH": str(PROJECT)}  # fmt: skip
    for command, status, said in zip(commands, (10, 0), ("holds for", ""), strict=True):
        assert not re.search(r"(?<!\\)%", command)
        typed = command.replace("\\%", "%").replace("/usr/bin/binfut", str(tmp_path / "binfut"))
        done = subprocess.run(
            ["/bin/sh", "-c", typed], env=environ, cwd=tmp_path, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout, said in done.stderr) == (status, "", True)
    (written,) = tmp_path.glob("income-20??-??-??.csv")
    assert written.read_text().startswith("market,symbol,incomeType")


def test_parallel_keeps_lines_and_order(tmp_path: Path) -> None:
    gnu_parallel()
    printed = ran(scripts("parallel")[0], tmp_path)
    rows = [line.split("\t") for line in printed.splitlines()]
    assert list(dict.fromkeys(row[0] for row in rows)) == ["one-way", "hedge", "multi-assets"]
    for profile in ("one-way", "hedge", "multi-assets"):
        answer = json.loads(binfut("balances", "-p", profile, "--json", "--env", "sandbox").out)
        expected = {each["asset"]: Decimal(each["balance"]) for each in answer["balances"]}
        assert {row[1]: Decimal(row[2]) for row in rows if row[0] == profile} == expected


def test_every_page_is_run_and_listed() -> None:
    pages = {path.stem for path in PAGES.glob("*.md")}
    here = Path(__file__).read_text() + Path(__file__).with_name("test_brokers.py").read_text()
    assert [page for page in pages if f'"{page}"' not in here] == []
    index = (PAGES.parent / "recipes.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\(recipes/([\w-]+)\.md\)", index)) == pages
