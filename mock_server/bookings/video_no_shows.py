"""Reports hosts and guests who miss a Cal Video meeting, by its sessions, to webhooks with a delay.

Source: Cal.com API v2, webhooks: AFTER_HOSTS_CAL_VIDEO_NO_SHOW, AFTER_GUESTS_CAL_VIDEO_NO_SHOW.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from mock_server.bookings import webhook_payloads as parts
from mock_server.bookings.model import ATTENDEES, BOOKINGS, Attendee, Booking, SessionParticipant
from mock_server.bookings.references import CAL_VIDEO_TYPE, references_of
from mock_server.bookings.video import video_of
from mock_server.event_types.booker_settings import cal_video_view
from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.model import USERS, User
from mock_server.runtime.dates import iso
from mock_server.runtime.integers import integer_from
from mock_server.state.jobs import Job, schedule
from mock_server.state.transaction import Transaction
from mock_server.webhooks import payloads
from mock_server.webhooks.events import Audience, emit_to_webhook
from mock_server.webhooks.jobs import about_booking, no_show_delay
from mock_server.webhooks.model import WEBHOOKS, Webhook
from mock_server.webhooks.subscribers import subscribers

KIND = "cal-video-no-show"
HOSTS_MISSED: payloads.Trigger = "AFTER_HOSTS_CAL_VIDEO_NO_SHOW"
GUESTS_MISSED: payloads.Trigger = "AFTER_GUESTS_CAL_VIDEO_NO_SHOW"


def schedule_no_show_reports(tx: Transaction, booking: Booking, audience: Audience) -> None:
    """Schedules a look at the sessions for each webhook with a delay that subscribes to a trigger."""
    if not references_of(tx, booking, CAL_VIDEO_TYPE):
        return
    for trigger in (HOSTS_MISSED, GUESTS_MISSED):
        for webhook in subscribers(tx, trigger, audience):
            delay = no_show_delay(webhook)
            if delay is not None:
                details = {"trigger": trigger, "bookingId": booking.id, "webhookId": webhook.id, "rounds": tx.rounds}
                schedule(tx, KIND, booking.start + delay, details, about=about_booking(booking.id))


def report_no_shows(tx: Transaction, job: Job) -> None:
    """Reports who has not joined in time. While there are no sessions, it waits for the end of the meeting.

    Where nobody has joined, only the hosts are reported.
    """
    webhook, booking = tx[WEBHOOKS].get(job.details["webhookId"]), tx[BOOKINGS].get(job.details["bookingId"])
    delay = None if webhook is None else no_show_delay(webhook)
    if webhook is None or delay is None or booking is None or booking.status != "accepted":
        return
    sessions = video_of(tx, booking).sessions
    if sessions:
        tx.rounds = job.details["rounds"]
        in_time = _joined(tx, booking, booking.start + delay)
        _report(tx, job.details["trigger"], booking, webhook, in_time)
    elif job.due < booking.end:
        schedule(tx, KIND, booking.end, job.details, about=about_booking(booking.id))


def hosts_missed(tx: Transaction, booking: Booking, limit: datetime) -> bool:
    """Whether the organizer is marked as absent, or the sessions show a host who had not joined by `limit`."""
    if booking.no_show_host:
        return True
    joined = _joined(tx, booking, limit)
    hosts, _ = _hosts_and_guests(tx, booking)
    has_sessions = bool(video_of(tx, booking).sessions)
    return has_sessions and any(not _has_joined(joined, each.name, each.email, each.id) for each in hosts)


def guests_missed(tx: Transaction, booking: Booking, limit: datetime) -> bool:
    """Whether all attendees are marked as absent, or the meeting had begun without a guest by `limit`."""
    if all(each.no_show for each in tx[ATTENDEES].find(booking_id=booking.id)):
        return True
    joined = _joined(tx, booking, limit)
    return bool(joined) and bool(_missing_guests(tx, booking, joined))


def _missing_guests(tx: Transaction, booking: Booking, joined: list[SessionParticipant]) -> list[Attendee]:
    _, guests = _hosts_and_guests(tx, booking)
    return [each for each in guests if not _has_joined(joined, each.name, each.email)]


def _joined(tx: Transaction, booking: Booking, limit: datetime) -> list[SessionParticipant]:
    """The participants who joined by `limit`."""
    sessions = video_of(tx, booking).sessions
    return [each for session in sessions for each in session.participants if each.join_time <= limit.timestamp()]


def _report(
    tx: Transaction, trigger: payloads.Trigger, booking: Booking, webhook: Webhook, joined: list[SessionParticipant]
) -> None:
    hosts, _ = _hosts_and_guests(tx, booking)
    if trigger == HOSTS_MISSED:
        missing_hosts = [host for host in hosts if not _has_joined(joined, host.name, host.email, host.id)]
        for host in missing_hosts:
            booking = _mark_host(tx, booking, host)
        for host in missing_hosts:
            payload = _payload(tx, booking, webhook, joined, f"Host with email {host.email}")
            payload["hostEmail"] = host.email
            payload["noShowHost"] = booking.no_show_host
            emit_to_webhook(tx, trigger, payload, webhook.id, webhook.subscriber_url)
        return
    missing = _missing_guests(tx, booking, joined)
    if missing and joined:
        marked = [tx[ATTENDEES].update(each.id, no_show=True) for each in missing]
        payload = _payload(tx, booking, webhook, joined, "Guest")
        payload["guests"] = [parts.stored_attendee(each) for each in marked]
        emit_to_webhook(tx, trigger, payload, webhook.id, webhook.subscriber_url)


def _hosts_and_guests(tx: Transaction, booking: Booking) -> tuple[list[User], list[Attendee]]:
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    guests, others = parts.guests_and_hosts(tx, event_type, tx[ATTENDEES].find(booking_id=booking.id))
    users = [tx[USERS].get(booking.user_id), *(tx[USERS].first(email=each.email) for each in others)]
    return [user for user in users if user is not None], guests


def _has_joined(joined: Iterable[SessionParticipant], name: str | None, email: str, number: int | None = None) -> bool:
    """Whether a participant has the id of a user, or shows the name or the email address."""
    return any(
        (number is not None and each.user_id == str(number)) or (each.user_name and each.user_name in (name, email))
        for each in joined
    )


def _mark_host(tx: Transaction, booking: Booking, host: User) -> Booking:
    """Marks a host as absent: the organizer on the booking, others as attendees."""
    if host.id == booking.user_id:
        return tx[BOOKINGS].update(booking.id, no_show_host=True)
    for each in tx[ATTENDEES].find(booking_id=booking.id):
        if each.email == host.email:
            tx[ATTENDEES].update(each.id, no_show=True)
    return booking


def _payload(
    tx: Transaction, booking: Booking, webhook: Webhook, joined: Iterable[SessionParticipant], missed: str
) -> payloads.CalVideoNoShow:
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    limit = booking.start + (no_show_delay(webhook) or timedelta(0))
    payload: payloads.CalVideoNoShow = {
        "title": booking.title,
        "bookingId": booking.id,
        "bookingUid": booking.uid,
        "startTime": iso(booking.start),
        "endTime": iso(booking.end),
        "attendees": [parts.stored_attendee(each) for each in tx[ATTENDEES].find(booking_id=booking.id)],
        "participants": [_participant(tx, each) for each in joined],
        "eventType": {
            "id": booking.event_type_id,
            "teamId": event_type.team_id if event_type else None,
            "parentId": event_type.parent_id if event_type else None,
            "calVideoSettings": cal_video_view(event_type) if event_type else None,
        },
        "webhook": _webhook(webhook),
        "message": f"{missed} didn't join the call or didn't join before {limit:%Y-%m-%d %H:%M:%S} +00:00",
    }
    return payload if booking.rescheduled_by is None else {**payload, "rescheduledBy": booking.rescheduled_by}


def _participant(tx: Transaction, participant: SessionParticipant) -> dict[str, object]:
    """A participant; one who is a user of the service was signed in."""
    user = tx[USERS].get(integer_from(participant.user_id or ""))
    known = {} if user is None else {"email": user.email, "isLoggedIn": True}
    return {
        "user_id": participant.user_id,
        "participant_id": tx.identifiers.uuid4(),
        "user_name": participant.user_name,
        "join_time": participant.join_time,
        "duration": participant.duration,
        **known,
    }


def _webhook(webhook: Webhook) -> dict[str, object]:
    return {
        "id": webhook.id,
        "subscriberUrl": webhook.subscriber_url,
        "appId": webhook.app_id,
        "time": webhook.time,
        "timeUnit": webhook.time_unit,
        "eventTriggers": list(webhook.triggers),
        "payloadTemplate": webhook.payload_template,
        "version": webhook.version,
    }
