"""Finds out who has not joined a Cal Video meeting some time after its start, and tells the webhook that asked.

Source: Cal.com API v2, webhooks: AFTER_HOSTS_CAL_VIDEO_NO_SHOW, AFTER_GUESTS_CAL_VIDEO_NO_SHOW.
"""

from __future__ import annotations

from typing import Any

from mock_server.bookings import webhook_payloads as parts
from mock_server.bookings.model import BOOKINGS, Booking, SessionParticipant
from mock_server.bookings.references import CAL_VIDEO_TYPE, references_of
from mock_server.bookings.video import video_of
from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.model import USERS, User
from mock_server.runtime.dates import iso
from mock_server.state.jobs import Job
from mock_server.state.transaction import Transaction
from mock_server.webhooks.events import emit_to_webhook
from mock_server.webhooks.model import WEBHOOKS, Webhook
from mock_server.webhooks.payloads import CalVideoNoShow, Trigger

HOSTS: Trigger = "AFTER_HOSTS_CAL_VIDEO_NO_SHOW"
GUESTS: Trigger = "AFTER_GUESTS_CAL_VIDEO_NO_SHOW"


def check_no_shows(tx: Transaction, job: Job) -> None:
    """Sends the event unless that side joined in time. Without a session, all count as joined."""
    booking, webhook = tx[BOOKINGS].get(job.details["bookingId"]), tx[WEBHOOKS].get(job.details["webhookId"])
    if booking is None or booking.status != "accepted" or webhook is None:
        return
    sessions = video_of(tx, booking).sessions
    organizer = tx[USERS].get(booking.user_id)
    if not sessions or organizer is None or not references_of(tx, booking, CAL_VIDEO_TYPE):
        return
    limit = int(job.due.timestamp())
    joined = [each for session in sessions for each in session.participants if each.join_time <= limit]
    tx.rounds = job.details.get("rounds", 0)
    before = f"{job.due:%Y-%m-%d %H:%M:%S} +00:00"
    if job.details["trigger"] == HOSTS and not any(_is_host(each, organizer) for each in joined):
        message = f"Host with email {organizer.email} didn't join the call or didn't join before {before}"
        payload = _payload(tx, booking, webhook, joined, message)
        _send(tx, HOSTS, {**payload, "hostEmail": organizer.email, "noShowHost": True}, webhook)
    if job.details["trigger"] == GUESTS and all(_is_host(each, organizer) for each in joined):
        payload = _payload(tx, booking, webhook, joined, f"Guest didn't join the call or didn't join before {before}")
        _send(tx, GUESTS, {**payload, "guests": payload["attendees"]}, webhook)


def _is_host(participant: SessionParticipant, organizer: User) -> bool:
    return participant.user_id == str(organizer.id)


def _send(tx: Transaction, trigger: Trigger, payload: CalVideoNoShow, webhook: Webhook) -> None:
    emit_to_webhook(tx, trigger, payload, webhook.id, webhook.subscriber_url)


def _payload(
    tx: Transaction, booking: Booking, webhook: Webhook, joined: list[SessionParticipant], message: str
) -> CalVideoNoShow:
    return {
        "title": booking.title,
        "bookingId": booking.id,
        "bookingUid": booking.uid,
        "startTime": iso(booking.start),
        "attendees": [parts.stored_attendee(each) for each in parts.attendees_of(tx, booking)],
        "endTime": iso(booking.end),
        "participants": [_participant(each) for each in joined],
        "eventType": _event_type(tx, booking),
        "webhook": {
            "id": webhook.id,
            "subscriberUrl": webhook.subscriber_url,
            "appId": webhook.app_id,
            "time": webhook.time,
            "timeUnit": webhook.time_unit,
            "eventTriggers": list(webhook.triggers),
            "payloadTemplate": webhook.payload_template,
        },
        "message": message,
    }


def _participant(participant: SessionParticipant) -> dict[str, Any]:
    return {
        "user_id": participant.user_id,
        "user_name": participant.user_name,
        "join_time": participant.join_time,
        "duration": participant.duration,
    }


def _event_type(tx: Transaction, booking: Booking) -> dict[str, Any]:
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    return {
        "id": booking.event_type_id,
        "teamId": event_type.team_id if event_type else None,
        "parentId": event_type.parent_id if event_type else None,
        "calVideoSettings": None,
    }
