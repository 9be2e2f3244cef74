"""What a key may do: known flags, unknown flags, and what is remembered for how long."""

from pathlib import Path

import pytest

from binfut_cli.api.key_permissions import (
    FRESH_MS,
    FRESH_UNKNOWN_MS,
    UNKNOWN,
    KeyPermissions,
    fingerprint,
    key_permissions,
    recall,
    refuse_withdrawals,
    remember,
    warnings,
)
from binfut_cli.errors import AuthError

# The sample of the wallet documents, "Get API Key Permission", read 2026-10.
READER = {
    "ipRestrict": True,
    "createTime": 1698645219000,
    "enableReading": True,
    "enableWithdrawals": False,
    "enableInternalTransfer": False,
    "enableMargin": False,
    "enableFutures": False,
    "permitsUniversalTransfer": False,
    "enableVanillaOptions": False,
    "enableFixApiTrade": False,
    "enableFixReadOnly": True,
    "enableSpotAndMarginTrading": False,
    "enablePortfolioMarginTrading": False,
}
READING = ("enableFixReadOnly", "enableReading")
KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
HOST = "https://api.binance.com"


def test_a_reader_has_no_power_and_gets_no_warning() -> None:
    assert key_permissions(READER) == KeyPermissions(READING)
    assert key_permissions(READER).flags == ()
    assert warnings(key_permissions(READER)) == []
    refuse_withdrawals(key_permissions(READER))


@pytest.mark.parametrize(
    "flag",
    [
        *(name for name, value in READER.items() if value is False),
        "enableSomethingNew",
        "permitsAnythingElse",
    ],
)
def test_every_flag_that_is_not_reading_is_a_power(flag: str) -> None:
    found = key_permissions({**READER, flag: True})
    assert found.flags == (flag,)
    assert flag in warnings(found)[0]


@pytest.mark.parametrize("value", [1, "true", None, {}])
def test_a_flag_that_is_not_plainly_off_counts_as_on(value: object) -> None:
    assert key_permissions({**READER, "enableNews": value}).flags == ("enableNews",)


def test_names_of_other_forms_are_no_flags() -> None:
    strange = {"tradingAuthorityExpirationTime": 1, "enabled": True, "enable\x1b[2J": True}
    assert key_permissions({**READER, **strange}) == KeyPermissions(READING)


def test_a_key_that_can_withdraw_is_refused() -> None:
    with pytest.raises(AuthError, match="can withdraw") as caught:
        refuse_withdrawals(key_permissions({**READER, "enableWithdrawals": True}))
    assert "--i-know-this-key-can-withdraw" in caught.value.hint


@pytest.mark.parametrize("value", [False, None, "true"])
def test_a_key_for_any_address_is_told(value: object) -> None:
    assert warnings(key_permissions({**READER, "ipRestrict": value})) == [
        "This key works from any address (ipRestrict is off)."
    ]


@pytest.mark.parametrize("answer", [None, [], {}, {"code": -1}, "x"])
def test_no_answer_is_unknown_and_not_harmless(answer: object) -> None:
    assert key_permissions(answer) == UNKNOWN
    assert "could not be read" in warnings(UNKNOWN)[0]


def test_an_answer_is_remembered_for_a_day_and_none_for_ten_minutes(tmp_path: Path) -> None:
    assert recall(tmp_path, KEY, HOST, 1000) is None
    remember(tmp_path, KEY, HOST, 1000, READER)
    assert recall(tmp_path, KEY, HOST, 1000 + FRESH_MS - 1) == KeyPermissions(READING)
    assert recall(tmp_path, KEY, HOST, 1000 + FRESH_MS) is None
    assert recall(tmp_path, KEY, HOST, 999) is None  # the clock was set back
    assert recall(tmp_path, KEY[::-1], HOST, 1000) is None
    remember(tmp_path, KEY, HOST, 1000, None)
    assert recall(tmp_path, KEY, HOST, 1000 + FRESH_UNKNOWN_MS - 1) == UNKNOWN
    assert recall(tmp_path, KEY, HOST, 1000 + FRESH_UNKNOWN_MS) is None


def test_what_one_host_says_is_not_believed_of_another(tmp_path: Path) -> None:
    remember(tmp_path, KEY, "http://127.0.0.1:9", 1000, READER)
    assert recall(tmp_path, KEY, HOST, 1000) is None


def test_what_is_remembered_is_ours_and_says_nothing_of_the_key(tmp_path: Path) -> None:
    remember(tmp_path, KEY, HOST, 1000, READER)
    (path,) = (tmp_path / "keys").iterdir()
    # sha256sum of the text, its first eight digits
    assert path.name == f"{fingerprint(KEY)}-{fingerprint(HOST)}.json"
    assert path.name.startswith("5ba1ed84-")
    assert path.stat().st_mode & 0o777 == 0o600
    assert KEY[:4] not in path.read_text()
    path.chmod(0o666)
    assert recall(tmp_path, KEY, HOST, 1000) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"time":"x"}', '{"time":1e3,"answer":{}}'])
def test_a_damaged_memory_is_no_memory(tmp_path: Path, text: str) -> None:
    remember(tmp_path, KEY, HOST, 1000, READER)
    (path,) = (tmp_path / "keys").iterdir()
    path.write_text(text)
    assert recall(tmp_path, KEY, HOST, 1000) is None


def test_a_place_that_cannot_be_written_to_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file")
    remember(tmp_path, KEY, HOST, 1000, READER)
    assert recall(tmp_path, KEY, HOST, 1000) is None
