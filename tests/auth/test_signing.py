"""Signatures against published vectors, RFC 8032's key and the openssl program."""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from binfut_cli.auth.signing import (
    Param,
    UnreadableKey,
    hmac_signer,
    private_key_signer,
    rest_query,
    sign_rest,
    sign_ws,
    ws_payload,
)

# https://developers.binance.com/docs/derivatives/usds-margined-futures/general-info
FUTURES_SECRET = "2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9"
# https://github.com/binance/binance-spot-api-docs (web-socket-api.md, rest-api.md)
API_KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
# RFC 8032, section 7.1, test 1, as PKCS#8.
ED25519_PEM = b"""-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
"""
FULL_WIDTH = "１２３４５６"

FUTURES_ORDER: dict[str, Param] = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "quantity": 1,
    "price": "9000",
    "timeInForce": "GTC",
    "recvWindow": 5000,
    "timestamp": 1591702613943,
}
SPOT_ORDER: dict[str, Param] = {
    "symbol": "LTCBTC",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "1",
    "price": "0.1",
    "recvWindow": 5000,
    "timestamp": 1499827319559,
}
WS_ORDER: dict[str, Param] = {
    "symbol": "BTCUSDT",
    "side": "SELL",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.01000000",
    "price": "52000.00",
    "recvWindow": 100,
    "apiKey": API_KEY,
    "timestamp": 1645423376532,
}
WS_WIDE_ORDER: dict[str, Param] = {
    **WS_ORDER,
    "symbol": FULL_WIDTH,
    "side": "BUY",
    "quantity": "1.00000000",
    "price": "0.10000000",
    "recvWindow": 5000,
}
NOW: dict[str, Param] = {"timestamp": 1727785087742}
WINDOW: dict[str, Param] = {"recvWindow": 5000, **NOW}

openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl program here")


@pytest.mark.parametrize(
    ("params", "signature"),
    [
        (WS_ORDER, "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24"),
        (WS_WIDE_ORDER, "b33892ae8e687c939f4468c6268ddd4c40ac1af18ad19a064864c47bae0752cd"),
        (
            {**WINDOW, "apiKey": API_KEY},
            "5dc182f7f90a5ff3c9436905ee3daecb011ff790a1da7a6a31ce3e943e6863e8",
        ),
        (
            {**NOW, "apiKey": API_KEY},
            "ab247aca5c9d4ccb1dc5d4604537ec0ff4f1df72ecb8abfd780b06aa2c536b02",
        ),
    ],
)
def test_ws_requests_are_signed_by_hmac(params: Mapping[str, Param], signature: str) -> None:
    assert sign_ws(params, hmac_signer(SECRET)) == {**params, "signature": signature}


@pytest.mark.parametrize(
    ("params", "secret", "signature"),
    [
        (
            FUTURES_ORDER,
            FUTURES_SECRET,
            "3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9",
        ),
        # The manual of the COIN-M market prints another value, which no ordering reproduces.
        (
            {**FUTURES_ORDER, "symbol": "BTCUSD_200925"},
            FUTURES_SECRET,
            "04c8b9fbd55285a38fd6a3fc40ba3a7d114f22564dab61611bf24f2d2efb890f",
        ),
        (SPOT_ORDER, SECRET, "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"),
        (
            {**SPOT_ORDER, "symbol": FULL_WIDTH},
            SECRET,
            "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3",
        ),
        (WINDOW, SECRET, "eadf49708192ccf759b42a4dbcd168e8cb3cd94cbd45733be6cf3ffd293d859f"),
        (
            {"symbol": "测试USDT", **WINDOW},
            SECRET,
            "fbed9412fc8dc608946e85938eec14a9e28260f048153608f8a7ffef65623d59",
        ),
    ],
)
def test_rest_requests_are_signed_by_hmac(
    params: Mapping[str, Param], secret: str, signature: str
) -> None:
    query = sign_rest(params, hmac_signer(secret))
    assert query == f"{rest_query(params)}&signature={signature}"


