"""Whatever a client sends is served or refused with a documented status: never a 500, a hang or a growth of memory."""

from __future__ import annotations

import gc
import gzip
import json
import logging
import tracemalloc
import zlib
from collections.abc import Callable
from http.client import RemoteDisconnected
from itertools import count, pairwise

import pytest

from mock_server import protocol
from mock_server.running import RunningSandbox
from mock_server.runtime import journal
from mock_server.runtime.request_body import BODY_LIMIT, DEPTH_LIMIT
from mock_server.runtime.tests.wire import CALENDAR, KEY, Connection, Reply, ask, outcome, put_calendar, request
from mock_server.sandbox import commits

PUT = "/v2/destination-calendars"
JSON = "Content-Type: application/json"


def gzipped(data: bytes) -> bytes:
    """One gzip member without a time in it: the parameters below name the tests."""
    return gzip.compress(data, mtime=0)


GZIP_OF_NOTHING = gzipped(b"")
CUTS = (1, 11, 20, -9, -1)


def beside_calendar(field: bytes) -> bytes:
    """The good body with one more field in front."""
    return b"{" + field + b"," + CALENDAR[1:]


def padded(size: int) -> bytes:
    """The good body, made this long by an unknown field."""
    bare = len(beside_calendar(b'"x":""'))
    return beside_calendar(b'"x":"' + b"a" * (size - bare) + b'"')


def nested(depth: int) -> bytes:
    """Objects within objects; the body itself is the first."""
    return beside_calendar(b'"x":' + b"[" * (depth - 1) + b"]" * (depth - 1))


# -- JSON ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "Expected property name or '}' in JSON at position 1"),
        (b'{"integration":', "Unexpected end of JSON input"),
        (b'{"integration"}', "Expected ':' after property name in JSON at position 14"),
        (b'{"a":1,}', "Expected double-quoted property name in JSON at position 7"),
        (b'{"a":1}}', "Unexpected non-whitespace character after JSON at position 7"),
        (b'{"a":NaN}', 'Unexpected token \'N\', "{"a":NaN}" is not valid JSON'),
        (b"[object Object]", '"[object Object]" is not valid JSON'),
        (b"[" * 100_000, "Unexpected end of JSON input"),
        (b'{"a":' * 17_000, "Unexpected end of JSON input"),
        (b'"text"', 'Unexpected token \'"\', ""text"" is not valid JSON'),
        (b"true", "Unexpected token 't', \"true\" is not valid JSON"),
        (b"a=1&b=2 and so much more", "Unexpected token 'a', \"a=1&b=2 an\"... is not valid JSON"),
        (b" \n", "Unexpected end of JSON input"),
        (b"\xef\xbb\xbf\xef\xbb\xbf{}", "Unexpected token '\ufeff', \"\ufeff{}\" is not valid JSON"),
    ],
)
def test_malformed_json_is_refused_before_anybody_asks_for_credentials(url: str, body: bytes, message: str) -> None:
    for lines in ((), (KEY,)):
        reply = ask(url, "PUT", PUT, JSON, *lines, body=body)
        assert reply.status == 400
        assert reply.json["error"] == {
            "code": "BadRequestException",
            "message": message,
            "details": {"message": message, "error": "Bad Request", "statusCode": 400},
        }
        assert reply.headers["x-request-id"] == "unknown-request-id"


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 50_000 + b"]" * 50_000,
        b'{"a":' * 900 + b"1" + b"}" * 900,
        nested(DEPTH_LIMIT + 1),
    ],
    ids=["lists", "objects", "one too many"],
)
def test_json_that_is_nested_too_deeply_is_refused(url: str, body: bytes) -> None:
    reply = put_calendar(url, body)
    assert reply.status == 400
    assert "nested too deeply" in reply.message


def test_json_may_be_nested_deeply_all_the_same(url: str) -> None:
    assert put_calendar(url, nested(DEPTH_LIMIT)).status == 200
    deep = b'{"integration":' + b"[" * (DEPTH_LIMIT - 1) + b"]" * (DEPTH_LIMIT - 1) + b"}"
    assert put_calendar(url, deep).json["error"]["message"] == "Bad Request Exception"


