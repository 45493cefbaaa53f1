"""Reads from a deployment through the gate: only GET, at a polite rate, and nothing that has effects."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from contract_tests.addresses import InvalidAddress, server_address
from contract_tests.catalogue import catalogue_of
from contract_tests.clients import certificates
from contract_tests.editions import served_edition
from contract_tests.fuzzing.target import bearer
from contract_tests.http import request_to
from contract_tests.known_secrets import KnownSecrets
from contract_tests.ledger import Ledger
from contract_tests.profiles.gate import open_gate


class CannotRead(Exception):
    """The deployment cannot be read; the text says why."""


class DeploymentReader:
    """Reads with an API key. A sandbox is read in its own edition, without a limit of the rate.

    `edition` and `rate`, the number of requests per minute, are for all other servers. Raises CannotRead for an
    invalid address.
    """

    def __init__(self, url: str, key: str, edition: str, rate: float) -> None:
        try:
            address = server_address("--from", url).removesuffix("/v2")
        except InvalidAddress as error:
            raise CannotRead(str(error)) from None
        with httpx.Client(timeout=5, verify=certificates()) as client:
            served = served_edition(address, client)
        self._headers = bearer(key)
        self._folder = TemporaryDirectory()
        known = KnownSecrets({key})
        ledger = Ledger(Path(self._folder.name) / "ledger.jsonl", known)
        catalogue = catalogue_of(served or edition)
        self._gate = open_gate(address, catalogue, ledger, {}, rate if served is None else None, known=known)

    def get(self, path: str, query: Mapping[str, Any], version: str | None) -> tuple[int, Any]:
        """The status and the JSON body of a reply. Raises CannotRead once the server has stopped answering."""
        reply = self._gate.send(request_to("GET", path, self._headers, query=query, version=version))
        if self._gate.stopped is not None:
            raise CannotRead(self._gate.stopped)
        if reply.is_lost and reply.status != HTTPStatus.GATEWAY_TIMEOUT:
            raise CannotRead(reply.content["message"])
        return reply.status, reply.content

    def close(self) -> None:
        """Closes the connections."""
        self._gate.close()
        self._folder.cleanup()
