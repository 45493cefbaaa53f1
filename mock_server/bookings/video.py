"""The recordings, transcripts and sessions that the simulated video service has of Cal Video meetings.

Source: Cal.com API v2, bookings: recordings, transcripts, conferencing sessions.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from mock_server.bookings.model import (
    ATTENDEES,
    BOOKINGS,
    MEETING_VIDEOS,
    Booking,
    ConferencingSession,
    MeetingVideo,
    SessionParticipant,
    VideoRecording,
)
from mock_server.bookings.references import CAL_VIDEO_TYPE, references_of
from mock_server.identity.model import USERS
from mock_server.state.transaction import Transaction

LINK_LIFETIME = timedelta(hours=1)
TRANSCRIPT = "WEBVTT\n\n00:00.000 --> 00:04.000\n{name}: Welcome to {title}.\n"


def video_of(tx: Transaction, booking: Booking) -> MeetingVideo:
    """What the video service has of a booking's meeting."""
    return tx[MEETING_VIDEOS].get(booking.id) or MeetingVideo(booking_id=booking.id)


def store_video(tx: Transaction, video: MeetingVideo) -> None:
    """Stores or replaces what the video service has of a meeting."""
    if tx[MEETING_VIDEOS].get(video.booking_id) is not None:
        tx[MEETING_VIDEOS].delete(video.booking_id)
    tx[MEETING_VIDEOS].insert(video)


def record_meeting(tx: Transaction, booking_id: int) -> tuple[Booking, VideoRecording] | None:
    """Adds a recording, a transcript and, if there is none, a session to a Cal Video meeting that has ended.

    Returns the booking and the recording; None if the meeting did not take place.
    """
    booking = tx[BOOKINGS].get(booking_id)
    meetings = references_of(tx, booking, CAL_VIDEO_TYPE) if booking is not None else []
    if booking is None or booking.status != "accepted" or not meetings:
        return None
    room, earlier = meetings[-1].uid, video_of(tx, booking)
    session = _session(tx, booking, room)
    recording = VideoRecording(
        id=tx.identifiers.uuid4(),
        room_name=room,
        start_ts=session.start_time,
        max_participants=session.max_participants,
        duration=session.duration,
        share_token=tx.identifiers.token(),
    )
    host = session.participants[0].user_name or ""
    store_video(
        tx,
        MeetingVideo(
            booking_id=booking.id,
            recordings=(*earlier.recordings, recording),
            transcripts=(*earlier.transcripts, TRANSCRIPT.format(name=host, title=booking.title)),
            sessions=earlier.sessions or (session,),
        ),
    )
    return booking, recording


def file_link(
    tx: Transaction, base_url: str, booking: Booking, kind: Literal["recording", "transcript"], n: int
) -> str:
    """The address of the n-th recording or transcript at the sandbox, valid for an hour."""
    expires = int((tx.now + LINK_LIFETIME).timestamp())
    return f"{base_url}/_sandbox/video/{booking.uid}?{kind}={n}&expires={expires}"


def _session(tx: Transaction, booking: Booking, room: str) -> ConferencingSession:
    """A session of all participants from the start to the end."""
    start, duration = int(booking.start.timestamp()), int((booking.end - booking.start).total_seconds())
    organizer = tx[USERS].get(booking.user_id)
    hosts = [] if organizer is None else [(str(organizer.id), organizer.name)]
    guests = [(None, attendee.name or attendee.email) for attendee in tx[ATTENDEES].find(booking_id=booking.id)]
    participants = tuple(
        SessionParticipant(user_id=user_id, user_name=name, join_time=start, duration=duration)
        for user_id, name in (*hosts, *guests)
    )
    return ConferencingSession(
        id=tx.identifiers.uuid4(),
        room=room,
        start_time=start,
        duration=duration,
        ongoing=False,
        max_participants=len(participants),
        participants=participants,
    )