def test_many_brackets_are_not_deep(url: str) -> None:
    assert put_calendar(url, beside_calendar(b'"x":[' + b",".join([b"[]"] * 10_000) + b"]")).status == 200


@pytest.mark.parametrize("number", [b"1" * 5000, b"-" + b"9" * 5000, b"1" * 400, b"1e400", b"-1e999999"])
def test_numbers_that_no_double_holds_are_refused(url: str, number: bytes) -> None:
    for body in (b'{"integration":' + number + b"}", beside_calendar(b'"x":' + number)):
        assert put_calendar(url, body).status == 400


@pytest.mark.parametrize("number", [b"1" * 25, b"1" * 300, b"18446744073709551616", b"1e300", b"0." + b"1" * 5000])
def test_other_numbers_are_numbers(url: str, number: bytes) -> None:
    assert put_calendar(url, beside_calendar(b'"x":' + number)).status == 200
    reply = put_calendar(url, b'{"integration":' + number + b',"externalId":"x"}')
    [error] = reply.json["error"]["details"]["errors"]
    assert error["value"] == float(number)


def test_of_duplicate_keys_the_last_one_counts(url: str) -> None:
    assert put_calendar(url, b'{"integration":"nonsense",' + CALENDAR[1:]).status == 200
    assert put_calendar(url, CALENDAR[:-1] + b',"integration":"nonsense"}').status == 400


def test_bytes_that_are_not_utf_8_are_read_as_replacement_characters(url: str) -> None:
    reply = put_calendar(url, b'{"integration":"google_calendar","externalId":"a\xff\xc3("}')
    assert (reply.status, reply.message) == (404, "Could not find calendar a\ufffd\ufffd(")
    assert put_calendar(url, b'{"\xff":1}').status == 400


def test_half_a_surrogate_pair_is_refused_and_a_whole_one_is_not(url: str) -> None:
    assert put_calendar(url, b'{"integration":"google_calendar","externalId":"\\ud800"}').status == 400
    reply = put_calendar(url, b'{"integration":"google_calendar","externalId":"\\ud83d\\ude00"}')
    assert (reply.status, reply.message) == (404, "Could not find calendar \U0001f600")


def test_odd_characters_come_back_as_they_were_sent(url: str) -> None:
    for text in ("\x00", "\x7f\u2028\r\n", '"\\', "\U0010ffff"):
        body = json.dumps({"integration": "google_calendar", "externalId": text}).encode()
        assert put_calendar(url, body).message == f"Could not find calendar {text}"


# -- Encodings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (CALENDAR, ["Content-Type: application/json; charset=utf-8"]),
        (CALENDAR, ['Content-Type: APPLICATION/JSON ; Charset="UTF-8"']),
        (b"\xef\xbb\xbf" + CALENDAR, []),
        *[
            (CALENDAR.decode().encode(charset), [f"Content-Type: application/json; charset={charset.upper()}"])
            for charset in ("utf-7", "utf-8", "utf-16", "utf-16le", "utf-16be")
        ],
        (CALENDAR.decode().encode("utf-16be"), ["Content-Type: application/json; charset=utf-16"]),
        (b"\xfe\xff" + CALENDAR.decode().encode("utf-16be"), ["Content-Type: application/json; charset=utf-16"]),
        (CALENDAR.decode().encode("utf-16le") + b" ", ["Content-Type: application/json; charset=utf-16le"]),
        (gzipped(CALENDAR[:20]) + gzipped(CALENDAR[20:]) + GZIP_OF_NOTHING, ["Content-Encoding: gzip"]),
        (gzipped(CALENDAR) + b"\0\0", ["Content-Encoding: GZIP"]),
        (zlib.compress(CALENDAR) + b"garbage", ["Content-Encoding: deflate"]),
        (gzipped(CALENDAR), ["Content-Encoding: gzip"]),
        (zlib.compress(CALENDAR), ["Content-Encoding: deflate"]),
        (CALENDAR, ["Content-Encoding: identity"]),
        (gzipped(CALENDAR), ["Content-Encoding: gzip \t"]),
        (CALENDAR, [JSON, "Content-Type: text/plain"]),
        (b" \r\n\t" + CALENDAR + b"\n", []),
    ],
)
def test_bodies_in_known_encodings_are_read(url: str, body: bytes, lines: list[str]) -> None:
    assert put_calendar(url, body, *lines).status == 200