@pytest.mark.parametrize(
    ("symbol", "signature"),
    [
        ("BTCUSDT", "30baaf0fab549bbeda7f5ef201898b34122da25fd23c646cac2c529aebe670a4"),
        ("BTCUSD_200925", "35396865572e96da34b827284c33a2ba2ea2d013051ee4c41df844e958074952"),
    ],
)
def test_the_manuals_query_and_body_examples_without_their_stray_space(
    symbol: str, signature: str
) -> None:
    query = rest_query({"symbol": symbol, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"})
    rest: dict[str, Param] = {"quantity": 1, "price": "9000"}
    body = rest_query({**rest, "recvWindow": 5000, "timestamp": 1591702613943})
    assert hmac_signer(FUTURES_SECRET).sign(f"{query}{body}".encode()) == signature


@pytest.mark.parametrize(
    ("params", "signature"),
    [
        (
            {**WINDOW, "apiKey": API_KEY},
            "xfoOH2BgDa9VwXwTjxzu1S5HpqSQguHD2Ng47/cFVFEh"
            "BJrOV7Wwv1DYGIxAdhivlpYPW5MnuwnCf464nu/DAg==",
        ),
        (
            {**NOW, "apiKey": API_KEY},
            "Iuk0ARBS78pdypPsCduKAiz65fSSI5jeAbYJTFhDOZHV"
            "l9KkOxlpeg4FdswAfsUP3XP7Yr+LtsnGRhZCmwjsAA==",
        ),
    ],
)
def test_ws_requests_are_signed_by_ed25519(params: Mapping[str, Param], signature: str) -> None:
    assert sign_ws(params, private_key_signer(ED25519_PEM))["signature"] == signature


def test_a_base64_signature_is_percent_encoded_in_a_query() -> None:
    assert sign_rest(WINDOW, private_key_signer(ED25519_PEM)) == (
        "recvWindow=5000&timestamp=1727785087742&signature="
        "oOYUxdI3Jw%2FpDowHNcu1COPDmRZdFfTX3Tr8qRwBkwZP"
        "KjXsUibC5tZYDNam28MJtMQTQiX6%2F%2F%2FCO%2BmHNz0DDg%3D%3D"
    )


def test_an_ed25519_signature_matches_rfc_8032() -> None:
    expected = bytes.fromhex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
    assert base64.b64decode(private_key_signer(ED25519_PEM).sign(b"")) == expected


def test_the_ws_payload_is_sorted_raw_and_without_the_signature() -> None:
    params: dict[str, Param] = {
        "symbol": "测试 USDT",
        "b": True,
        "a": False,
        "Z": 1,
        "signature": "x",
    }
    assert ws_payload(params) == "Z=1&a=false&b=true&symbol=测试 USDT".encode()


def test_the_rest_query_is_encoded_and_keeps_its_order() -> None:
    params: dict[str, Param] = {"z": "a b&c=/+", "b": True, "symbol": "测试USDT"}
    assert rest_query(params) == "z=a%20b%26c%3D%2F%2B&b=true&symbol=%E6%B5%8B%E8%AF%95USDT"


def run_openssl(*args: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *args], input=stdin, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def rsa_pem() -> bytes:
    return run_openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")


def encrypted(pem: bytes) -> bytes:
    return run_openssl("pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", "pass:tower", stdin=pem)


@openssl
def test_rsa_signs_as_openssl_does(rsa_pem: bytes, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(rsa_pem)
    payload = ws_payload(WS_WIDE_ORDER)
    theirs = run_openssl("dgst", "-sha256", "-sign", str(tmp_path / "key.pem"), stdin=payload)
    assert private_key_signer(rsa_pem).sign(payload) == base64.b64encode(theirs).decode()


@openssl
def test_an_encrypted_key_signs_like_the_plain_one(rsa_pem: bytes) -> None:
    opened = private_key_signer(encrypted(rsa_pem), b"tower")
    assert opened.kind == "rsa"
    assert opened.sign(b"payload") == private_key_signer(rsa_pem).sign(b"payload")


@openssl
def test_an_encrypted_ed25519_key_opens() -> None:
    opened = private_key_signer(encrypted(ED25519_PEM), b"tower")
    assert opened.sign(b"") == private_key_signer(ED25519_PEM).sign(b"")


@openssl
@pytest.mark.parametrize(
    ("passphrase", "sentence"),
    [
        (b"wrong", "the private key cannot be decrypted: wrong passphrase, or damaged"),
        (None, "the private key is encrypted: it needs a passphrase"),
        (b"", "the private key is encrypted: it needs a passphrase"),
    ],
)
def test_a_key_that_stays_locked(rsa_pem: bytes, passphrase: bytes | None, sentence: str) -> None:
    with pytest.raises(UnreadableKey) as caught:
        private_key_signer(encrypted(rsa_pem), passphrase)
    assert str(caught.value) == sentence


@openssl
def test_an_elliptic_curve_key_is_refused() -> None:
    pem = run_openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    with pytest.raises(UnreadableKey, match=r"^the private key is neither Ed25519 nor RSA$"):
        private_key_signer(pem)


@openssl
def test_a_public_key_is_refused(rsa_pem: bytes) -> None:
    sentence = r"^the PEM file holds no private key: is it the public one\?$"
    with pytest.raises(UnreadableKey, match=sentence):
        private_key_signer(run_openssl("pkey", "-pubout", stdin=rsa_pem))


@openssl
def test_a_key_of_an_unknown_algorithm_is_refused() -> None:
    # Ed25519's object identifier 1.3.101.112, changed to one that nothing has: 1.3.101.127.
    der = base64.b64decode(b"".join(ED25519_PEM.splitlines()[1:-1])).replace(
        b"\x2b\x65\x70", b"\x2b\x65\x7f"
    )
    pem = run_openssl("base64", stdin=der)
    with pytest.raises(UnreadableKey, match=r"^the private key is"):
        private_key_signer(b"-----BEGIN PRIVATE KEY-----\n" + pem + b"-----END PRIVATE KEY-----\n")


@pytest.mark.parametrize(
    ("pem", "passphrase", "sentence"),
    [
        (b"not a key", None, "the private key is not a PEM file"),
        (ED25519_PEM.replace(b"MC4C", b"!!!!"), None, "the private key is damaged"),
        (
            ED25519_PEM,
            b"tower",
            "a passphrase is given, but the private key is not encrypted",
        ),
        (
            ED25519_PEM.replace(b"PRIVATE", b"OPENSSH PRIVATE"),
            None,
            "the private key is in OpenSSH's format: Binance wants PKCS#8",
        ),
    ],
)
def test_an_unreadable_key_says_why(pem: bytes, passphrase: bytes | None, sentence: str) -> None:
    with pytest.raises(UnreadableKey) as caught:
        private_key_signer(pem, passphrase)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("secret", "sentence"),
    [
        ("", "an HMAC secret is plain ASCII text, and not empty"),
        ("se\udce9cret", "an HMAC secret is plain ASCII text, and not empty"),
        (ED25519_PEM.decode(), "the secret is a PEM file: give it as a private key instead"),
    ],
)
def test_an_unusable_secret_says_why(secret: str, sentence: str) -> None:
    with pytest.raises(UnreadableKey) as caught:
        hmac_signer(secret)
    assert str(caught.value) == sentence


def test_no_signer_shows_its_key() -> None:
    signers = [hmac_signer(SECRET), private_key_signer(ED25519_PEM)]
    assert [signer.kind for signer in signers] == ["hmac", "ed25519"]
    assert [f"{s} {s!r}" for s in signers] == ["_Hmac() _Hmac()", "_Ed25519() _Ed25519()"]


@openssl
def test_an_rsa_signer_does_not_show_its_key(rsa_pem: bytes) -> None:
    assert repr(private_key_signer(rsa_pem)) == "_Rsa()"


def test_hmac_signing_does_not_load_cryptography() -> None:
    code = (
        "import sys; from binfut_cli.auth.signing import hmac_signer; hmac_signer('s').sign(b'');"
        "print('cryptography' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
