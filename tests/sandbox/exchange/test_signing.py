"""The exchange's own signature checks, against vectors that the exchange published."""

import base64
import subprocess
from pathlib import Path

import pytest

from binfut_cli.sandbox.exchange.signing import HmacKey, public_key, rest_payload, ws_api_payloads

FUTURES = HmacKey("2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9")
SPOT = HmacKey("NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j")
K = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
PUBLISHED_FUTURES = (
    "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=9000&timeInForce=GTC"
    "&recvWindow=5000&timestamp=1591702613943"
)
PUBLISHED_SPOT = (
    "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1"
    "&recvWindow=5000&timestamp=1499827319559"
)
RFC8032_TEST_1 = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
"""


def test_the_futures_example() -> None:
    digest = "3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9"
    assert FUTURES.accepts(rest_payload(f"{PUBLISHED_FUTURES}&signature={digest}", ""), digest)
    assert FUTURES.accepts(PUBLISHED_FUTURES, digest.upper())
    assert not FUTURES.accepts(PUBLISHED_FUTURES + "0", digest)


def test_query_and_body_are_joined_without_a_separator() -> None:
    query, body = "symbol=BTCUSDT&side=BUY&type=LIMIT", "quantity=1&price=9000"
    assert rest_payload(query, body + "&signature=00") == query + body


def test_the_spot_rest_example() -> None:
    digest = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
    assert SPOT.accepts(PUBLISHED_SPOT, digest)


@pytest.mark.parametrize(
    ("params", "digest"),
    [
        (
            {
                "symbol": "BTCUSDT",
                "side": "SELL",
                "type": "LIMIT",
                "timeInForce": "GTC",
                "quantity": "0.01000000",
                "price": "52000.00",
                "recvWindow": 100,
                "timestamp": 1645423376532,
                "apiKey": K,
            },
            "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24",
        ),
        (
            {
                "symbol": "１２３４５６",
                "side": "BUY",
                "type": "LIMIT",
                "timeInForce": "GTC",
                "quantity": "1.00000000",
                "price": "0.10000000",
                "recvWindow": 5000,
                "timestamp": 1645423376532,
                "apiKey": K,
            },
            "b33892ae8e687c939f4468c6268ddd4c40ac1af18ad19a064864c47bae0752cd",
        ),
    ],
    ids=["ascii", "utf-8"],
)
def test_the_ws_api_examples(params: dict[str, object], digest: str) -> None:
    raw, *_ = ws_api_payloads({**params, "signature": digest})
    assert SPOT.accepts(raw, digest)


def test_booleans_are_signed_as_json_writes_them() -> None:
    assert ws_api_payloads({"b": True, "a": False}) == ("a=false&b=true",)


def test_what_is_not_ascii_may_be_signed_percent_encoded() -> None:
    raw, encoded = ws_api_payloads({"symbol": "测试USDT", "apiKey": K})
    assert (raw, encoded) == (
        f"apiKey={K}&symbol=测试USDT",
        f"apiKey={K}&symbol=%E6%B5%8B%E8%AF%95USDT",
    )


def test_ed25519() -> None:
    # RFC 8032 test 1; the signature is deterministic
    key = public_key(RFC8032_TEST_1)
    signature = (
        "Iuk0ARBS78pdypPsCduKAiz65fSSI5jeAbYJTFhDOZHVl9KkOxlpeg4FdswAfsUP3XP7Yr+LtsnGRhZCmwjsAA=="
    )
    payload = f"apiKey={K}&timestamp=1727785087742"
    assert key.accepts(payload, signature)
    assert not key.accepts(payload + "1", signature)
    assert not key.accepts(payload, "no base64!")
    assert not key.accepts(payload, base64.b64encode(b"short").decode())


def test_rsa_against_openssl(tmp_path: Path) -> None:
    private, public, text = (str(tmp_path / name) for name in ("private", "public", "text"))
    Path(text).write_text(PUBLISHED_FUTURES)
    make = ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
    subprocess.run([*make, "-out", private], check=True, capture_output=True)
    derive = ["openssl", "pkey", "-in", private, "-pubout", "-out", public]
    subprocess.run(derive, check=True, capture_output=True)
    sign = ["openssl", "dgst", "-sha256", "-sign", private, text]
    signed = subprocess.run(sign, check=True, capture_output=True).stdout
    key = public_key(Path(public).read_text())
    assert key.accepts(PUBLISHED_FUTURES, base64.b64encode(signed).decode())
    assert not key.accepts(PUBLISHED_FUTURES + "0", base64.b64encode(signed).decode())


def test_what_is_no_public_key_is_said() -> None:
    with pytest.raises(ValueError, match="not a public key"):
        public_key("-----BEGIN NONSENSE-----")


def test_a_secret_does_not_show() -> None:
    assert "Nhq" not in repr(SPOT)