@pytest.mark.parametrize(
    ("body", "line", "status", "message"),
    [
        (CALENDAR, "Content-Type: application/json; charset=latin1", 415, 'unsupported charset "LATIN1"'),
        (CALENDAR, "Content-Type: application/json; charset=utf-32", 415, 'unsupported charset "UTF-32"'),
        (padded(BODY_LIMIT + 1), "Content-Type: application/json; charset=utf-32", 415, 'unsupported charset "UTF-32"'),
        (CALENDAR, "Content-Type: application/json; charset=utf-99", 415, 'unsupported charset "UTF-99"'),
        (CALENDAR, "Content-Type: application/json; charset=utf-8-sig", 415, 'unsupported charset "UTF-8-SIG"'),
        (CALENDAR, "Content-Encoding: br", 415, 'unsupported content encoding "br"'),
        (CALENDAR, "Content-Encoding: gzip, gzip", 415, 'unsupported content encoding "gzip, gzip"'),
        (
            CALENDAR,
            "Content-Encoding: gzip\r\nContent-Encoding: gzip",
            415,
            'unsupported content encoding "gzip, gzip"',
        ),
        (CALENDAR, "Content-Encoding:\r\nContent-Encoding:", 415, 'unsupported content encoding ", "'),
        (CALENDAR, "Content-Type: application/json; charset=utf7imap", 415, 'unsupported charset "UTF7IMAP"'),
        (CALENDAR, "Content-Encoding: gzip", 400, "incorrect header check"),
        (CALENDAR, "Content-Encoding: deflate", 400, "incorrect header check"),
        *[(gzipped(CALENDAR)[:cut], "Content-Encoding: gzip", 400, "unexpected end of file") for cut in CUTS],
        *[(zlib.compress(CALENDAR)[:cut], "Content-Encoding: deflate", 400, "unexpected end of file") for cut in CUTS],
        (gzipped(CALENDAR) + b"garbage", "Content-Encoding: gzip", 400, "incorrect header check"),
        (gzipped(CALENDAR) + GZIP_OF_NOTHING[:-1], "Content-Encoding: gzip", 400, "unexpected end of file"),
        (gzipped(CALENDAR)[:-8] + b"\1" * 8, "Content-Encoding: gzip", 400, "incorrect data check"),
        (gzipped(CALENDAR)[:-4] + b"\1" * 4, "Content-Encoding: gzip", 400, "incorrect length check"),
        (GZIP_OF_NOTHING * 2000, "Content-Encoding: gzip", 413, "request entity too large"),
        (padded(BODY_LIMIT + 1), "X-Large: yes", 413, "request entity too large"),
        (gzipped(padded(BODY_LIMIT + 1)), "Content-Encoding: gzip", 413, "request entity too large"),
        (gzipped(b" " * 50_000_000), "Content-Encoding: gzip", 413, "request entity too large"),
    ],
)
def test_what_the_body_parser_refuses_has_no_envelope(
    url: str, body: bytes, line: str, status: int, message: str
) -> None:
    reply = put_calendar(url, body, line)
    assert (reply.status, reply.json) == (status, {"statusCode": status, "message": message})
    assert "x-request-id" not in reply.headers


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset", "text/json"]
)
def test_a_body_that_is_not_json_counts_for_nothing_however_long_it_is(url: str, content_type: str) -> None:
    for body in (CALENDAR, padded(BODY_LIMIT * 3), b"{"):
        reply = put_calendar(url, body, f"Content-Type: {content_type}")
        assert (reply.status, reply.message) == (400, "Bad Request Exception")


@pytest.mark.parametrize(
    ("charset", "written", "read"),
    [
        ("utf-7", b"+-", "+"),
        ("utf-7", b"+AOk-", "\xe9"),
        ("utf-7", b"+AOk.+2D3eAA-", "\xe9.\U0001f600"),
        ("utf-7", b"+2D0-+3gA-", "\U0001f600"),
        ("utf-7", b"+.+A-+/v8AQQ-&-,", ".A&-,"),
        ("utf-7", b"\x80", "\ufffd"),
        ("utf-7-imap", b"&-", "&"),
        ("utf-7-imap", b"&AOk-", "\xe9"),
        ("UTF-7-IMAP", b"&AD,,,w-+AOk-", "?\uffff+AOk-"),
        ("utf-7imap", b"&2D3eAA", "\U0001f600"),
    ],
)
def test_utf_7_is_read_leniently_and_so_is_its_variant_for_mailbox_names(
    url: str, charset: str, written: bytes, read: str
) -> None:
    body = b'{"integration":"google_calendar","externalId":"' + written + b'"}'
    reply = put_calendar(url, body, f"Content-Type: application/json; charset={charset}")
    assert (reply.status, reply.message) == (404, f"Could not find calendar {read}")


