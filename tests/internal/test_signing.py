"""Check signing.py against published vectors, and that no token passes for another."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demijohn.signing import BadSignature, Signer, check_secret_key, derive_key

KEY = b"a-demijohn-test-key-of-32-bytes!"
OLDER = b"the-key-before-that-one-32-bytes"
MOMENT = 1_800_000_000

# Published: another implementation of the format must give the same tokens.
VECTORS = [
    (KEY, "session.cookie", MOMENT, b"", ".a0nSAA.WPEk0FvhwZcExmy0MNaje0TztwkHRP3cXy4GcKdly9U"),
    (KEY, "session.cookie", MOMENT, b"hello", "aGVsbG8.a0nSAA.9UQBKY_B3_i-8q3RUimVSbbR4qPzd5dgYQ0FKfhsdwI"),
    (KEY, "mail.verify", MOMENT, b"hello", "aGVsbG8.a0nSAA.TtfjLAT0wEhXXkB1HPBm0YZIdjWxudyxhoz88xXx1GE"),
    (OLDER, "session.cookie", 0, b"\x00\xff\xfe", "AP_-.AA.5sJD_npi2RR2_TMftHetzejIN7YSuX4JezDqGEUrGIQ"),
]


@pytest.mark.parametrize(("key", "purpose", "timestamp", "payload", "token"), VECTORS)
def test_tokens_match_the_published_vectors(
    key: bytes, purpose: str, timestamp: int, payload: bytes, token: str
) -> None:
    signer = Signer([key], purpose)
    assert signer.sign(payload, timestamp=timestamp) == token
    assert signer.verify_dated(token, now=timestamp) == (payload, timestamp)


def test_a_token_can_be_made_with_nothing_but_the_standard_library() -> None:
    extracted = hmac.digest(b"\0" * 32, KEY, "sha256")
    subkey = hmac.digest(extracted, b"demijohn:v1:mail.verify" + b"\x01", "sha256")
    signed = b"aGVsbG8." + base64.urlsafe_b64encode(MOMENT.to_bytes(4, "big")).rstrip(b"=")
    mac = base64.urlsafe_b64encode(hmac.new(subkey, signed, hashlib.sha256).digest()).rstrip(b"=")
    assert Signer([KEY], "mail.verify").sign(b"hello", timestamp=MOMENT) == (signed + b"." + mac).decode()


def test_derive_key_is_hkdf_without_salt() -> None:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    for length in (16, 32, 33, 100):
        theirs = HKDF(SHA256(), length, salt=None, info=b"demijohn:v1:x").derive(KEY)
        assert derive_key(KEY, "x", length=length) == theirs


@pytest.mark.parametrize("length", [0, -1, 8161])
def test_derive_key_refuses_lengths_that_hkdf_cannot_give(length: int) -> None:
    with pytest.raises(ValueError, match="1 to 8160"):
        derive_key(KEY, "x", length=length)


def test_the_first_key_signs_and_all_verify() -> None:
    rotated = Signer([KEY, OLDER], "p")
    assert rotated.verify(Signer([OLDER], "p").sign(b"x")) == b"x"
    assert Signer([KEY], "p").verify(rotated.sign(b"x")) == b"x"  # GHSA-4grg: not with the oldest
    with pytest.raises(BadSignature):
        Signer([OLDER], "p").verify(rotated.sign(b"x"))


@pytest.mark.parametrize(("one", "other"), [("a", "b"), ("session", "session.cookie"), ("ab", "a")])
def test_a_token_for_one_purpose_is_no_token_for_another(one: str, other: str) -> None:
    with pytest.raises(BadSignature):
        Signer([KEY], other).verify(Signer([KEY], one).sign(b"x"))


def test_salt_and_payload_cannot_be_shifted_into_each_other() -> None:  # CVE-2026-6873
    payload, stamp, mac = Signer([KEY], "p").sign(b"hello").split(".")
    for forged in (f"{payload[:4]}.{payload[4:]}{stamp}.{mac}", f"{payload}{stamp}..{mac}", f"{payload}.{stamp}{mac}"):
        with pytest.raises(BadSignature):
            Signer([KEY], "p").verify(forged)


def test_age_counts_from_the_signature() -> None:
    signer = Signer([KEY], "p")
    token = signer.sign(b"x", timestamp=MOMENT)
    assert signer.verify(token, max_age=60, now=MOMENT + 60) == b"x"
    with pytest.raises(BadSignature, match="expired"):
        signer.verify(token, max_age=60, now=MOMENT + 61)
    with pytest.raises(BadSignature, match="future"):
        signer.verify(token, now=MOMENT - 61)
    assert signer.verify(token, now=MOMENT - 60) == b"x"  # clocks of two servers may differ that much


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "...", "a.b.c", "aGk", "aGk.AA", "é.é.é", "aGk.AA.AA==", "aGk.AA.\n", "a" * 20_000, "aGk.AA.AA.AA"],
)
def test_whatever_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(BadSignature):
        Signer([KEY], "p").verify(token)


def test_a_token_has_one_spelling_only() -> None:
    signer = Signer([KEY], "p")
    token = signer.sign(b"x", timestamp=MOMENT)
    last = token[-1]
    twin = next(
        letter
        for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        if letter != last
        and base64.urlsafe_b64decode(token[-43:-1] + letter + "=") == base64.urlsafe_b64decode(token[-43:] + "=")
    )
    for other in (token[:-1] + twin, token + "=", token + "\n", " " + token):
        with pytest.raises(BadSignature):
            signer.verify(other, now=MOMENT)


@settings(max_examples=100)
@given(st.binary(max_size=200), st.integers(0, 2**40), st.data())
def test_any_payload_comes_back_and_any_changed_letter_is_noticed(
    payload: bytes, moment: int, data: st.DataObject
) -> None:
    signer = Signer([KEY], "p")
    token = signer.sign(payload, timestamp=moment)
    assert signer.verify_dated(token, now=moment) == (payload, moment)
    index = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters())
    if letter != token[index]:
        with pytest.raises(BadSignature):
            signer.verify(token[:index] + letter + token[index + 1 :], now=moment)


@settings(max_examples=100)
@given(st.text(max_size=120))
def test_no_text_makes_verify_fail_otherwise(text: str) -> None:
    with pytest.raises(BadSignature):
        Signer([KEY], "p").verify(text)


def test_values_travel_as_json() -> None:
    signer = Signer([KEY], "p")
    assert signer.loads(signer.dumps({"a": [1, None, "é"]})) == {"a": [1, None, "é"]}
    assert signer.loads(signer.dumps([1, 2]), type=list[int]) == [1, 2]
    with pytest.raises(BadSignature, match="another kind"):
        signer.loads(signer.dumps(["x"]), type=list[int])
    with pytest.raises(BadSignature, match="another kind"):
        signer.loads(signer.sign(b"{"))
    with pytest.raises(TypeError):
        signer.dumps(object())


@pytest.mark.parametrize(("keys", "purpose"), [([], "p"), ([b""], "p"), ([KEY, b""], "p"), ([KEY], "")])
def test_a_signer_needs_keys_and_a_purpose(keys: list[bytes], purpose: str) -> None:
    with pytest.raises(ValueError, match=r"SECRET_KEY|purpose"):
        Signer(keys, purpose)


def test_nothing_shows_the_key() -> None:
    signer = Signer([KEY], "p")
    assert KEY.decode() not in repr(signer)
    with pytest.raises(BadSignature) as caught:
        signer.verify("aGk.AA.AA")
    assert KEY.decode() not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", ["bytes", "different"]),
        ("x" * 64, ["different"]),
        ("0123456789abcdef", ["16 bytes"]),
        ("change-me-0123456789-abcdefghijklmnop", ["placeholder"]),
        ("django-insecure-3xk2!q9z@v7m#p5w$r1t%y8u", ["placeholder"]),
        ("correct horse battery Staple 42 !?", []),
        ("0123456789abcde" * 4 + "0", []),  # hexadecimal digits seldom come all sixteen
        ("tN5c0r3zB9_wqk7JYx2hLmE4uAfVdSgPiQoKlRjHbXc", []),
    ],
)
def test_weak_secrets_are_named_without_repeating_them(value: str, words: list[str]) -> None:
    found = check_secret_key(value)
    assert len(found) == len(words)
    for weakness, word in zip(found, words, strict=True):
        assert word in weakness
        assert not value or value not in weakness
