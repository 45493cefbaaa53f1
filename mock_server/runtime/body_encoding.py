"""Undoes the content encoding and the charset of a body, with the refusals of the live API's body parser.

Source: Express' body parser 1.20 on Node 20: supported encodings, statuses, and the texts of zlib.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable

import msgspec

from mock_server.runtime.errors import BareError

TOO_LARGE = "request entity too large"
CUT = "unexpected end of file"

_WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
_MEMBER_LIMIT = 1000

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PARAMETER = re.compile(rf'; *({_TOKEN}) *= *("(?:[ !#-\[\]-~\x80-\xff]|\\[ -~])*"|{_TOKEN}) *')
_QUOTED_PAIR = re.compile(r"\\(.)")
_NOT_OF_A_NAME = re.compile(r":\d{4}$|[^0-9a-z]")
_SAMPLE = 64


class BodyEncoding(msgspec.Struct, frozen=True):
    """The content encoding and charset of a body."""

    content_encoding: str
    charset: str

    def decoded(self, raw: bytes, limit: int) -> str:
        """The text of a body. Raises BareError if it is larger than `limit` bytes or corrupt."""
        content = raw if self.content_encoding == "identity" else _inflated(raw, self.content_encoding, limit)
        if len(content) > limit:
            raise BareError(413, TOO_LARGE)
        return _CHARSETS[self.charset](content).removeprefix("\ufeff")


_PLAIN = BodyEncoding("identity", "utf8")
"""That of nearly every body, found without parsing its headers."""


def encoding_of(content_type: str, content_encoding: str, media_type: str = JSON_TYPE) -> BodyEncoding | None:
    """The encoding of a body with these headers; None if it is not of the media type. Raises BareError (415)."""
    if content_type == media_type == JSON_TYPE and not content_encoding:
        return _PLAIN
    parameters = _parameters(content_type, media_type)
    if parameters is None:
        return None
    charset = parameters.get("charset", "").lower() or "utf-8"
    known = _NOT_OF_A_NAME.sub("", charset)
    encoding = content_encoding.lower() or "identity"
    if charset.startswith("utf-") and encoding != "identity" and encoding not in _WINDOWS:
        raise BareError(415, f'unsupported content encoding "{encoding}"')
    if not charset.startswith("utf-") or known not in _CHARSETS:
        raise BareError(415, f'unsupported charset "{charset.upper()}"')
    return BodyEncoding(encoding, known)


def _parameters(content_type: str, media_type: str) -> dict[str, str] | None:
    """The parameters of a content type; None if it is another media type or malformed."""
    given = content_type.partition(";")[0]
    if given.strip(" ").lower() != media_type:
        return None
    parameters: dict[str, str] = {}
    place = len(given)
    while place < len(content_type):
        found = _PARAMETER.match(content_type, place)
        if found is None:
            return None
        value = _QUOTED_PAIR.sub(r"\1", found[2][1:-1]) if found[2].startswith('"') else found[2]
        parameters[found[1].lower()] = value
        place = found.end()
    return parameters


def _inflated(raw: bytes, encoding: str, limit: int) -> bytes:
    """The content of a compressed body, at most one byte more than `limit`. A gzip body may have several members."""
    content = b""
    for _ in range(_MEMBER_LIMIT):
        stream = zlib.decompressobj(_WINDOWS[encoding])
        try:
            content += stream.decompress(raw, limit + 1 - len(content))
        except zlib.error as error:
            raise BareError(400, _reason(error)) from None
        if len(content) > limit:
            return content
        if not stream.eof:
            raise BareError(400, CUT)
        raw = stream.unused_data
        # A zero byte after the end is padding; everything after it is ignored.
        if encoding != "gzip" or raw[:1] in (b"", b"\0"):
            return content
    raise BareError(413, TOO_LARGE)


def _reason(error: zlib.error) -> str:
    """zlib's own message, which Python prefixes with its own."""
    return str(error).partition(": ")[2] or "Missing dictionary"


def _utf_8(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _utf_7(shift: str, slash: str) -> Callable[[bytes], str]:
    """A decoder of UTF-7 in which `shift` starts a base64 run and `slash` stands for "/" in it.

    As lenient as the live API's: any other character ends a run; half a code unit at its end is dropped, and so is a
    byte order mark at the beginning.
    """
    run_pattern = re.compile(rf"{re.escape(shift)}([A-Za-z0-9+/{slash}]*)(-?)")

    def characters(run: re.Match[str]) -> str:
        encoded, end = run.groups()
        if not encoded:
            return shift if end else ""
        return _utf_16_units(_base64(encoded.replace(slash, "/"))).removeprefix("\ufeff")

    def decoded(content: bytes) -> str:
        text = run_pattern.sub(characters, content.decode("ascii", "replace"))
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    return decoded


def _base64(encoded: str) -> bytes:
    """The whole bytes in base64 without padding."""
    length = len(encoded) - (len(encoded) % 4 == 1)
    return base64.b64decode(encoded[:length] + "=" * (-length % 4))


def _utf_16_units(content: bytes) -> str:
    """Decodes big-endian UTF-16. Lone surrogates are kept."""
    return content[: len(content) // 2 * 2].decode("utf-16-be", "surrogatepass")


def _utf_16_le(content: bytes) -> str:
    return content[: len(content) // 2 * 2].decode("utf-16-le", "replace")


def _utf_16_be(content: bytes) -> str:
    return content[: len(content) // 2 * 2].decode("utf-16-be", "replace")


def _utf_16(content: bytes) -> str:
    """Detects the byte order by its mark, else by the position of zero bytes in the first characters."""
    if content[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return (_utf_16_be if content[:1] == b"\xfe" else _utf_16_le)(content)
    first, second = content[:_SAMPLE:2].count(0), content[1:_SAMPLE:2].count(0)
    return (_utf_16_be if first > second else _utf_16_le)(content)


_CHARSETS: dict[str, Callable[[bytes], str]] = {
    "utf8": _utf_8,
    "utf7": _utf_7("+", "/"),
    "utf7imap": _utf_7("&", ","),
    "utf16": _utf_16,
    "utf16le": _utf_16_le,
    "utf16be": _utf_16_be,
}