def test_half_of_a_surrogate_pair_in_another_encoding_is_no_defect(url: str) -> None:
    body = b'{"integration":"google_calendar","externalId":"+2AA-"}'
    assert put_calendar(url, body, "Content-Type: application/json; charset=utf-7").status in (400, 404)


def test_the_largest_body_that_is_allowed_is_read(url: str) -> None:
    assert put_calendar(url, padded(BODY_LIMIT)).status == 200
    assert put_calendar(url, gzipped(padded(BODY_LIMIT)), "Content-Encoding: gzip").status == 200


# -- Framing ---------------------------------------------------------------------------------------------------------


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))


def framed(*lines: str, body: bytes) -> bytes:
    return request("PUT", PUT, KEY, JSON, *lines, body=body, length=False)


@pytest.mark.parametrize(
    "body",
    [
        chunked(CALENDAR),
        chunked(*[bytes([byte]) for byte in CALENDAR]),
        b"%X;name=value\r\n%s\r\n0\r\nX-Trailer: 1\r\n\r\n" % (len(CALENDAR), CALENDAR),
    ],
    ids=["whole", "byte by byte", "extensions and trailers"],
)
def test_chunked_bodies_are_read(url: str, body: bytes) -> None:
    assert outcome(url, framed("Transfer-Encoding: chunked", body=body)) == 200


def test_a_chunked_body_that_is_too_large_is_refused(url: str) -> None:
    raw = framed("Transfer-Encoding: chunked", body=chunked(*[b"a" * 1024] * 101))
    assert outcome(url, raw) == 413


@pytest.mark.parametrize("body", [b"zz\r\nabc\r\n", b"-1\r\nabc\r\n", b"f" * 20 + b"\r\nabc\r\n", b"1\r\nabc\r\n"])
def test_chunks_that_are_none_are_refused(url: str, body: bytes) -> None:
    assert outcome(url, framed("Transfer-Encoding: chunked", body=body)) == 400


