"""`docs/monitoring.md` and the files beside it, held to what is served and to promtool."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from binfut_cli.commands.watch.metrics.figures import METRICS, Metric
from tests.support.program import PROJECT

DOCS = PROJECT / "docs"
PAGE = (DOCS / "monitoring.md").read_text(encoding="utf-8")
RULES = DOCS / "prometheus-rules.yml"
DASHBOARD = json.loads((DOCS / "grafana-dashboard.json").read_text(encoding="utf-8"))

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool (Debian's prometheus) is missing"
)


def served(metric: Metric) -> str:
    """The name by which it is asked for."""
    return metric.name + "_total" * metric.is_counter


NAMES = {served(each) for each in METRICS}
EXPRESSIONS = [
    (panel["title"], target["expr"]) for panel in DASHBOARD["panels"] for target in panel["targets"]
]


def further(metric: Metric) -> str:
    """The labels besides the account's, as the page has them."""
    return (", ".join(metric.labels[3:]) or "–") if metric.labels else "of the process"


def promtool(*arguments: str) -> None:
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def named(expression: str) -> set[str]:
    return set(re.findall(r"\bbinfut_\w+", expression))


def test_the_table_has_every_metric() -> None:
    rows = re.findall(r"^\| `(binfut_\w+)` \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
    assert rows == [
        (served(each), further(each),
         each.help.rstrip("."))
        for each in METRICS
    ]  # fmt: skip


def test_names_end_as_prometheus_has_it() -> None:
    assert len(NAMES) == len(METRICS)
    assert all(re.fullmatch(r"[a-z_]+", each) for each in NAMES)
    assert not [each.name for each in METRICS if each.name.endswith("_total")]


@pytest.mark.parametrize(("title", "expression"), EXPRESSIONS)
def test_the_dashboard_asks_for_what_there_is(title: str, expression: str) -> None:
    assert named(expression), title
    assert named(expression) <= NAMES
    labels = {label for each in METRICS for label in each.labels} | {"instance"}
    by = re.findall(r"(\w+)[=!]~?\"|by \((\w+)\)", expression)
    assert {one or other for one, other in by} <= labels


@needs_promtool
def test_the_dashboards_questions_can_be_read(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": expression.replace("$__rate_interval", "1m")}
        for number, (_, expression) in enumerate(EXPRESSIONS)
    ]
    path = tmp_path / "panels.yml"  # JSON is YAML
    path.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    promtool("check", "rules", str(path))


def test_its_panels_stand_beside_and_below_each_other() -> None:
    places = [each["gridPos"] for each in DASHBOARD["panels"]]
    cells = [
        (x, y)
        for at in places
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) == 23
    assert len({each["id"] for each in DASHBOARD["panels"]}) == len(places)


def test_the_rules_are_told_and_ask_for_what_there_is() -> None:
    text = RULES.read_text(encoding="utf-8")
    alerts = re.findall(r"alert: (\w+)", text)
    assert re.findall(r"^\| `(Binfut\w+)` \|", PAGE, re.MULTILINE) == alerts
    assert named(text) <= NAMES
    assert f"rule_files: [{RULES.name}]" in PAGE


HEAD = 'env="prod",profile="main",market="usdm"'
BTC = f'{HEAD},symbol="BTCUSDT",side="BOTH"'
CASES: list[tuple[str, str, str, str, bool]] = [
    # alert, series, its values each 15 s, when, whether it fires
    ("BinfutDown", 'up{job="binfut"}', "1 0x20", "90s", True),
    ("BinfutDown", 'up{job="binfut"}', "1 0 1x20", "90s", False),
    ("BinfutDown", 'up{job="other"}', "0x20", "2m", False),
    ("BinfutStuck", "binfut_observation_age_seconds", "1+15x20", "4m", True),
    ("BinfutStuck", "binfut_observation_age_seconds", "1x20", "4m", False),
    ("BinfutNotCovered", f"binfut_covered{{{HEAD}}}", "1 0x20", "3m", True),
    ("BinfutNotCovered", f"binfut_covered{{{HEAD}}}", "0x6 1x20", "3m", False),
    ("BinfutWatchedByNobody", f"binfut_lease_held{{{HEAD}}}", "1 0x20", "1m", True),
    ("BinfutWatchedByNobody", f"binfut_lease_held{{{HEAD}}}", "0x1 1x20", "1m", False),
    ("BinfutHandedOver", f"binfut_takeovers_total{{{HEAD}}}", "0+1x40", "10m", True),
    ("BinfutHandedOver", f"binfut_takeovers_total{{{HEAD}}}", "0 1x40", "10m", False),
    ("BinfutProofOld", f"binfut_proof_age_seconds{{{HEAD}}}", "0+15x40", "7m", True),
    ("BinfutProofOld", f"binfut_proof_age_seconds{{{HEAD}}}", "0+15x3 0+15x40", "5m", False),
    ("BinfutChangesMissed", f'binfut_gaps_total{{{HEAD},certainty="certain"}}', "0x9 1x40",
     "3m", True),
    ("BinfutChangesMissed", f'binfut_gaps_total{{{HEAD},certainty="certain"}}', "1x60",
     "3m", True),  # told before Prometheus asked first
    ("BinfutChangesMissed", f'binfut_gaps_total{{{HEAD},certainty="certain"}}', "1x90",
     "20m", False),
    ("BinfutChangesMissed", f'binfut_gaps_total{{{HEAD},certainty="possible"}}', "0 1x40",
     "3m", False),
    ("BinfutReconnects", f"binfut_reconnects_total{{{HEAD}}}", "0+1x40", "10m", True),
    ("BinfutReconnects", f"binfut_reconnects_total{{{HEAD}}}", "0 1x40", "10m", False),
    ("BinfutBehind", "binfut_backlog_bytes", "20000000x40", "6m", True),
    ("BinfutBehind", "binfut_backlog_bytes", "20000000x3 0x40", "6m", False),
    ("BinfutWeight", f"binfut_request_weight_used{{{HEAD}}}", "2000x20", "3m", True),
    ("BinfutWeight", f"binfut_request_weight_used{{{HEAD}}}", "1200x20", "3m", False),
    ("BinfutNearLiquidation", f"binfut_position_liquidation_distance_ratio{{{BTC}}}", "0.04x4",
     "15s", True),
    ("BinfutNearLiquidation", f"binfut_position_liquidation_distance_ratio{{{BTC}}}", "0.06x4",
     "15s", False),
    ("BinfutMarginRatio", f'binfut_asset_margin_ratio{{{HEAD},asset="USDT"}}', "0.81x4",
     "15s", True),
    ("BinfutMarginRatio", f"binfut_position_margin_ratio{{{BTC}}}", "Inf Inf Inf", "15s", True),
    ("BinfutMarginRatio", f'binfut_account_margin_ratio{{{HEAD},unit="USD"}}', "0.79x4",
     "15s", False),
    ("BinfutFiguresOld", f"binfut_figures_age_seconds{{{HEAD}}}", "61x20", "90s", True),
    ("BinfutFiguresOld", f"binfut_figures_age_seconds{{{HEAD}}}", "5x20", "90s", False),
]  # fmt: skip


def unit(series: str, values: str, alert: str, when: str, fires: bool) -> dict[str, Any]:
    """A test as promtool has it: only which alert fires is looked at, by ALERTS."""
    query = f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)'
    return {
        "interval": "15s",
        "input_series": [{"series": series, "values": values}],
        "promql_expr_test": [
            {"expr": query, "eval_time": when, "exp_samples": [{"labels": "{}", "value": +fires}]}
        ],
    }


