"""Headers of a request that were sent more than once."""

from __future__ import annotations

from mock_server.runtime.exchange import headers_by_name
from mock_server.runtime.tests.wire import KEY, ask

STRANGER = "Authorization: Bearer cal_nobody"


def test_values_of_one_header_are_joined() -> None:
    sent = [(b"accept", b"a"), (b"x-own", b""), (b"accept", b"b, c"), (b"x-own", b"d"), (b"cookie", b"e=1")]
    assert headers_by_name([*sent, (b"cookie", b"f=2")]) == {"accept": "a, b, c", "x-own": ", d", "cookie": "e=1; f=2"}


def test_of_a_header_with_a_single_value_the_first_counts(url: str) -> None:
    assert ask(url, "GET", "/v2/me", KEY, STRANGER).status == 200
    assert ask(url, "GET", "/v2/me", STRANGER, KEY).status == 401


def test_a_version_that_is_named_twice_is_an_unknown_version(url: str) -> None:
    version = "cal-api-version: 2024-09-04"
    slots = "/v2/slots?eventTypeId=1&start=2050-01-03&end=2050-01-04"
    assert ask(url, "GET", slots, KEY, version).status == 200
    assert ask(url, "GET", slots, KEY, version, version).status == 404


def test_blanks_around_a_value_do_not_count(url: str) -> None:
    assert ask(url, "GET", "/v2/event-types", KEY, "cal-api-version: \t2024-06-14 \t").status == 200
