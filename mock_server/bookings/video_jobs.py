"""Schedules what the video service delivers when a Cal Video meeting ends."""

from __future__ import annotations

from mock_server.bookings.model import Booking
from mock_server.state.jobs import drop_jobs, schedule
from mock_server.state.transaction import Transaction

KIND = "cal-video"


def schedule_video_job(tx: Transaction, booking: Booking) -> None:
    """Schedules the delivery for the end of the meeting, in place of an earlier one."""
    drop_video_job(tx, booking)
    schedule(tx, KIND, booking.end, {"bookingId": booking.id}, about=_about(booking))


def drop_video_job(tx: Transaction, booking: Booking) -> None:
    """Cancels the delivery of a meeting that does not take place."""
    drop_jobs(tx, _about(booking))


def _about(booking: Booking) -> str:
    return f"video:{booking.id}"
