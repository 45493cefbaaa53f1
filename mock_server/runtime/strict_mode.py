"""Strict mode: a reply that does not fit the description is a defect of the sandbox, and answered with 500."""

from __future__ import annotations

from collections.abc import Callable

from mock_server.runtime.conformance import Breach, reply_breach
from mock_server.runtime.description import Operation
from mock_server.runtime.masking import Masker, Secrets
from mock_server.runtime.reply import Reply

CheckReply = Callable[[Operation, Reply], None]
"""Raises NonConformingReply."""


class NonConformingReply(Exception):
    """A reply does not fit the description: a defect of the sandbox."""

    def __init__(self, operation: Operation, status: int, breach: Breach, secrets: Secrets) -> None:
        what = Masker(secrets=secrets).breach(breach)
        super().__init__(f"{operation.id} made a reply of status {status} that breaks the description: {what}")


def check_of(secrets: Secrets) -> CheckReply:
    """A check of replies, successes and refusals, whose findings have `secrets` masked."""

    def check(operation: Operation, reply: Reply) -> None:
        breach = reply_breach(operation, reply.status, reply.body, closed=True)
        if breach is not None:
            raise NonConformingReply(operation, reply.status, breach, secrets)

    return check
