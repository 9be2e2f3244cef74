"""No listenKey leaves, and nothing else is touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binfut_cli.auth.redaction import Redactor
from tests.support.samples import FRAMES, body, encoded

KEY = "pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1"
OTHER = "WsCMN0a4KHUPTQuX6IUnqEZfB1inxmv1qR4kbf1LuEjur5VdbzqvyxqG9TSjVVxv"


def knowing(*keys: str) -> Redactor:
    found = Redactor()
    for key in keys:
        found.learn(key)
    return found


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
        (b'{"e":"listenKeyExpired","E":1}', b'{"e":"listenKeyExpired","E":1}'),
        (b'{"listenKey":null}', b'{"listenKey":null}'),
    ],
)
def test_a_value_under_that_name_is_hidden_whether_known_or_not(
    payload: bytes, clean: bytes
) -> None:
    assert Redactor().clean(payload) == clean


def test_an_empty_key_hides_nothing() -> None:
    assert knowing("").clean(b'{"a":"b"}') == b'{"a":"b"}'


@given(st.binary(max_size=60))
def test_any_other_bytes_pass_unchanged(payload: bytes) -> None:
    assert knowing(KEY).clean(payload) == payload
