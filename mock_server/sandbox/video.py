"""The video calls of the control plane: what the video service has of a meeting, and the files behind its links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from mock_server.bookings.booking_webhooks import emit_recorded, emit_transcribed
from mock_server.bookings.model import BOOKINGS, Booking, ConferencingSession, MeetingVideo, VideoRecording
from mock_server.bookings.video import file_link, store_video, video_of
from mock_server.runtime.exchange import Exchange
from mock_server.runtime.integers import integer_from
from mock_server.runtime.reply import Reply
from mock_server.sandbox.errors import Refused
from mock_server.state.transaction import Transaction
from mock_server.state.worlds import World

T = TypeVar("T")

FILE_PARAMETERS = ("recording", "transcript", "expires")
MOST = 100
"""The most recordings, transcripts or sessions of one meeting."""

# An MP4 file without tracks.
RECORDING = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08mdat"


class _Video(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of the call that sets what the video service has of a meeting."""

    recordings: tuple[VideoRecording, ...] = ()
    transcripts: tuple[str, ...] = ()
    sessions: tuple[ConferencingSession, ...] = ()


async def put_video(exchange: Exchange, uid: str) -> dict[str, Any]:
    """Sets recordings, transcripts and sessions of a meeting; webhooks receive those that are new. Raises Refused."""
    _booking(exchange.world.begin(), uid)
    try:
        body = msgspec.convert(exchange.body, _Video)
    except msgspec.ValidationError as error:
        raise Refused(400, f"The body is invalid: {error}.") from None
    if max(map(len, (body.recordings, body.transcripts, body.sessions))) > MOST:
        raise Refused(400, f"A meeting has at most {MOST} recordings, transcripts and sessions each.")
    await exchange.world.change(lambda tx: _put(tx, exchange.base_url, uid, body))
    return {"status": "ok"}


def _put(tx: Transaction, base_url: str, uid: str, body: _Video) -> None:
    booking = _booking(tx, uid)
    earlier = video_of(tx, booking)
    video = MeetingVideo(
        booking_id=booking.id, recordings=body.recordings, transcripts=body.transcripts, sessions=body.sessions
    )
    store_video(tx, video)
    _emit_new(tx, base_url, booking, earlier, video)


def video_file(world: World, uid: str, query: Mapping[str, str]) -> Reply:
    """The file behind a link, until the link expires. Raises Refused."""
    tx = world.begin()
    video = video_of(tx, _booking(tx, uid))
    expires = integer_from(query.get("expires", "")) or 0
    if expires <= tx.now.timestamp():
        raise Refused(410, "This link has expired: links are valid for an hour. Read the booking's recordings again.")
    recording = _item(video.recordings, query.get("recording"))
    transcript = _item(video.transcripts, query.get("transcript"))
    if recording is not None:
        return _redirect(recording.download_link) or _file("video/mp4", RECORDING)
    if transcript is not None:
        return _redirect(transcript) or _file("text/vtt; charset=utf-8", transcript.encode())
    raise Refused(404, f"Booking {uid} has no such recording or transcript.")


def _emit_new(tx: Transaction, base_url: str, booking: Booking, earlier: MeetingVideo, video: MeetingVideo) -> None:
    known = {each.id for each in earlier.recordings}
    for n, recording in enumerate(video.recordings):
        if recording.id not in known:
            emit_recorded(tx, booking, file_link(tx, base_url, booking, "recording", n))
    first = file_link(tx, base_url, booking, "recording", 0) if video.recordings else None
    for n, transcript in enumerate(video.transcripts):
        if transcript not in earlier.transcripts:
            emit_transcribed(tx, booking, file_link(tx, base_url, booking, "transcript", n), first)


def _booking(tx: Transaction, uid: str) -> Booking:
    if not tx.has("booking-references"):
        raise Refused(404, "Recordings of meetings exist from edition 2026-03 on (--edition chooses).")
    booking = tx[BOOKINGS].first(uid=uid)
    if booking is None:
        raise Refused(404, f"There is no booking {uid!r}.")
    return booking


def _item(items: Sequence[T], place: str | None) -> T | None:
    index = integer_from(place or "")
    return items[index] if index is not None and 0 <= index < len(items) else None


def _redirect(address: str | None) -> Reply | None:
    if address is None or not address.startswith(("https://", "http://")):
        return None
    return Reply(302, b"", ((b"location", address.encode()), (b"cache-control", b"no-store")), enveloped=False)


def _file(kind: str, content: bytes) -> Reply:
    return Reply(200, content, ((b"content-type", kind.encode()), (b"cache-control", b"no-store")), enveloped=False)
