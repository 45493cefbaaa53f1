"""Operations that report and block bookers of an organization.

Source: Cal.com API v2, organization bookings: report, block.
"""

from __future__ import annotations

from mock_server.bookings.abuse_reports import block_booker, find_target, report
from mock_server.runtime.call import Call


def report_organization_booking(call: Call) -> dict[str, object]:
    """Reports a booking with all upcoming ones of its booker, which are cancelled without mails."""
    organization_id, body = call.path_number("orgId"), call.body
    target = find_target(call.tx, organization_id, body["bookingUid"], body["reportType"])
    outcome = report(call.tx, target, body["reason"], body.get("description"), call.caller.user_id)
    return {
        "success": True,
        "message": f"Booking reported{' and cancelled' if outcome.cancelled else ''} successfully",
        "bookingUid": target.booking.uid,
        "reportedCount": outcome.reported,
        "cancelledCount": outcome.cancelled,
    }


def block_organization_booker(call: Call) -> dict[str, object]:
    """Puts the address or domain of a booker on the organization's blocklist, and cancels the upcoming bookings."""
    organization_id, body = call.path_number("orgId"), call.body
    target = find_target(call.tx, organization_id, body["bookingUid"], body["blockType"])
    cancelled = block_booker(call.tx, target, call.caller.user_id)
    message = "Added to blocklist"
    if cancelled:
        message += f" and {cancelled} booking{'' if cancelled == 1 else 's'} cancelled"
    return {
        "success": True,
        "message": message,
        "bookingUid": target.booking.uid,
        "cancelledCount": cancelled,
        "blockedValue": target.value,
    }