@pytest.mark.parametrize(
    "lines",
    [
        ["Content-Length: 5", "Content-Length: 6"],
        [f"Content-Length: {len(CALENDAR)}"] * 2,
        ["Content-Length: 5", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: gzip"],
        ["Content-Length: -5"],
        ["Content-Length: five"],
        ["Content-Length: 5 5"],
        ["Content-Length: 0x44"],
        ["Content-Length: " + "9" * 30],
    ],
)
def test_a_body_without_one_clear_length_is_refused(url: str, lines: list[str]) -> None:
    assert outcome(url, framed(*lines, body=CALENDAR)) == 400


def test_a_length_beyond_the_limit_is_refused_without_waiting_for_the_body(url: str) -> None:
    assert outcome(url, framed("Content-Length: 999999999999999", body=b"{")) == 413


def test_a_length_that_is_too_short_leaves_something_that_is_no_request(url: str) -> None:
    with Connection(url) as connection:
        connection.send(framed("Content-Length: 10", body=CALENDAR))
        assert connection.reply().status == 400
        assert connection.is_closed()


def test_a_client_that_leaves_before_its_body_is_whole_changes_nothing(url: str) -> None:
    before = ask(url, "GET", "/_sandbox/health").json["version"]
    with Connection(url) as connection:
        connection.send(framed("Content-Length: 1000", body=CALENDAR))
        connection.finish()
        assert connection.is_closed()
    assert ask(url, "GET", "/_sandbox/health").json["version"] == before


def test_a_client_that_leaves_with_replies_under_way_is_no_error(url: str, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("uvicorn.error")
    logger.addHandler(caplog.handler)
    try:
        with Connection(url) as connection:
            connection.send(request("GET", "/openapi.json") * 100)
            for _ in range(100):  # Until so many replies wait that no more is written.
                ask(url, "GET", "/health")
        for _ in range(10):
            assert ask(url, "GET", "/v2/me", KEY).status == 200
    finally:
        logger.removeHandler(caplog.handler)
    assert [record.getMessage() for record in caplog.records] == []


def test_expect_100_continue_is_answered_before_the_body_is_sent(url: str) -> None:
    with Connection(url) as connection:
        connection.send(framed("Expect: 100-continue", f"Content-Length: {len(CALENDAR)}", body=b""))
        assert connection.reply().status == 100
        connection.send(CALENDAR)
        assert connection.reply().status == 200


def test_expect_100_continue_saves_a_body_that_would_be_refused(url: str) -> None:
    with Connection(url) as connection:
        connection.send(framed("Expect: 100-continue", "Content-Length: 1000000", body=b""))
        assert connection.reply().status == 413


# -- Methods, heads and connections ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/v2/me", "/health", "/openapi.json", "/docs", "/_sandbox/health", "/v2/nothing"])
def test_head_is_get_without_the_body(url: str, path: str) -> None:
    get, head = (ask(url, method, path, KEY) for method in ("GET", "HEAD"))
    assert (head.status, head.body) == (get.status, b"")
    volatile = {"date", "x-request-id", "etag"} if get.status == 404 else {"date", "x-request-id"}
    if get.status != 404:  # The refusal names the method, so that its length differs.
        assert [header for header in head.header_list if header[0] not in volatile] == [
            header for header in get.header_list if header[0] not in volatile
        ]


def test_after_head_the_connection_goes_on(url: str) -> None:
    with Connection(url) as connection:
        connection.send(request("HEAD", "/v2/me", KEY) + request("GET", "/v2/me", KEY))
        assert connection.reply("HEAD").status == 200
        assert connection.reply("GET").json["data"]["id"] == 4


def test_pipelined_requests_are_answered_in_their_order(url: str) -> None:
    with Connection(url) as connection:
        connection.send(
            request("GET", "/v2/me", KEY) + request("PUT", PUT, KEY, body=CALENDAR) + request("GET", "/v2/nothing")
        )
        assert [connection.reply().status for _ in range(3)] == [200, 200, 404]


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /v2/me HTTP/1.1\r\nHost: x\r\nX-A: a\rX-Evil: b\r\n\r\n",
        b"GET /v2/me HTTP/1.1\r\nHost: x\r\nX-A: a\r\n folded\r\n\r\n",
        b"GET /v2/me HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n",
        b"GET /v2/me HTTP/1.1\r\nHost: x\r\nX A: b\r\n\r\n",
        b"GET /v2/me HTTP/1.1\r\nHost: x\r\n: nameless\r\n\r\n",
        b"GET /v2/me HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /v2/\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v2/a b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"BREW /v2/me HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT elsewhere:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100,
        bytes(range(256)) * 20,
    ],
)
def test_what_is_no_http_is_refused_and_the_connection_ends(url: str, raw: bytes) -> None:
    with Connection(url) as connection:
        connection.send(raw)
        assert connection.reply().status == 400
        assert connection.is_closed()


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET /health HTTP/1.0\r\n\r\n", 200),
        (b"GET http://elsewhere.example/health HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 204),
        (b"TRACE /health HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"CONNECT /health HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"get /health HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n", 200),
    ],
)
def test_other_unusual_requests_are_answered(url: str, raw: bytes, status: int) -> None:
    assert outcome(url, raw) == status


@pytest.mark.parametrize(
    "target",
    [
        "/v2/me%0d%0aX-Evil:%201",
        "/v2/nothing?x=%0d%0aX-Evil:%201",
        "/w/none%0d%0aX-Evil:%201/v2/me",
        "/v2/conferencing/zoom/oauth/callback?code=1&state=%7B%22returnTo%22%3A%22http%3A//a%0d%0aX-Evil:%201%22%7D",
        "/_sandbox/none%0d%0aX-Evil:%201",
    ],
)
def test_nothing_that_is_sent_becomes_a_header_of_the_reply(url: str, target: str) -> None:
    reply = ask(url, "GET", target, KEY, "cal-api-version: 2024-01-01%0d%0aX-Evil: 1", "X-Request-Id: 1%0d%0aX-Evil: 1")
    assert reply.status < 500
    assert "x-evil" not in reply.headers
    assert not [value for _, value in reply.header_list if "\r" in value or "\n" in value]


