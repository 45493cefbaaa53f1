"""Secrets are known by the description's marks, by where they stand, by their looks, or because somebody told them."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest

from mock_server.runtime.description import Description
from mock_server.runtime.masking import (
    MASK,
    MaskedFormatter,
    Masker,
    Secrets,
    credentials_of,
    described,
    described_in,
)
from mock_server.state.edition import EDITIONS

HEADERS = ["Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "Sandbox-Token", "X-Cal-Secret-Key"]


@pytest.mark.parametrize("name", HEADERS)
def test_headers_that_hold_secrets_are_masked(name: str) -> None:
    headers = [(name.encode(), b"Bearer hush-hush"), (b"x-other", b"told: hush-hush")]
    assert Masker(credentials_of(headers)).headers(headers) == {name.lower(): MASK, "x-other": f"told: {MASK}"}


def test_other_headers_are_shown() -> None:
    assert Masker().headers([(b"x-cal-client-id", b"mine"), (b"accept", b"a")]) == {
        "x-cal-client-id": "mine",
        "accept": "a",
    }


@pytest.mark.parametrize(
    "text",
    [
        'it was quo"te d/+&<x>é',
        json.dumps({"x": 'quo"te d/+&<x>é'}),
        json.dumps({"x": 'quo"te d/+&<x>é'}, ensure_ascii=False),
        "/v2/quo%22te%20d%2F%2B%26%3Cx%3E%C3%A9/x",
        "?x=quo%22te+d%2F%2B%26%3Cx%3E%C3%A9",
        "<b>quo&quot;te d/+&amp;&lt;x&gt;é</b>",
    ],
)
def test_what_is_known_is_masked_however_it_is_spelled(text: str) -> None:
    masked = Masker(['quo"te d/+&<x>é']).text(text)
    assert MASK in masked
    assert "quo" not in masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"secret": "a b", "x": 1}', '{"secret": ***, "x": 1}'),
        ("{'secret': 'a \"b', 'x': 1}", "{'secret': ***, 'x': 1}"),
        ("{'secret': 'it\\'s', 'x': 1}", "{'secret': ***, 'x': 1}"),
        (r"{\"secret\": \"a b\", \"x\": 1}", r"{\"secret\": ***, \"x\": 1}"),
        ('{"secret": "cut o', '{"secret": ***'),
        ("{'secret': ('a b', \"c'd\"), 'x': 1}", "{'secret': ***, 'x': 1}"),
        ('{"secret": ["a]b", "c"], "x": 1}', '{"secret": ***, "x": 1}'),
        ("'secret': ('cut o", "'secret': ***"),
        ("secret=a%20b&x=1", "secret=***&x=1"),
        ("?state=accessToken%3Dabc", "?state=accessToken%3D***"),
        ("Bearer cal_0123456789", "Bearer ***"),
        ("token eyJa.eyJb.c-d", "token ***"),
        ("a secretary, keys and a monkey=1", "a secretary, keys and a monkey=1"),
    ],
)
def test_texts_are_masked_by_names_and_looks(text: str, shown: str) -> None:
    assert Masker().text(text) == shown


@pytest.mark.parametrize("edition", EDITIONS)
def test_what_is_secret_in_any_edition_is_masked_in_each(edition: str) -> None:
    everywhere, here = described_in(*EDITIONS), described_in(edition)
    assert (here.fields, here.headers) == (everywhere.fields, everywhere.headers)


def test_a_complaint_of_validation_does_not_repeat_a_secret() -> None:
    complaint = {"property": "secret", "value": "hush", "target": {"secret": "hush", "name": "Ann"}}
    shown = {"property": "secret", "value": MASK, "target": {"secret": MASK, "name": "Ann"}}
    assert Masker().value([complaint]) == [shown]


def test_a_field_called_property_may_hold_anything() -> None:
    assert Masker().value({"property": {"secret": "hush"}}) == {"property": {"secret": MASK}}
    assert Masker().value({"property": ["a"]}) == {"property": ["a"]}


def _bundle(schema: dict[str, Any]) -> dict[str, Any]:
    reply = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Reply"}}}}
    operation = {
        "operationId": "get", "x-area": "a", "x-file": "a/a.yaml", "tags": ["A"], "summary": "", "x-access": [],
        "parameters": [], "responses": {"200": reply},
    }  # fmt: skip
    return {
        "paths": {"/v2/x": {"get": operation}},
        "components": {
            "schemas": {"Reply": {"type": "object", "properties": schema}, "Pin": {"type": "string", "x-secret": True}},
            "securitySchemes": {"pin": {"type": "apiKey", "in": "header", "name": "X-Pin", "x-secret": True}},
        },
    }


def test_the_description_says_what_is_secret() -> None:
    schema = {
        "pin": {"$ref": "#/components/schemas/Pin"},
        "deep": {"type": "array", "items": {"type": "object", "properties": {"puk": {"x-secret": True}}}},
        "link": {"type": "string", "x-secret": "part"},
        "name": {"type": "string"},
    }
    secrets = Secrets(Description(_bundle(schema)))
    assert "x-pin" in secrets.headers
    assert {"pin", "puk"} <= secrets.fields
    assert secrets.fields.isdisjoint({"link", "name", "deep"})
    assert secrets.by_operation == {"get": {"pin", "puk", "link"}}
    body = {"pin": "1", "deep": [{"puk": "2"}], "link": "/?pin=3", "name": "Ann"}
    shown = {"pin": MASK, "deep": [{"puk": MASK}], "link": f"/?pin={MASK}", "name": "Ann"}
    assert Masker(secrets=secrets).value(body) == shown


def test_operations_that_hand_out_tokens_are_known() -> None:
    hand_out = {name for name, fields in described().by_operation.items() if "accessToken" in fields}
    assert hand_out == {"create_managed_user", "refresh_tokens", "force_refresh_tokens"}


def test_logs_and_their_tracebacks_are_masked() -> None:
    try:
        int("cal_0123456789")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "GET %s", ("/?secret=hush",), sys.exc_info())
    told = MaskedFormatter("%(message)s").format(record)
    assert told.startswith("GET /?secret=***")
    assert told.endswith("with base 10: '***'")
