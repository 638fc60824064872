"""Sign short messages that a client carries for us: sessions, CSRF tokens, links in mails. Nothing here is encrypted.

A token is `payload.timestamp.signature`, each part URL-safe base64 without padding: the payload as it is, the time of
signing as an unsigned big-endian number of seconds since 1970, and HMAC-SHA256 over the two parts as they stand in the
token. Each purpose has a key of its own, made from the secret by HKDF-SHA256 (RFC 5869) with the purpose as `info`, so
that a token for one purpose never passes for another (CVE-2026-6873). The first key signs, all verify (GHSA-4grg).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import time
from collections.abc import Sequence
from typing import TypeVar, overload

import msgspec

from demijohn.errors import DemijohnError

__all__ = ["BadSignature", "Signer", "check_secret_key", "derive_key"]

_MIN_KEY_BYTES = 32
_MIN_DISTINCT = 10  # with 16, a fifth of all keys from `openssl rand -hex 32` would be refused
_MAX_TOKEN = 16 * 1024
_CLOCK_SKEW = 60  # seconds that another server's clock may be ahead
_BASE64 = re.compile(r"[A-Za-z0-9_-]*")
_PLACEHOLDERS = ("change", "example", "insecure", "password", "placeholder", "secret")
_T = TypeVar("_T")


class BadSignature(DemijohnError, ValueError):
    """Refuse a token that is malformed, signed by somebody else or for another purpose, or too old."""


class Signer:
    """Sign and verify tokens for one purpose.

    `keys` are the secret keys, newest first; `purpose` is a constant of the program such as `session.cookie`, never
    made from input.

    Raises:
        ValueError: there is no key, a key is empty, or the purpose is empty.
    """

    __slots__ = ("_macs", "purpose")

    def __init__(self, keys: Sequence[bytes], purpose: str) -> None:
        if not keys or not all(keys):
            raise ValueError("Signing needs a secret key. Set SECRET_KEY to 32 random bytes or more.")
        if not purpose:
            raise ValueError("A signer needs a purpose, so that its tokens are good for nothing else.")
        self.purpose = purpose
        # Copying a keyed HMAC takes two thirds of the time of `hmac.digest`.
        self._macs = tuple(hmac.new(derive_key(key, purpose), digestmod="sha256") for key in keys)

    def __repr__(self) -> str:
        return f"Signer(purpose={self.purpose!r}, keys={len(self._macs)})"

    def sign(self, payload: bytes, *, timestamp: float | None = None) -> str:
        """Return a token that carries the payload, signed with the first key."""
        seconds = int(time.time() if timestamp is None else timestamp)
        signed = f"{_encode(payload)}.{_encode(seconds.to_bytes((seconds.bit_length() + 7) // 8 or 1, 'big'))}"
        return f"{signed}.{_encode(_digest(self._macs[0], signed))}"

    def verify(self, token: str, *, max_age: float | None = None, now: float | None = None) -> bytes:
        """Return the payload of a token that one of the keys signed at most `max_age` seconds before `now`.

        Raises:
            BadSignature: the token is malformed, forged, for another purpose, too old or from the future.
        """
        payload, _ = self.verify_dated(token, max_age=max_age, now=now)
        return payload

    def verify_dated(self, token: str, *, max_age: float | None = None, now: float | None = None) -> tuple[bytes, int]:
        """Return the payload of a token and the Unix time at which it was signed.

        Raises:
            BadSignature: as `verify`.
        """
        if len(token) > _MAX_TOKEN or not token.isascii():
            raise BadSignature("The token is not one of ours.")
        signed, _, signature = token.rpartition(".")
        payload, dot, stamp = signed.partition(".")
        if not dot or "." in stamp:
            raise BadSignature("The token is not one of ours.")
        given = _decode(signature)  # nothing else of the token is decoded before its signature holds
        if not any(hmac.compare_digest(_digest(mac, signed), given) for mac in self._macs):
            raise BadSignature(f"The token's signature is not valid for {self.purpose!r}.")
        signed_at = int.from_bytes(_decode(stamp), "big")
        age = (time.time() if now is None else now) - signed_at
        if age < -_CLOCK_SKEW:
            raise BadSignature("The token comes from the future; the clocks of the servers differ.")
        if max_age is not None and age > max_age:
            raise BadSignature(f"The token has expired: it was good for {max_age:g} seconds.")
        return _decode(payload), signed_at

    def dumps(self, value: object, *, timestamp: float | None = None) -> str:
        """Return a token that carries a value as JSON.

        Raises:
            TypeError: the value cannot be JSON.
        """
        return self.sign(msgspec.json.encode(value), timestamp=timestamp)

    @overload
    def loads(self, token: str, *, max_age: float | None = None) -> object: ...
    @overload
    def loads(self, token: str, *, type: type[_T], max_age: float | None = None) -> _T: ...

    def loads(self, token: str, *, type: type | None = None, max_age: float | None = None) -> object:  # noqa: A002  # msgspec's word
        """Return the value that a token carries, checked against a type where one is given.

        Raises:
            BadSignature: as `verify`, or the value is not of that type (an older release may have signed it).
        """
        payload = self.verify(token, max_age=max_age)
        try:
            return msgspec.json.decode(payload) if type is None else msgspec.json.decode(payload, type=type)
        except msgspec.MsgspecError as error:
            raise BadSignature(f"The token for {self.purpose!r} holds another kind of value.") from error


def derive_key(secret: bytes, purpose: str, *, length: int = 32) -> bytes:
    """Return a key for one purpose from a secret: HKDF-SHA256 without salt, `info="demijohn:v1:" + purpose`.

    Raises:
        ValueError: `length` is not one of 1 to 8160 (RFC 5869 section 2.3).
    """
    if not 1 <= length <= 255 * 32:
        raise ValueError(f"HKDF-SHA256 gives 1 to 8160 bytes, not {length}.")
    extracted = hmac.digest(bytes(32), secret, "sha256")
    info = b"demijohn:v1:" + purpose.encode()
    block, key = b"", b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.digest(extracted, block + info + bytes((counter,)), "sha256")
        key += block
    return key[:length]


def check_secret_key(value: str) -> list[str]:
    """Return what makes a secret key weak, to be read after its name (`has 8 bytes; ...`); never repeats the key."""
    weaknesses = []
    if (size := len(value.encode())) < _MIN_KEY_BYTES:
        weaknesses.append(f"has {size} bytes; {_MIN_KEY_BYTES} are the least.")
    if (distinct := len(set(value))) < _MIN_DISTINCT:
        weaknesses.append(f"has {distinct} different characters; a random key has {_MIN_DISTINCT} or more.")
    lowered = value.lower()
    if any(word in lowered for word in _PLACEHOLDERS):
        weaknesses.append("looks like the placeholder of an example.")
    return weaknesses


def _digest(mac: hmac.HMAC, signed: str) -> bytes:
    mac = mac.copy()
    mac.update(signed.encode())
    return mac.digest()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    """Decode strictly: what `b64decode` skips or ignores would let one token be written in many ways."""
    if _BASE64.fullmatch(text) is None:
        raise BadSignature("The token is not one of ours.")
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise BadSignature("The token is not one of ours.") from None
    if _encode(raw) != text:
        raise BadSignature("The token is not one of ours.")
    return raw
