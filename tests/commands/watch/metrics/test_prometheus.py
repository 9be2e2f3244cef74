"""A real Prometheus, with the page's configuration, asks a real watch."""

import json
import re
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from binfut_cli.sandbox import Sandbox
from tests.support.program import Watching, at, environment
from tests.support.redis_server import free_port
from tests.test_monitoring_page import PAGE, RULES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("prometheus") is None, reason="prometheus is missing"),
]


def value(port: int, query: str) -> float:
    """What Prometheus answers to a question, once it has an answer."""
    end_s = time.monotonic() + 30
    while time.monotonic() < end_s:
        words = urllib.parse.urlencode({"query": query})
        with (
            suppress(OSError),
            urllib.request.urlopen(
                f"http://127.0.0.1:{port}/api/v1/query?{words}", timeout=5
            ) as answer,
        ):
            if found := json.load(answer)["data"]["result"]:
                return float(found[0]["value"][1])
        time.sleep(0.1)
    raise AssertionError(f"no answer to {query}")


def test_it_has_the_account_and_its_rules_fire(sandbox: Sandbox, tmp_path: Path) -> None:
    line = ["--json", *at(sandbox), "--stream-url", sandbox.stream["usdm"]]
    with Watching(*line, "--metrics", "127.0.0.1:0", env=environment(sandbox)) as watching:
        assert watching.process.stderr is not None
        told = watching.process.stderr.readline().decode()
        target = told.rpartition("//")[2].partition("/")[0]
        (config,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
        config = config.replace("127.0.0.1:9464", target).replace("15s", "1s")
        shutil.copy(RULES, tmp_path)
        (tmp_path / "prometheus.yml").write_text(f"global: {{evaluation_interval: 1s}}\n{config}")
        port = free_port()
        prometheus = subprocess.Popen(
            ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data",
             f"--web.listen-address=127.0.0.1:{port}"],
            cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert value(port, 'binfut_position_size{symbol="BTCUSDT"}') == 1.5
            assert value(port, 'binfut_verdict{verdict="LIVE"}') == 1
            sandbox.act({"action": "mark", "symbol": "BTCUSDT", "price": "76000"})
            near = 'ALERTS{alertname="BinfutNearLiquidation",symbol="BTCUSDT"}'
            assert value(port, near) == 1
        finally:
            prometheus.terminate()
            prometheus.wait(10)
