"""E-mail addresses, and usernames of managed users."""

from __future__ import annotations

import pytest

from mock_server.identity.addresses import (
    domain_of,
    is_well_formed,
    managed_address,
    managed_username,
    slug,
    untagged_address,
)


@pytest.mark.parametrize(
    ("address", "untagged"),
    [
        ("Ann.Lee+tag+b@Example.COM", "ann.lee@example.com"),
        ("ann@example.com", "ann@example.com"),
        ('"a@b"+x@example.com', '"a@b"@example.com'),
    ],
)
def test_addresses_without_tags(address: str, untagged: str) -> None:
    assert untagged_address(address) == untagged
    assert domain_of(untagged) == "example.com"


def test_the_address_contains_the_client_id() -> None:
    assert managed_address("alice@example.com", "abc") == "alice+abc@example.com"
    assert managed_address("alice+work@example.com", "abc") == "alice+work+abc@example.com"


@pytest.mark.parametrize(
    ("address", "username"),
    [
        ("alice@example.com", "alice-abc-example-com"),
        ("alice@mail.example.co.uk", "alice-abc-mail-example"),
        ("Alice.Smith@Example.com", "alice.smith-abc-example-com"),
        ("alice_b@example.com", "alice-b-abc-example-com"),
    ],
)
def test_the_username_contains_two_labels_of_the_domain(address: str, username: str) -> None:
    assert managed_username(managed_address(address, "abc")) == username


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Zoë  Müller", "zoe-muller"), ("a..b...c", "a.b.c"), ("-.a.-", "a"), ("a&%$b", "a-b"), ("été 2", "ete-2")],
)
def test_slugs(text: str, expected: str) -> None:
    assert slug(text) == expected


@pytest.mark.parametrize(
    ("address", "is_one"),
    [("a+c@b.example", True), ("a+c@b", False), ("a b+c@b.example", False), ("a+c@b.example@d", False), ("+c@", False)],
)
def test_well_formed_addresses(address: str, is_one: bool) -> None:
    assert is_well_formed(address) is is_one
