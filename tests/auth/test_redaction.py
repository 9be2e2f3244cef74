"""A known secret is hidden however it is written; in talk, so is whatever looks like one."""

import base64
import json
from urllib.parse import quote

import pytest

from binfut_cli.auth.redaction import MOST_PASSING, Redactor

SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
PHRASE = 'correct "horse" & ключ\n'
PEM = (
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n"
)
HMAC = "3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9"
ED25519 = "xfoOH2BgDa9VwXwTjxzu1S5HpqSQguhD2Ng47/cFVFEhBJrOV7Wwv1DYGIxAdhivlpYPW5MnuwnCf464nu/DAg=="


def knowing(*secrets: str) -> Redactor:
    found = Redactor()
    for secret in secrets:
        found.learn(secret)
    return found


@pytest.mark.parametrize(
    "written",
    [
        PHRASE,
        PHRASE.strip(),
        quote(PHRASE, safe=""),
        base64.b64encode(PHRASE.encode()).decode(),
        json.dumps(PHRASE)[1:-1],
    ],
)
def test_a_known_secret_is_hidden_however_it_is_written(written: str) -> None:
    cleaned = knowing(PHRASE).clean(f"<{written}>".encode()).decode()
    assert cleaned.strip() in ("<***>", "<***\n>")


def test_a_private_key_is_hidden_line_by_line() -> None:
    body = PEM.splitlines()[1]
    assert knowing(PEM).clean(f"x {body} y".encode()) == b"x *** y"
    assert body.encode() not in knowing(PEM).clean(repr(PEM).encode())


def test_of_two_secrets_one_inside_the_other_nothing_is_left() -> None:
    longer = f"{SECRET}-and-more"
    for order in ((SECRET, longer), (longer, SECRET)):
        assert knowing(*order).clean(longer.encode()) == b"***"


def test_what_one_learns_the_other_learns_and_not_the_other_way_round() -> None:
    run = knowing(SECRET)
    stream = Redactor(also=run)
    stream.learn(HMAC)
    assert run.clean(f"{SECRET} {HMAC}".encode()) == b"*** ***"
    assert stream.clean(f"{SECRET} {HMAC}".encode()) == f"{SECRET} ***".encode()


@pytest.mark.parametrize("short", ["", "k", "abcde", " x "])
def test_what_is_too_short_to_be_a_secret_hides_no_words(short: str) -> None:
    assert knowing(short).clean(b"k abcde x") == b"k abcde x"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"signature={HMAC}", "signature=***"),
        (f'"signature": "{ED25519}"', '"signature": "***"'),
        (f"sent {HMAC} and", "sent *** and"),
        (f"sent {ED25519} and", "sent *** and"),
        (f"key {SECRET}.", "key ***."),
        ("wss://x/private/ws?listenKey=abcdefghijklmnopq&events=A", None),
        ("X-MBX-APIKEY: abcdefghijklmnop", "X-MBX-APIKEY: ***"),
        ("http://user:pw@proxy:3128/", "http://user:***@proxy:3128/"),
        ("socks5://user:p%40w@proxy", "socks5://user:***@proxy"),
        (PEM, "-----BEGIN PRIVATE KEY-----***-----END PRIVATE KEY-----\n"),
        (PEM[:60], "-----BEGIN PRIVATE KEY-----***"),
    ],
)
def test_in_talk_what_looks_like_a_secret_is_hidden(text: str, clean: str | None) -> None:
    scrubbed = Redactor().scrub(text.encode()).decode()
    assert scrubbed == (clean or "wss://x/private/ws?listenKey=***&events=A")


@pytest.mark.parametrize(
    "text",
    [
        "v2/account.status (usdm) was refused: Signature for this request is not valid (-1022).",
        "  hint: Check --env and the --rest-url, --ws-api-url and --stream-url given.",
        "https://fapi.binance.com/fapi/v1/listenKey at 12:30:01",
        "binfut: The private key '/home/somebody/a/long/path/to/some/where/else/key.pem' is …",
        "BTCUSD_281229 1234567890123456789012345678901234567890.12345678",
    ],
)
def test_ordinary_talk_is_left_alone(text: str) -> None:
    assert knowing(SECRET).scrub(text.encode()).decode() == text


def test_data_loses_only_what_is_known_or_named() -> None:
    data = f'{{"orderId":"{HMAC}","listenKey":"abc","signature":"{HMAC}"}}'.encode()
    assert Redactor().clean(data) == data.replace(b'"abc"', b'"***"')


def test_of_listen_keys_the_last_are_hidden_and_of_secrets_all() -> None:
    run = Redactor()
    stream = Redactor(also=run)
    run.learn(SECRET)
    keys = [f"listenKeyNumber{number}x" for number in range(MOST_PASSING + 5)]
    for key in keys:
        stream.learn_passing(key)
    for found in (run, stream):
        assert found.clean(keys[-1].encode()) == b"***"
        assert found.clean(keys[5].encode()) == b"***"
        assert found.clean(keys[4].encode()) == keys[4].encode()
    assert run.clean(SECRET.encode()) == b"***"
    assert len(stream._known) == 2 * MOST_PASSING  # plain, and in base64