def both(alert: str, series: str, one: str, other: str, when: str, fires: bool) -> dict[str, Any]:
    """The same of two watches, which have values of their own."""
    found = unit("", "", alert, when, fires)
    found["input_series"] = [
        {"series": f'{series}{{{HEAD},instance="{number}"}}', "values": values}
        for number, values in enumerate((one, other))
    ]
    return found


@needs_promtool
def test_of_a_share_it_is_enough_that_one_watch_has_an_account(tmp_path: Path) -> None:
    nobody = "BinfutWatchedByNobody", "binfut_lease_held"
    tests = [
        both(*nobody, "1x20", "0x20", "3m", False),
        both(*nobody, "1x4 stale", "0x5 1x20", "3m", False),
        both(*nobody, "1x4 stale", "0x20", "3m", True),
        both("BinfutHandedOver", "binfut_takeovers_total", "0+1x4 4x9", "0+1x4 4x9", "2m", True),
    ]
    said = {"rule_files": [str(RULES)], "evaluation_interval": "15s", "tests": tests}
    path = tmp_path / "shared_test.yml"
    path.write_text(json.dumps(said))
    promtool("test", "rules", str(path))


@needs_promtool
def test_each_rule_fires_when_it_should_and_not_before(tmp_path: Path) -> None:
    tests = [unit(series, values, name, at, fires) for name, series, values, at, fires in CASES]
    said = {"rule_files": [str(RULES)], "evaluation_interval": "15s", "tests": tests}
    path = tmp_path / "rules_test.yml"
    path.write_text(json.dumps(said))
    promtool("test", "rules", str(path))


def test_every_rule_has_a_case_in_which_it_fires_and_one_in_which_it_does_not() -> None:
    alerts = re.findall(r"alert: (\w+)", RULES.read_text(encoding="utf-8"))
    assert {(name, fires) for name, *_, fires in CASES} == {
        (name, fires) for name in alerts for fires in (True, False)
    }


@needs_promtool
def test_the_scrape_configuration_is_one(tmp_path: Path) -> None:
    (config,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    shutil.copy(RULES, tmp_path)
    (tmp_path / "prometheus.yml").write_text(config)
    promtool("check", "config", str(tmp_path / "prometheus.yml"))
