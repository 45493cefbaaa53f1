"""Scheduled triggers: the start and the end of meetings.

Source: Cal.com API v2, webhooks: scheduled triggers.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from mock_server.state.jobs import Job, JobHandler, drop_jobs, schedule
from mock_server.state.transaction import Transaction
from mock_server.webhooks.events import Audience, emit_to_webhook
from mock_server.webhooks.model import WEBHOOKS
from mock_server.webhooks.payloads import MeetingPayload
from mock_server.webhooks.subscribers import subscribers

KIND = "webhook"
OVERDUE = timedelta(days=1)


def schedule_meeting(
    tx: Transaction, booking_id: int, start: datetime, end: datetime, payload: MeetingPayload, audience: Audience
) -> None:
    """Schedules MEETING_STARTED and MEETING_ENDED of an accepted booking for the current subscribers.

    The payload and the subscribers' URLs stay as they are now.
    """
    for trigger, due in (("MEETING_STARTED", start), ("MEETING_ENDED", end)):
        for webhook in subscribers(tx, trigger, audience):
            details = {
                "trigger": trigger,
                "payload": dict(payload),
                "webhookId": webhook.id,
                "subscriberUrl": webhook.subscriber_url,
                "rounds": tx.rounds,
            }
            schedule(tx, KIND, due, details, about=about_booking(booking_id))


def drop_meeting(tx: Transaction, booking_id: int) -> None:
    """Cancels the scheduled triggers of a booking that was cancelled or rescheduled."""
    drop_jobs(tx, about_booking(booking_id))


def _send(tx: Transaction, job: Job) -> None:
    """Sends the event unless the webhook was deleted or the job is overdue; deactivated webhooks receive it too."""
    details = job.details
    if tx[WEBHOOKS].get(details["webhookId"]) is None or tx.now - job.due > OVERDUE:
        return
    tx.rounds = details.get("rounds", 0)
    emit_to_webhook(tx, details["trigger"], details["payload"], details["webhookId"], details["subscriberUrl"])


def about_booking(booking_id: int) -> str:
    """What the jobs of a booking's webhooks are about."""
    return f"booking:{booking_id}"


HANDLERS: dict[str, JobHandler] = {KIND: _send}
