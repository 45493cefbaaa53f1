"""Passwords, TLS and replicas of the servers of shared stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from mock_server.state.errors import LogUnusable
from mock_server.state.shared.worlds import SharedWorlds
from mock_server.state.tests.store_server import StoreServer, store_server
from mock_server.state.tests.test_shared_worlds import add, are_alike, opened, play, titles

PASSWORD = "se@cret"
ENCODED_PASSWORD = "se%40cret"
SYNCHRONIZED_WITHIN = 20_000
"""Milliseconds that a replica has for its first copy."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def files(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The files of the certificates."""
    folder, certificate = tmp_path_factory.mktemp("certificates"), authority.issue_cert("localhost")
    files = {name: str(folder / f"{name}.pem") for name in ("ca", "chain", "key")}
    authority.cert_pem.write_to_path(files["ca"])
    certificate.private_key_pem.write_to_path(files["key"])
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(files["chain"], append=True)
    return files


@pytest.fixture(scope="module")
def place(files: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Host and port of a server that takes nothing but TLS, and wants a password."""
    server = StoreServer(tmp_path_factory.mktemp("valkey-with-tls"))
    server.start_with_tls(files["chain"], files["key"], files["ca"], PASSWORD)
    try:
        yield f"localhost:{server.port}"
    finally:
        server.kill()


def test_processes_use_a_store_over_tls_with_a_password(place: str, files: dict[str, str]) -> None:
    async def story(one: SharedWorlds, two: SharedWorlds) -> None:
        await add(one, "Confidential")
        assert "Confidential" in await titles(two)

    url = f"valkeys://:{ENCODED_PASSWORD}@{place}/0?ca={files['ca']}"
    play(story, opened(url), opened(url))


@pytest.mark.parametrize(
    ("credentials", "scheme", "has_ca", "complaint"),
    [
        (f":{ENCODED_PASSWORD}@", "valkeys", False, "has a certificate that is not trusted here. &ca=FILE"),
        (":wrong@", "valkeys", True, "does not accept the user or the password of its URL"),
        ("", "valkeys", True, "does not accept the user or the password of its URL"),
        (f":{ENCODED_PASSWORD}@", "valkey", False, "cannot be reached|did not reply in time"),
    ],
)
def test_a_store_that_cannot_be_entered_is_refused_without_its_password(
    place: str, files: dict[str, str], credentials: str, scheme: str, has_ca: bool, complaint: str
) -> None:
    options = f"ca={files['ca']}" if has_ca else ""
    with pytest.raises(LogUnusable, match=complaint) as refusal:
        opened(f"{scheme}://{credentials}{place}/0?patience=1&{options}")
    assert "cret" not in str(refusal.value)
    assert "wrong" not in str(refusal.value)


def test_a_write_that_a_replica_has_confirmed_is_acknowledged(tmp_path: Path) -> None:
    for name in ("primary", "replica"):
        (tmp_path / name).mkdir()

    async def story(one: SharedWorlds, two: SharedWorlds) -> None:
        await add(one, "Replicated")
        assert await are_alike(one, two)

    with store_server(tmp_path / "primary") as primary, store_server(tmp_path / "replica") as replica:
        with replica.client() as one, primary.client() as other:
            other.config_set("repl-diskless-sync-delay", 0)
            one.replicaof("127.0.0.1", primary.port)
            other.set("known", "to both")
            assert other.wait(1, SYNCHRONIZED_WITHIN) == 1
        url = primary.url("replicated", "&wait=1")
        play(story, opened(url), opened(url))
        with replica.client() as client:
            assert client.keys("replicated:*")
