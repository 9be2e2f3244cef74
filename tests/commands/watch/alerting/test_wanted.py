"""What alerts are asked for: read whole before a watch begins, or refused with what to do."""

from pathlib import Path

import pytest

from binfut_cli.commands.process.context import Context
from binfut_cli.commands.watch.alerting.wanted import Said, wanted
from binfut_cli.errors import BinfutError, ConfigError, UsageError

NEAR = ("roe<0",)


@pytest.mark.parametrize(
    ("said", "kind", "why"),
    [
        (Said(("liquidationDistanc<5%",)), UsageError, "Did you mean 'liquidationDistance'"),
        (Said(("roe<",)), UsageError, "--alert 'roe<': a number or a word is expected at cha"),
        (Said(until=""), UsageError, "--until '': a field is expected at character 1"),
        (Said(command="true"), UsageError, "--exec is of --alert"),
        (Said(notify=True), UsageError, "--notify is of --alert"),
        (Said(again="5m"), UsageError, "--alert-again is of --alert"),
        (Said(NEAR, again="5x"), UsageError, "'5x' is not a duration"),
        (Said(NEAR, command="a 'b"), UsageError, "--exec cannot be read: No closing quotation"),
        (Said(NEAR, command=""), UsageError, "--exec names no program"),
        (Said(NEAR, command="no-such x"), ConfigError, "there is no program 'no-such'"),
        (Said(NEAR, command="./folder"), ConfigError, "there is no program './folder'"),
        (Said(NEAR, notify=True), ConfigError, "There is no notify-send here"),
    ],
)
def test_what_cannot_be_done_is_refused(
    said: Said, kind: type[BinfutError], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(kind) as caught:
        wanted(said, Context(quiet=True))
    assert why in caught.value.message
    assert caught.value.hint


def test_all_that_is_asked_for_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("hook", "notify-send"):
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    said = Said(("roe<0", "adl>3"), "roe<0", "15m", "hook 'a b' $HOME", notify=True)
    found = wanted(said, Context(quiet=True))
    assert found is not None
    assert [each.text for each in found.conditions] == ["roe<0", "adl>3"]  # each once
    assert (found.until, found.again_ms) == (frozenset(["roe<0"]), 900_000)
    assert found.command == (str(tmp_path / "hook"), "a b", "$HOME")  # which no shell reads
    assert found.notifier == str(tmp_path / "notify-send")


def test_without_alerts_nothing_is_wanted() -> None:
    assert wanted(Said(), Context(quiet=True)) is None
