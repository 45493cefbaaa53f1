"""Which hosts deliveries may go to, on a loopback address and on an open one."""

from __future__ import annotations

import asyncio

import pytest

from mock_server.webhooks import hosts
from mock_server.webhooks.hosts import AllowedHosts, HostNotAllowed, HostNotResolved

NAMES = {
    "hooks.example.com": ["203.0.113.7"],
    "deep.hooks.example.com": ["203.0.113.8"],
    "rebound.example.com": ["127.0.0.1"],
    "mixed.example.com": ["203.0.113.9", "127.0.0.1"],
    "2130706433": ["127.0.0.1"],
}


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look_up(host: str) -> list[str]:
        if host not in NAMES:
            raise OSError
        return NAMES[host]

    monkeypatch.setattr(hosts, "_look_up", look_up)


def addresses(host: str, *allowed: str, **options: bool) -> list[str]:
    return asyncio.run(AllowedHosts(allowed, **options).addresses(host))


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("127.0.0.1", ["127.0.0.1"]),
        ("127.8.9.10", ["127.8.9.10"]),
        ("::1", ["::1"]),
        ("::ffff:127.0.0.1", ["127.0.0.1"]),
        ("localhost", ["127.0.0.1", "::1"]),
        ("app.localhost", ["127.0.0.1", "::1"]),
        ("rebound.example.com", ["127.0.0.1"]),
        ("2130706433", ["127.0.0.1"]),
    ],
)
def test_loopback_addresses_are_allowed_by_default(host: str, found: list[str]) -> None:
    assert addresses(host) == found


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "0.0.0.0", "::ffff:10.0.0.1", "hooks.example.com"])
def test_other_hosts_are_refused_with_the_option_that_allows_them(host: str) -> None:
    with pytest.raises(HostNotAllowed, match=f"--webhook-hosts {host}"):
        addresses(host)


def test_only_the_allowed_addresses_of_a_name_are_called() -> None:
    assert addresses("mixed.example.com") == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("hooks.example.com", "hooks.example.com"),
        ("HOOKS.example.com".lower(), "Hooks.Example.com"),
        ("deep.hooks.example.com", "*.example.com"),
        ("hooks.example.com", "203.0.113.0/24"),
        ("10.1.2.3", "10.0.0.0/8"),
        ("10.1.2.3", "*"),
    ],
)
def test_hosts_names_and_networks_can_be_allowed(host: str, allowed: str) -> None:
    assert len(addresses(host, "unrelated.example.org", allowed)) == 1


def test_allowing_a_name_does_not_allow_its_subdomains() -> None:
    with pytest.raises(HostNotAllowed):
        addresses("deep.hooks.example.com", "hooks.example.com")


LOOPBACK_HOSTS = [
    "127.0.0.1",
    "127.8.9.10",
    "::1",
    "::ffff:127.0.0.1",
    "localhost",
    "rebound.example.com",
    "2130706433",
]


@pytest.mark.parametrize("host", LOOPBACK_HOSTS)
@pytest.mark.parametrize("allowed", ["unrelated.example.org", "*.example.com", "10.0.0.0/8"])
def test_on_an_open_address_loopback_addresses_are_refused(host: str, allowed: str) -> None:
    with pytest.raises(HostNotAllowed, match=f"--webhook-hosts {host}"):
        addresses(host, allowed, loopback=False)


def test_on_an_open_address_only_the_other_addresses_of_a_name_are_called() -> None:
    assert addresses("mixed.example.com", "*.example.com", loopback=False) == ["203.0.113.9"]


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::ffff:127.0.0.1", "127.0.0.0/8"),
        ("localhost", "localhost"),
        ("rebound.example.com", "rebound.example.com"),
        ("127.0.0.1", "*"),
    ],
)
def test_loopback_can_be_allowed_on_an_open_address(host: str, allowed: str) -> None:
    assert addresses(host, allowed, loopback=False)


@pytest.mark.parametrize(
    ("host", "is_local"), [("127.0.0.1", True), ("::ffff:127.0.0.1", True), ("203.0.113.7", False)]
)
def test_an_inbox_has_to_be_on_this_machine(host: str, is_local: bool) -> None:
    hosts_allowed = AllowedHosts(loopback=False)
    if is_local:
        assert asyncio.run(hosts_allowed.addresses(host, to_this_machine=True))
    else:
        with pytest.raises(HostNotAllowed):
            asyncio.run(hosts_allowed.addresses(host, to_this_machine=True))


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_unspecified_addresses_are_refused(host: str) -> None:
    with pytest.raises(HostNotAllowed):
        asyncio.run(AllowedHosts(["*.example.com"]).addresses(host, to_this_machine=True))


def test_an_unknown_name_is_not_resolved() -> None:
    with pytest.raises(HostNotResolved, match=r"nowhere\.example cannot be resolved"):
        addresses("nowhere.example")


@pytest.mark.parametrize(
    ("host", "allowed", "loopback", "may"),
    [
        ("localhost", (), True, True),
        ("app.localhost", (), False, False),
        ("127.0.0.1", (), False, False),
        ("[::1]", (), True, True),
        ("hooks.example.com", (), True, False),
        ("HOOKS.example.com", ("*.example.com",), True, True),
        ("10.1.2.3", ("10.0.0.0/8",), True, True),
        ("hooks.example.com", ("*",), False, True),
    ],
)
def test_whether_a_host_may_be_allowed_is_known_without_resolving_it(
    host: str, allowed: tuple[str, ...], loopback: bool, may: bool
) -> None:
    assert AllowedHosts(allowed, loopback=loopback).may_allow(host) is may
