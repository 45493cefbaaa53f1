"""Jobs about bookings: no-shows are reported, and the video service delivers the recordings of meetings that ended."""

from __future__ import annotations

from mock_server.bookings.booking_webhooks import emit_recorded, emit_transcribed
from mock_server.bookings.references import VIDEO_HOST
from mock_server.bookings.video import record_meeting
from mock_server.bookings.video_jobs import KIND as VIDEO_KIND
from mock_server.bookings.video_no_shows import KIND as NO_SHOW_KIND
from mock_server.bookings.video_no_shows import report_no_shows
from mock_server.state.jobs import Job, JobHandler
from mock_server.state.transaction import Transaction


def _deliver_video(tx: Transaction, job: Job) -> None:
    """The webhooks name files of the video service: a job does not know the address of the sandbox."""
    recorded = record_meeting(tx, job.details["bookingId"])
    if recorded is None:
        return
    booking, recording = recorded
    folder = f"{VIDEO_HOST}/{recording.room_name}/{recording.id}"
    emit_recorded(tx, booking, f"{folder}.mp4")
    emit_transcribed(tx, booking, f"{folder}.vtt", f"{folder}.mp4")


HANDLERS: dict[str, JobHandler] = {VIDEO_KIND: _deliver_video, NO_SHOW_KIND: report_no_shows}
