"""Jobs of routing forms: queued responses expire, and submissions without a booking are announced."""

from __future__ import annotations

from mock_server.routing_forms.form_webhooks import NO_EVENT_JOB, emit_without_event
from mock_server.routing_forms.model import QUEUED_RESPONSES
from mock_server.routing_forms.submission import EXPIRY
from mock_server.state.jobs import Job, JobHandler
from mock_server.state.transaction import Transaction


def _expire(tx: Transaction, job: Job) -> None:
    queued = tx[QUEUED_RESPONSES].get(job.details["id"])
    if queued is not None:
        tx[QUEUED_RESPONSES].delete(queued.id)


HANDLERS: dict[str, JobHandler] = {EXPIRY: _expire, NO_EVENT_JOB: emit_without_event}
