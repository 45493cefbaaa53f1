"""JSON that is broken is refused in the words of the live API's parser. These are what Node 20 says of them."""

from __future__ import annotations

import json
from random import Random

import pytest

from mock_server.runtime.json_errors import json_complaint


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "Unexpected end of JSON input"),
        ("[", "Unexpected end of JSON input"),
        ("[1,", "Unexpected end of JSON input"),
        ('{"a":1,"b"', "Unexpected end of JSON input"),
        ("[tru", "Unexpected end of JSON input"),
        ('["a\\', "Unexpected end of JSON input"),
        ('{"a"', "Expected ':' after property name in JSON at position 4"),
        ('{"a" 1}', "Expected ':' after property name in JSON at position 5"),
        ('{"a":1,"b" 1}', "Unexpected number in JSON at position 11"),
        ('{"a":1,"b" "c"}', "Unexpected string in JSON at position 11"),
        ('{"a":1,"b"}', 'Unexpected token \'}\', "{"a":1,"b"}" is not valid JSON'),
        ("{'a':1}", "Expected property name or '}' in JSON at position 1"),
        ("{1:1}", "Expected property name or '}' in JSON at position 1"),
        ('{"a":1', "Expected ',' or '}' after property value in JSON at position 6"),
        ('{"a":1 "b":2}', "Expected ',' or '}' after property value in JSON at position 7"),
        ('{"a":1,', "Expected double-quoted property name in JSON at position 7"),
        ("[1", "Expected ',' or ']' after array element in JSON at position 2"),
        ("[1 2]", "Expected ',' or ']' after array element in JSON at position 3"),
        ("[1.5.5]", "Expected ',' or ']' after array element in JSON at position 4"),
        ("[1]\0", "Unexpected non-whitespace character after JSON at position 3"),
        ("[1,]", "Unexpected token ']', \"[1,]\" is not valid JSON"),
        ("[nul]", "Unexpected token ']', \"[nul]\" is not valid JSON"),
        ("[tr1]", "Unexpected number in JSON at position 3"),
        ("[01]", "Unexpected number in JSON at position 2"),
        ("[-]", "No number after minus sign in JSON at position 2"),
        ("[--1]", "No number after minus sign in JSON at position 2"),
        ("[1.]", "Unterminated fractional number in JSON at position 3"),
        ("[1e+]", "Exponent part is missing a number in JSON at position 4"),
        ("[1.5ea]", "Exponent part is missing a number in JSON at position 5"),
        ('["a', "Unterminated string in JSON at position 3"),
        ('["a\tb"]', "Bad control character in string literal in JSON at position 3"),
        ('["\\x"]', "Bad escaped character in JSON at position 3"),
        ('["\\u12"]', "Bad Unicode escape in JSON at position 6"),
        ('["\\\u0100"]', 'Unexpected token \'\u0100\', "["\\\u0100"]" is not valid JSON'),
        ('["\U0001f600" x]', "Expected ',' or ']' after array element in JSON at position 6"),
        ("[\U0001f600]", "Unexpected token '\ufffd', \"[\U0001f600]\" is not valid JSON"),
        ("[NaN,1,2,3,4,5,6,7,8,9,1]", "Unexpected token 'N', \"[NaN,1,2,3,\"... is not valid JSON"),
        ("[1,2,3,4,5,6,7,8,NaN,1,2,3]", "Unexpected token 'N', ...\"4,5,6,7,8,NaN,1,2,3]\" is not valid JSON"),
        (
            "[1,2,3,4,5,6,7,8,NaN,1,2,3,4]",
            "Unexpected token 'N', ...\"4,5,6,7,8,NaN,1,2,3,\"... is not valid JSON",
        ),
        ("[1,2,3,4,5,6,7,8,9,1,2,NaN]", "Unexpected token 'N', ...\"7,8,9,1,2,NaN]\" is not valid JSON"),
        ("null", "Unexpected token 'n', \"null\" is not valid JSON"),
        ("12", "Unexpected token '1', \"12\" is not valid JSON"),
        ("  <xml/>", "Unexpected token '<', \"  <xml/>\" is not valid JSON"),
        ("[object Object]", '"[object Object]" is not valid JSON'),
        ("[object Object] ", "Unexpected token 'o', \"[object Object] \" is not valid JSON"),
    ],
)
def test_the_words_and_places_are_those_of_the_live_parser(text: str, complaint: str) -> None:
    assert json_complaint(text) == complaint


def test_what_is_refused_is_what_is_no_json() -> None:
    random = Random(1)
    good = json.dumps({"a": [1, -2.5e3, True, None, "x\\\n\u00e9", {}, []], "b": {"c": [[{"d": "\U0001f600"}]]}})
    for _ in range(3000):
        place = random.randrange(len(good))
        text = good[:place] + random.choice(["", *'{}[]":,\\0 e-.tn\t']) + good[place + random.randrange(3) :]
        assert (json_complaint(text) is None) == is_json(text), text


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