OFFER = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA")


@pytest.mark.parametrize(
    "raw",
    [
        request("GET", "/v2/me", KEY, *OFFER),
        request("PUT", PUT, KEY, *OFFER, body=CALENDAR),
        framed(*OFFER, "Transfer-Encoding: chunked", body=chunked(CALENDAR)),
        request("GET", "/v2/me", KEY, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: eA=="),
    ],
    ids=["GET", "PUT", "chunked PUT", "websocket"],
)
def test_an_offer_of_another_protocol_is_declined_and_the_request_served(url: str, raw: bytes) -> None:
    for size in (len(raw), 7):
        with Connection(url) as connection:
            for start in range(0, len(raw), size):
                connection.send(raw[start : start + size])
            connection.send(request("GET", "/v2/me", KEY))
            assert [connection.reply().status for _ in range(2)] == [200, 200]


def test_10_000_query_parameters_are_served_and_the_first_1_000_count(url: str) -> None:
    filler = "&".join(["x=1"] * 10_000)
    assert ask(url, "GET", f"/v2/webhooks?{filler}", KEY).status == 200
    assert ask(url, "GET", f"/v2/webhooks?{filler}&take=nonsense", KEY).status == 200
    assert ask(url, "GET", f"/v2/webhooks?take=nonsense&{filler}", KEY).status == 400


def test_a_head_without_end_is_refused(url: str) -> None:
    for begin, piece in ((b"GET /v2/me HTTP/1.1\r\nX: ", b"a"), (b"GET /", b"a"), (b"GET / HTTP/1.1\r\n", b"X: y\r\n")):
        with Connection(url) as connection:
            connection.send(begin + piece * (protocol.HEAD_LIMIT // len(piece)))
            assert connection.reply().status == 431
            assert connection.is_closed()


def test_a_url_of_70_000_characters_is_refused(url: str) -> None:
    reply = ask(url, "GET", "/v2/me?" + "x" * 70_000, KEY)
    assert (reply.status, reply.body) == (431, b"")


def many_headers(count: int) -> list[str]:
    """As many headers, counting the host and the key that every request here brings."""
    return [f"X-{number}: {number}" for number in range(count - 2)]


def test_more_headers_than_anybody_sends_are_refused(url: str) -> None:
    for method, lines in (("GET", ()), ("GET", OFFER), ("PUT", ("Content-Length: 5",))):
        raw = request(method, "/v2/me", KEY, *lines, *many_headers(protocol.HEADER_LIMIT + 1 - len(lines)))
        for size in (len(raw), 1000):
            with Connection(url) as connection:
                for start in range(0, len(raw), size):
                    connection.send(raw[start : start + size])
                reply = connection.reply()
                assert (reply.status, reply.body) == (431, b"")
                assert connection.is_closed()


def test_every_request_of_a_connection_may_have_many_headers(url: str) -> None:
    with Connection(url) as connection:
        for _ in range(3):
            connection.send(request("GET", "/v2/me", *many_headers(protocol.HEADER_LIMIT), KEY))
            assert connection.reply().status == 200


def test_large_heads_are_served(url: str) -> None:
    assert ask(url, "GET", "/v2/me", KEY, "X-Large: " + "a" * 100_000).status == 200


# -- Slow clients ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("raw", [b"", b"GET", b"GET /v2/me HTTP/1.1\r\nHost: x\r\n"])
def test_who_does_not_finish_the_head_is_left(impatient_url: str, raw: bytes) -> None:
    with Connection(impatient_url) as connection:
        connection.send(raw)
        assert connection.is_closed()


@pytest.mark.parametrize(
    "raw",
    [
        framed("Content-Length: 1000", body=CALENDAR),
        framed("Transfer-Encoding: chunked", body=b'10\r\n{"integration":'),
        request("PUT", "/_sandbox/snapshot", "Content-Length: 1000", body=b"{"),
    ],
    ids=["length", "chunks", "control plane"],
)
def test_who_does_not_finish_the_body_is_told_so(impatient_url: str, raw: bytes) -> None:
    with Connection(impatient_url) as connection:
        connection.send(raw)
        reply = connection.reply()
        assert (reply.status, reply.json) == (408, {"statusCode": 408, "message": "request timeout"})
        assert reply.headers["connection"] == "close"
        assert connection.is_closed()


def test_a_slow_client_does_not_hold_up_others(impatient_url: str) -> None:
    with Connection(impatient_url) as slow:
        slow.send(framed("Content-Length: 1000", body=CALENDAR))
        assert put_calendar(impatient_url, CALENDAR).status == 200
        assert slow.reply().status == 408


def test_a_second_request_has_its_own_time(impatient_url: str) -> None:
    with Connection(impatient_url) as connection:
        connection.send(request("GET", "/v2/me", KEY))
        assert connection.reply().status == 200
        connection.send(b"GET /v2/me HT")
        with pytest.raises(RemoteDisconnected):
            connection.reply()


# -- Memory ----------------------------------------------------------------------------------------------------------

_serial = count()


def in_a_charset_of_its_own(url: str) -> Reply:
    return put_calendar(url, CALENDAR, f"{JSON}; charset=utf-{next(_serial)}{'x' * 1000}")


MANY_HEADERS, TOO_MANY_HEADERS = (
    request("GET", "/v2/me", KEY, *many_headers(count)) for count in (protocol.HEADER_LIMIT, 2_500)
)
KINDS: dict[str, Callable[[str], object]] = {
    "served": lambda url: put_calendar(url, CALENDAR),
    "refused by validation": lambda url: put_calendar(url, b'{"integration":[' + b"{}," * 200 + b"{}]}"),
    "malformed": lambda url: put_calendar(url, b'{"a":' * 1000),
    "too large": lambda url: put_calendar(url, padded(BODY_LIMIT + 1)),
    "unknown credentials": lambda url: ask(url, "GET", "/v2/me", "Authorization: Bearer cal_nobody"),
    "unknown path": lambda url: ask(url, "GET", "/v2/nothing?" + "x" * 500),
    "no HTTP": lambda url: outcome(url, b"\xff" * 100),
    "left early": lambda url: outcome(url, b"GET /v2/me HTTP/1.1\r\n\r\n"),
    "upgrade": lambda url: ask(url, "GET", "/v2/me", KEY, *OFFER),
    "unknown charset": in_a_charset_of_its_own,
    "many headers": lambda url: outcome(url, MANY_HEADERS),
    "too many headers": lambda url: outcome(url, TOO_MANY_HEADERS),
    "large header": lambda url: ask(url, "GET", "/v2/me", KEY, "X-Large: " + "a" * 100_000),
    "large host": lambda url: ask(url, "GET", "/v2/me", KEY, "Host: " + "a" * 100_000),
    "large URL": lambda url: ask(url, "GET", "/v2/conferencing/" + "a" * 30_000 + "/connect?" + "a" * 30_000, KEY),
}
ROUND = 30
"""Requests in a round."""
KEPT_BYTES = 50_000
"""What the journal may keep meanwhile: less than any of these leaves in a round, were all of it kept."""


@pytest.mark.parametrize("kind", KINDS)
def test_memory_does_not_grow(
    running: RunningSandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    monkeypatch.setattr(journal, "KEPT_BYTES", KEPT_BYTES)
    monkeypatch.setattr(commits, "KEPT_BYTES", 1_000)
    caplog.set_level(logging.ERROR, "uvicorn.error")  # Else the test itself would keep every warning.
    send = KINDS[kind]
    send(running.url)  # Fills the caches of what is read once.
    gc.collect()
    gc.freeze()  # The collections below then look at what the requests leave behind only.
    tracemalloc.start()
    try:
        sizes: list[int] = []
        for _ in range(3):
            for _ in range(ROUND):
                send(running.url)
            ask(running.url, "GET", "/health")  # When this is answered, the connections before it have ended.
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    # A round may fill what is bounded: the journal, and caches. The least part of a request is over 500 bytes.
    assert min(later - earlier for earlier, later in pairwise(sizes)) < ROUND * 500, sizes
    assert min(sizes) < 10 * KEPT_BYTES, sizes
