"""A known secret is hidden however it is written; in talk, so is whatever looks like one."""

import base64
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from binfut_cli.auth.redaction import Redactor
from tests.support.samples import FRAMES, body, encoded
from tests.support.spellings import spellings

SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
PHRASE = 'correct "horse" & ключ\n'
PEM = (
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n"
)
HMAC = "3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9"
ED25519 = "xfoOH2BgDa9VwXwTjxzu1S5HpqSQguhD2Ng47/cFVFEhBJrOV7Wwv1DYGIxAdhivlpYPW5MnuwnCf464nu/DAg=="


OTHER = "WsCMN0a4KHUPTQuX6IUnqEZfB1inxmv1qR4kbf1LuEjur5VdbzqvyxqG9TSjVVxv"
KEY = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"


def knowing(*secrets: str) -> Redactor:
    found = Redactor()
    for secret in secrets:
        found.learn(secret)
    return found


PEM_BODY = PEM.splitlines()[1]
SECRETS = {"key": SECRET, "hmac": HMAC, "ed25519": ED25519, "PEM": PEM_BODY, "phrase": PHRASE}


@pytest.mark.parametrize(
    ("secret", "written"),
    [
        pytest.param(secret, text, id=f"{name} {way}")
        for name, secret in SECRETS.items()
        for way, text in spellings(secret).items()
    ],
)
def test_a_known_secret_is_hidden_however_it_is_written(secret: str, written: str) -> None:
    assert knowing(secret).clean(f"<{written}>".encode()) == b"<***>"
    signed = knowing(SECRET[::-1])
    signed.learn_signature(secret)
    if secret is not PHRASE:
        assert signed.clean(f"<{written}>".encode()) == b"<***>"


@pytest.mark.parametrize("secret", [SECRET, HMAC])
def test_of_a_secret_inside_base64_hardly_a_character_is_left(secret: str) -> None:
    for before in range(4):
        text = base64.b64encode(b"x" * before + secret.encode() + b":y").decode()
        shown = knowing(secret).clean(text.encode()).decode()
        assert shown.count("***") == 1
        assert len(shown) <= 13


@pytest.mark.parametrize("length", [40, 41, 42, 63, 64, 65, 90])
@pytest.mark.parametrize("is_signature", [False, True])
def test_a_secret_of_any_length_is_found_at_any_place(length: int, is_signature: bool) -> None:
    secret, found = (KEY * 2)[:length], knowing(OTHER * 2)
    found.learn_signature(OTHER * 2)
    (found.learn_signature if is_signature else found.learn)(secret)
    for place in range(7):
        before, behind = b"," * place + b'"', b'"' + b"," * (7 - place)
        assert found.clean(before + secret.encode() + behind) == before + b"***" + behind
        assert found.clean(secret.encode()[place:]) == (
            secret.encode()[place:] if place else b"***"
        )


def test_hex_is_hidden_in_either_case() -> None:
    assert knowing(HMAC).clean(HMAC.upper().encode()) == b"***"


@pytest.mark.parametrize("around", ["/{}@x", "{}", "listenKey={}&a", "https://a/{}/b", "\\n{}\\n"])
def test_what_stands_around_a_secret_stays(around: str) -> None:
    assert knowing(KEY).clean(around.format(KEY).encode()) == around.format("***").encode()


@pytest.mark.parametrize(
    "before", ["", "a", "\\u00e9", "é\\u00e9b", "%41%42", "\\ud800", '\\"', "\\/"]
)
@pytest.mark.parametrize("secret", [SECRET, PHRASE.strip()])
def test_an_escape_beside_a_secret_stays(secret: str, before: str) -> None:
    text = f"{before}{{0}}{before}{{0}}{before}"
    assert knowing(secret).clean(text.format(secret).encode()) == text.format("***").encode()


@pytest.mark.parametrize("spelled", ["\\/", "\\\\/", "\\u002F", "%2F", "%252f"])
def test_a_sign_of_base64_is_hidden_however_it_is_escaped(spelled: str) -> None:
    assert knowing(ED25519).clean(ED25519.replace("/", spelled).encode()) == b"***"


@pytest.mark.parametrize(
    ("secret", "written"),
    [
        ("correct\thorse", b"correct\\thorse"),
        ("correct\udcffhorse", b"correct\xffhorse"),  # as a variable or a file may hold it
        ("correct\udcffhorse", b"correct\\udcffhorse"),
        ("\udca9half a sign", b"\\u00e9half a sign"),  # an escape goes whole
        ("twelve signs", b"twelve signs"),
        ('three "signs"', b'three \\\\\\"signs\\\\\\"'),
    ],
)
def test_a_passphrase_of_any_signs_is_hidden_in_data(secret: str, written: bytes) -> None:
    assert knowing(secret).clean(b"<" + written + b">") == b"<***>"


@pytest.mark.parametrize("secret", ["eleven sign", "twelve signs"])
def test_who_knows_no_long_secret_leaves_long_runs_alone(secret: str) -> None:
    run = KEY.encode()
    assert knowing(secret).clean(run) == run
    assert (knowing(secret).clean(secret.encode()) == b"***") is (len(secret) > 11)


