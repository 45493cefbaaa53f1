"""Figures about the answers to routing forms, and about the members to whom they led.

Source: Cal.com API v2, insights: routings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from mock_server.bookings.model import ATTENDEES, BOOKINGS, Booking
from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.model import USERS, User
from mock_server.insights.column_filters import ColumnFilter, Value, all_match, read_column_filters
from mock_server.insights.periods import DateRange, Unit, read_range
from mock_server.insights.scopes import InsightScope, read_scope
from mock_server.routing_forms.fields import Field, fields_of
from mock_server.routing_forms.model import ROUTING_FORM_RESPONSES, RoutingForm, RoutingFormResponse
from mock_server.runtime.call import Call
from mock_server.runtime.dates import iso
from mock_server.runtime.json_values import is_list, is_object
from mock_server.state.transaction import Transaction

ZONE = "UTC"
"""The time zone of ranges about routing forms, whose requests have none."""

_STATUS_ORDER = ("accepted", "pending", "awaiting_host", "cancelled", "rejected")
_CHOICES = ("select", "multiselect", "radio", "checkbox")
_UNITS: dict[str, Unit] = {"perDay": "day", "perWeek": "week", "perMonth": "month"}


class RoutedResponse(msgspec.Struct, frozen=True):
    """A response to a form, with the booking that it led to, if any."""

    form: RoutingForm
    response: RoutingFormResponse
    booking: Booking | None


class RoutingQuery(msgspec.Struct, frozen=True):
    """The responses that an insight is about: those to the forms of a scope, in a range of days."""

    scope: InsightScope
    range: DateRange
    filters: tuple[ColumnFilter, ...]

    def responses(self, tx: Transaction) -> list[RoutedResponse]:
        """The responses, the newest first."""
        found = [
            each
            for form in self.scope.forms(tx)
            for each in _responses_to(tx, form, self.range)
            if all_match(self.filters, _columns(tx, each))
        ]
        return sorted(found, key=lambda each: (each.response.created_at, each.response.id), reverse=True)


def read_routing_query(call: Call) -> RoutingQuery:
    """The query of a request. Raises BadRequest for wrong dates, Forbidden without rights."""
    scope, body = read_scope(call), call.body
    return RoutingQuery(scope, read_range(body["startDate"], body["endDate"], ZONE), read_column_filters(body))


def counts_by_status(tx: Transaction, query: RoutingQuery) -> dict[str, int]:
    """How many responses led to a booking."""
    responses = query.responses(tx)
    booked = sum(each.booking is not None for each in responses)
    return {"total": len(responses), "totalWithoutBooking": len(responses) - booked, "totalWithBooking": booked}


def response_page(tx: Transaction, query: RoutingQuery, body: dict[str, Any]) -> dict[str, object]:
    """A page of the responses, in the order of `sorting`."""
    responses = query.responses(tx)
    for each in reversed(body.get("sorting") or []):
        if is_object(each) and isinstance(each.get("id"), str):
            _sort(tx, responses, each["id"], descending=each.get("desc") is True)
    page = responses[body["offset"] : body["offset"] + body["limit"]]
    return {"total": len(responses), "data": [response_view(tx, each) for each in page]}


def form_fields(tx: Transaction, scope: InsightScope, form_id: str | None) -> list[dict[str, object]]:
    """The fields of all forms, or of one, with their options."""
    forms = [form for form in scope.forms(tx) if form_id in (None, form.id)]
    return [_field_view(field) for form in forms for field in fields_of(form)]


def failed_bookings(tx: Transaction, query: RoutingQuery) -> dict[str, dict[str, list[dict[str, object]]]]:
    """By form and field, how often each option was chosen in responses that led to no booking."""
    chosen: dict[str, Counter[tuple[str, str]]] = {}
    forms: dict[str, RoutingForm] = {}
    for each in query.responses(tx):
        if each.booking is None:
            forms[each.form.id] = each.form
            counter = chosen.setdefault(each.form.id, Counter())
            counter.update((field.id, value) for field in fields_of(each.form) for value in _choices(field, each))
    return {
        form.name: {field.label: counts for field in fields_of(form) if (counts := _options(field, chosen[form.id]))}
        for form in forms.values()
    }


def routed_users(tx: Transaction, query: RoutingQuery, body: dict[str, Any]) -> dict[str, object]:
    """The members of the scope with the bookings that forms led to, in all and by period."""
    search = (body.get("searchQuery") or "").lower()
    users = [each for each in query.scope.users if search in f"{each.name or ''} {each.email}".lower()]
    booked = [each.booking for each in query.responses(tx) if each.booking is not None]
    totals = Counter(each.user_id for each in booked)
    users.sort(key=lambda each: (-totals[each.id], each.id))
    shown = users[: body["limit"]]
    mean = sum(totals[each.id] for each in users) / len(users) if users else 0
    periods = query.range.periods(_UNITS[body["period"]])
    return {
        "users": {"data": [_routed_user(each, totals[each.id], mean) for each in shown]},
        "periodStats": {"data": [stat for each in shown for stat in _stats(each, booked, periods)]},
    }


def response_view(tx: Transaction, routed: RoutedResponse) -> dict[str, object]:
    """A response with its form and its booking."""
    response, form = routed.response, routed.form
    return {
        "id": response.id,
        "uuid": None,
        "formId": form.id,
        "formName": form.name,
        "formTeamId": form.team_id,
        "formUserId": form.user_id,
        **_booking_part(tx, routed.booking),
        "createdAt": iso(response.created_at),
        **dict.fromkeys(("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")),
        "fields": [_answer_view(field_id, answer) for field_id, answer in response.response.items()],
    }


def _booking_part(tx: Transaction, booking: Booking | None) -> dict[str, object]:
    user = tx[USERS].get(booking.user_id) if booking else None
    event_type = tx[EVENT_TYPES].get(booking.event_type_id) if booking else None
    attendees = tx[ATTENDEES].find(booking_id=booking.id) if booking else []
    return {
        "bookingUid": booking and booking.uid,
        "bookingId": booking and booking.id,
        "bookingStatus": booking and booking.status,
        "bookingStatusOrder": booking and _STATUS_ORDER.index(booking.status) + 1,
        "bookingCreatedAt": booking and iso(booking.created_at),
        "bookingUserId": user and user.id,
        "bookingUserName": user and user.name,
        "bookingUserEmail": user and user.email,
        "bookingUserAvatarUrl": user and user.avatar_url,
        "bookingAssignmentReason": booking and booking.reassign_reason,
        "bookingStartTime": booking and iso(booking.start),
        "bookingEndTime": booking and iso(booking.end),
        "eventTypeId": event_type and event_type.id,
        "eventTypeParentId": event_type and event_type.parent_id,
        "eventTypeSchedulingType": event_type and event_type.scheduling_type,
        "bookingAttendees": [
            {
                "name": each.name,
                "timeZone": each.time_zone,
                "email": each.email,
                "phoneNumber": each.phone_number,
            }
            for each in attendees
        ],
    }


def _answer_view(field_id: str, answer: object) -> dict[str, object]:
    value = _value_of(answer)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return {
        "fieldId": field_id,
        "valueString": value if isinstance(value, str) else None,
        "valueNumber": value if is_number else None,
        "valueStringArray": [str(each) for each in value] if is_list(value) else None,
    }


def _value_of(answer: object) -> object:
    return answer.get("value") if is_object(answer) else answer


def _responses_to(tx: Transaction, form: RoutingForm, days: DateRange) -> Iterator[RoutedResponse]:
    for each in tx[ROUTING_FORM_RESPONSES].between((days.start,), (days.end,), form_id=form.id):
        uid = each.routed_to_booking_uid
        yield RoutedResponse(form, each, None if uid is None else tx[BOOKINGS].first(uid=uid))


def _columns(tx: Transaction, routed: RoutedResponse) -> dict[str, Callable[[], Value]]:
    """The columns of a response by which insights can be filtered: those of its booking, and its answers."""
    booking, form, response = routed.booking, routed.form, routed.response

    def attendees(*fields: str) -> list[object]:
        found = tx[ATTENDEES].find(booking_id=booking.id) if booking else []
        return [getattr(each, field) for each in found for field in fields]

    columns: dict[str, Callable[[], Value]] = {
        "formId": lambda: form.id,
        "bookingUid": lambda: booking and booking.uid,
        "bookingStatus": lambda: booking and booking.status,
        "bookingStatusOrder": lambda: booking and _STATUS_ORDER.index(booking.status) + 1,
        "bookingUserId": lambda: booking and booking.user_id,
        "bookingAttendees": lambda: attendees("name", "email"),
    }
    return columns | {
        field_id: (lambda answer=answer: _value_of(answer)) for field_id, answer in response.response.items()
    }


def _sort(tx: Transaction, responses: list[RoutedResponse], column: str, *, descending: bool) -> None:
    """Sorts by a column of the replies, responses without a value last."""

    def key(routed: RoutedResponse) -> tuple[bool, str]:
        value = response_view(tx, routed).get(column)
        text = f"{value:020}" if isinstance(value, int) else str(value)
        return (value is None) != descending, text

    responses.sort(key=key, reverse=descending)


def _field_view(field: Field) -> dict[str, object]:
    options = [{"id": each.id, "label": each.label} for each in field.options]
    return {"id": field.id, "label": field.label, "type": field.type, "options": options}


def _choices(field: Field, routed: RoutedResponse) -> list[str]:
    """The options that a response has chosen in a field of choices."""
    value = _value_of(routed.response.response.get(field.id)) if field.type in _CHOICES else None
    chosen = value if is_list(value) else [value]
    return [each for each in chosen if isinstance(each, str) and field.option(each) is not None]


def _options(field: Field, chosen: Counter[tuple[str, str]]) -> list[dict[str, object]]:
    counts = [(option, chosen[field.id, option.stored]) for option in field.options]
    return [
        {"optionId": option.stored, "optionLabel": option.label, "count": count} for option, count in counts if count
    ]


def _routed_user(user: User, total: int, mean: float) -> dict[str, object]:
    performance = "at_average" if total == mean else "above_average" if total > mean else "below_average"
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "avatarUrl": user.avatar_url,
        "performance": performance,
        "totalBookings": total,
    }


def _stats(user: User, booked: list[Booking], periods: list[DateRange]) -> Iterator[dict[str, object]]:
    """The user's bookings in each period in which there are any, by their creation."""
    moments: list[datetime] = [each.created_at for each in booked if each.user_id == user.id]
    for days in periods:
        total = sum(map(days.contains, moments))
        if total:
            yield {"userId": user.id, "period_start": iso(days.start), "total": total}
