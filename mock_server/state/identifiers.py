"""Deterministic ids: the n-th id of a world is derived from the world's seed and n."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable
from datetime import datetime

BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class Identifiers:
    """Generates ids. `draw` returns the next number of the world's counter."""

    def __init__(self, seed: str, draw: Callable[[], int]) -> None:
        self._seed = seed.encode()
        self._draw = draw

    def random_bytes(self, length: int) -> bytes:
        """`length` bytes (at most 64) that differ from all earlier draws of this world."""
        return hashlib.blake2b(self._draw().to_bytes(8, "big"), key=self._seed[:64], digest_size=length).digest()

    def uuid4(self) -> str:
        """A version 4 UUID."""
        return str(uuid.UUID(bytes=self.random_bytes(16), version=4))

    def uuid7(self, moment: datetime, after: str | None = None) -> str:
        """A version 7 UUID, which begins with the time in milliseconds; greater than `after` if that has the same."""
        number = int.from_bytes(self.random_bytes(16), "big") & ((1 << 80) - 1)
        number |= round(moment.timestamp() * 1000) << 80
        number = number & ~(0xF << 76) & ~(0b11 << 62) | 7 << 76 | 2 << 62
        last = 0 if after is None else uuid.UUID(after).int
        return str(uuid.UUID(int=last + 1 if number < last and number >> 80 == last >> 80 else number))

    def cuid(self) -> str:
        """25 lower-case characters that start with c, the form of OAuth client ids."""
        return "c" + _in_base(self.random_bytes(20), BASE36, 24)

    def short_uid(self) -> str:
        """22 characters, the form of booking uids."""
        return _in_base(self.random_bytes(20), BASE58, 22)

    def hex(self, length: int) -> str:
        """`length` hexadecimal digits."""
        return self.random_bytes((length + 1) // 2).hex()[:length]

    def token(self) -> str:
        """43 URL-safe characters."""
        return base64.urlsafe_b64encode(self.random_bytes(32)).rstrip(b"=").decode()


def _in_base(raw: bytes, alphabet: str, length: int) -> str:
    number = int.from_bytes(raw, "big")
    digits: list[str] = []
    for _ in range(length):
        number, digit = divmod(number, len(alphabet))
        digits.append(alphabet[digit])
    return "".join(digits)