def test_what_was_hidden_in_data_is_counted() -> None:
    found = knowing(SECRET, PHRASE)
    found.clean(f"{SECRET} and {SECRET}{SECRET}, {PHRASE}".encode())
    assert found.hidden == 4
    found.clean(b'{"listenKey":"abc"}')
    found.clean(b'{"listenKey":"***"} and nothing else')
    found.scrub(SECRET.encode())  # talk is nobody's word but ours
    assert found.hidden == 5


def test_what_a_copy_of_data_has_lost_is_not_counted() -> None:
    found = knowing(SECRET)
    assert found.clean_copy(f"<{SECRET}>".encode()) == b"<***>"
    assert found.hidden == 0


def test_the_latest_signatures_are_hidden_and_do_not_pile_up() -> None:
    found = knowing(SECRET)
    signatures = [f"{number:064x}" for number in range(1000)]
    for signature in signatures:
        found.learn_signature(signature)
    assert found.clean(" ".join(signatures[-50:]).encode()) == b" ".join([b"***"] * 50)
    assert signatures[0].encode() in found.clean(signatures[0].encode())


def test_a_passphrase_that_is_a_word_or_a_number_spoils_no_data() -> None:
    for words in ("balance", "123456"):
        found = knowing(words)
        data = b'{"balance":"123456.78"}'
        assert found.clean(data) == data
        assert b"***" in found.scrub(data)


def test_a_private_key_is_hidden_line_by_line() -> None:
    body = PEM.splitlines()[1]
    assert knowing(PEM).clean(f"x {body} y".encode()) == b"x *** y"
    assert body.encode() not in knowing(PEM).clean(repr(PEM).encode())


def test_of_two_secrets_one_inside_the_other_nothing_is_left() -> None:
    longer = f"{SECRET}-and-more"
    for order in ((SECRET, longer), (longer, SECRET)):
        assert knowing(*order).clean(longer.encode()) == b"***"


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
        (f"line {PEM_BODY}", "line ***"),
        ("http://user:pw@proxy:3128/", "http://user:***@proxy:3128/"),
        ("http://user:p/w@proxy:3128/", "http://user:***@proxy:3128/"),
        ("wss://token@host/ws", "wss://***@host/ws"),
        ("https://host/a?token=abcdefghijklmnop&b=1", "https://host/a?token=***&b=1"),
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


@pytest.mark.parametrize("name", FRAMES)
def test_a_message_is_cleaned_of_a_known_key_and_otherwise_byte_for_byte(name: str) -> None:
    payload = encoded(body(name))
    clean = payload.replace(KEY.encode(), b"***").replace(OTHER.encode(), b"***")
    assert knowing(KEY, OTHER).clean(payload) == clean


def test_every_key_ever_known_stays_hidden() -> None:
    found = knowing(KEY, OTHER, KEY)
    assert found.clean(f"{OTHER} {KEY}@X {OTHER}".encode()) == b"*** ***@X ***"


@pytest.mark.parametrize(
    ("payload", "clean"),
    [
        (b'{"listenKey":"abc"}', b'{"listenKey":"***"}'),
        (b'{"listenKey" : "abc", "a":1}', b'{"listenKey" : "***", "a":1}'),
        (
            b'{"listenKey":\n"a","b":{"listenKey":"c"}}',
            b'{"listenKey":\n"***","b":{"listenKey":"***"}}',
        ),
        (b'{"listenKey":""}', b'{"listenKey":"***"}'),
        (b'{"listenKey":"a\\u0062c"}', b'{"listenKey":"***"}'),
        (rb'{"text":"{\"listenKey\": \"abc\"}"}', rb'{"text":"{\"listenKey\": \"***\"}"}'),
        (rb'{"text":"{\"listenKey\": \"abc"}', rb'{"text":"{\"listenKey\": \"***"}'),
        (rb'{"text":"{\"listenKey\":","v":1}', rb'{"text":"{\"listenKey\":","v":1}'),
        (b'{"listenKey":"abc\n{"v":1}\n', b'{"listenKey":"***\n{"v":1}\n'),
        (b'{"e":"listenKeyExpired","E":1}', b'{"e":"listenKeyExpired","E":1}'),
        (b'{"listenKey":null}', b'{"listenKey":null}'),
    ],
)
def test_a_value_under_that_name_is_hidden_whether_known_or_not(
    payload: bytes, clean: bytes
) -> None:
    assert Redactor().clean(payload) == clean


@pytest.mark.parametrize(
    "text",
    [b"\\", b"%25", b"\\u00", b'"listenKey":"', b"://a:", b"Ab1/", b'\\"', KEY.encode(), b"%61"],
)
def test_no_text_takes_long(text: bytes) -> None:
    """Each of them is a fraction of that by far; what grows with the square is not."""
    long = text * (100_000 // len(text))
    found = knowing(KEY, PHRASE, PEM)
    for number in range(64):
        found.learn_signature(f"{number:064x}")
    before = time.process_time()
    found.scrub(long)
    assert time.process_time() - before < 0.5


def test_an_empty_key_hides_nothing() -> None:
    assert knowing("").clean(b'{"a":"b"}') == b'{"a":"b"}'


@settings(deadline=None, derandomize=True)
@given(st.binary(max_size=60))
def test_any_other_bytes_pass_unchanged(payload: bytes) -> None:
    assert knowing(KEY).clean(payload) == payload
