"""The resources of the API, all checked by the same CRUD lifecycle."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from contract_tests.clients import EVENT_TYPES, EVENT_TYPES_2026, LEGACY, SCHEDULES
from contract_tests.consistency.host import managed_user
from contract_tests.consistency.resource import Fields, Resource, Within, no_context
from contract_tests.consistency.session import Session
from contract_tests.editions import in_force
from contract_tests.nonexistent import NO_CLIENT, NO_TEXT

ZONES = ("Europe/Rome", "America/New_York", "Asia/Tokyo", "Australia/Sydney", "Africa/Nairobi")
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
TRIGGERS = ["BOOKING_CREATED", "BOOKING_RESCHEDULED", "BOOKING_CANCELLED", "BOOKING_REJECTED", "BOOKING_REQUESTED"]


def _id(data: Any) -> Any:
    return data["id"]


def _made(
    purpose: str, collection: str, item: str, name: str, body: Any, within: Within = no_context, **more: Any
) -> Within:
    """A prerequisite of a resource, deleted at the end."""
    made, version = more.get("made", _id), more.get("version")

    @contextmanager
    def there(session: Session) -> Generator[Fields]:
        headers = session.credentials(purpose)
        with within(session) as ids:
            reply = session.succeed("POST", collection, headers, ids=ids, body=body(session, ids), version=version)
            known = {**ids, name: made(reply.data)}
            try:
                yield known
            finally:
                session.call("DELETE", item, headers, ids=known, version=version)

    return there


# -- schedules ------------------------------------------------------------------------------------------------------


def schedule_body(session: Session, ids: Fields) -> Fields:
    """Availability on some weekdays and one override."""
    del ids
    days = sorted(session.random.sample(DAYS, 3), key=DAYS.index)
    hours = {"days": days, "startTime": "08:15", "endTime": "16:45"}
    exception = {"date": "2049-12-24", "startTime": "10:00", "endTime": "12:30"}
    return {
        "name": session.title("Hours"), "timeZone": session.random.choice(ZONES), "isDefault": False,
        "availability": [hours], "overrides": [exception],
    }  # fmt: skip


def schedule_change(session: Session) -> Fields:
    """Another name and availability."""
    hours = {"days": ["Sunday"], "startTime": "06:00", "endTime": "07:30"}
    exceptions = [{"date": f"2049-11-{day}", "startTime": "11:00", "endTime": "12:00"} for day in (11, 12)]
    return {
        "name": session.title("Other hours"), "availability": [hours], "overrides": exceptions,
        "timeZone": "Asia/Kolkata",
    }  # fmt: skip


def old_schedule_body(session: Session, ids: Fields) -> Fields:
    """The hours of one day, as older versions give them."""
    del ids
    hours = {"days": [2], "startTime": "2050-05-01T10:00:00.000Z", "endTime": "2050-05-01T12:00:00.000Z"}
    return {
        "name": session.title("Older hours"), "timeZone": "Asia/Tokyo", "isDefault": False, "availabilities": [hours]
    }  # fmt: skip


def old_schedule_change(session: Session) -> Fields:
    """Another name and time zone."""
    return {"name": session.title("Other older hours"), "timeZone": "Asia/Kolkata"}


WRONG_SCHEDULE = ({"name": 17}, {"timeZone": "Europe/Nowhere"})

# -- event types ----------------------------------------------------------------------------------------------------


def event_type_body(session: Session, ids: Fields) -> Fields:
    """An event type of an unusual length."""
    del ids
    return {
        "title": session.title("Talk"), "slug": session.unique("talk"), "description": "Ünder vier Augen",
        "lengthInMinutes": session.random.choice((25, 35, 50)), "minimumBookingNotice": 90,
        "beforeEventBuffer": 5, "afterEventBuffer": 10,
    }  # fmt: skip


def event_type_change(session: Session) -> Fields:
    """Another title and length."""
    return {
        "title": session.title("Long talk"), "lengthInMinutes": 55, "afterEventBuffer": 20, "slotInterval": 35,
        "hideCalendarNotes": True, "onlyShowFirstAvailableSlot": True, "lockTimeZoneToggleOnBookingPage": True,
        "slug": session.unique("long-talk"), "successRedirectUrl": "https://example.com/done", "offsetStart": 10,
        "customName": "A long talk", "requiresBookerEmailVerification": True, "hideCalendarEventDetails": True,
        "bookingLimitsCount": {"day": 3, "week": 7}, "bookingLimitsDuration": {"week": 600},
        "color": {"lightThemeHex": "#102030", "darkThemeHex": "#405060"},
    }  # fmt: skip


def old_event_type_body(session: Session, ids: Fields) -> Fields:
    """An event type as older versions give it."""
    del ids
    return {"title": session.title("Older talk"), "slug": session.unique("older-talk"), "length": 45}


def old_event_type_change(session: Session) -> Fields:
    """Another title and length."""
    return {"title": session.title("Other older talk"), "length": 50}


WRONG_OLD_EVENT_TYPE = ({"length": 0}, {"title": 17})


def team_event_type_change(session: Session) -> Fields:
    """The same without the slug, since updates of a team's event type reject its own slug."""
    return {name: value for name, value in event_type_change(session).items() if name != "slug"}


def team_event_type_body(session: Session, ids: Fields) -> Fields:
    """The same without hosts."""
    return {**event_type_body(session, ids), "schedulingType": "collective", "hosts": []}


@contextmanager
def my_name(session: Session) -> Generator[Fields]:
    """The user's name, by which event types are listed."""
    yield {"username": session.succeed("GET", "/v2/me", session.actors.personal).data["username"]}


_PLACES: Fields = {
    "locations": [
        {"type": "link", "link": "https://example.com/room", "public": True},
        {"type": "address", "address": "1 Main Street", "public": True},
    ],
    "bookingFields": [
        {"type": "text", "slug": "topic", "label": "Topic", "required": False, "placeholder": "Any", "hidden": False},
    ],
    "bookingWindow": {"type": "calendarDays", "value": 30, "rolling": True},
}
_POLICIES: Fields = {
    "lengthInMinutes": 30, "lengthInMinutesOptions": [30, 60], "minimumBookingNotice": 180,
    "beforeEventBuffer": 15, "bookerLayouts": {"defaultLayout": "week", "enabledLayouts": ["week", "month"]},
    "confirmationPolicy": {"type": "always", "blockUnconfirmedBookingsInBooker": True},
    "description": "Unter sechs Augen",
}  # fmt: skip
_FEWER: Fields = {
    "description": "", "lengthInMinutes": 60, "lengthInMinutesOptions": [60, 90],
    "bookerLayouts": {"defaultLayout": "month", "enabledLayouts": ["month"]},
    "locations": [{"type": "link", "link": "https://example.com/other", "public": True}],
}  # fmt: skip
"""Lists that replace earlier ones, and an empty text."""
_SEATS: Fields = {
    "locations": [{"type": "link", "link": "https://example.com/hall", "public": True}],
    "seats": {"seatsPerTimeSlot": 3, "showAttendeeInfo": True, "showAvailabilityCount": False},
    "confirmationPolicy": {"disabled": True},
}  # fmt: skip
_SERIES: Fields = {
    "recurrence": {"interval": 1, "occurrences": 3, "frequency": "weekly"}, "seats": {"disabled": True},
}  # fmt: skip
_LOOKS: Fields = {
    "slotInterval": 35, "hideCalendarNotes": True, "onlyShowFirstAvailableSlot": True, "offsetStart": 10,
    "lockTimeZoneToggleOnBookingPage": True, "successRedirectUrl": "https://example.com/done",
    "customName": "A long talk", "requiresBookerEmailVerification": True, "hideCalendarEventDetails": True,
    "bookingLimitsCount": {"day": 3, "week": 7}, "bookingLimitsDuration": {"week": 600},
    "color": {"lightThemeHex": "#102030", "darkThemeHex": "#405060"},
}  # fmt: skip
EVENT_TYPE_GROUPS = (_PLACES, _POLICIES, _FEWER, _SEATS, _SERIES)
TEAM_EVENT_TYPE_GROUPS = (*EVENT_TYPE_GROUPS, _LOOKS)
_SINCE_2026_06_12: Fields = {
    **_LOOKS, "bookingRequiresAuthentication": True, "hideOrganizerEmail": True, "interfaceLanguage": "de",
    "disableRescheduling": {"disabled": False, "minutesBefore": 60}, "disableCancelling": {"disabled": True},
    "allowReschedulingPastBookings": True, "allowReschedulingCancelledBookings": True,
    "skipAttendeeEmailDeliverabilityCheck": True, "privateNoteEnabled": True, "privateNoteMode": "separate_events",
    "privateNoteTemplate": "Für uns", "bookingProposalCount": 3,
}  # fmt: skip
TEAM_LOOKS: Fields = {
    "logoUrl": "https://example.com/logo.png", "calVideoLogo": "https://example.com/video.png",
    "appLogo": "https://example.com/app.png", "appIconLogo": "https://example.com/icon.png",
    "bannerUrl": "https://example.com/banner.png", "hideBranding": True, "isPrivate": True,
    "hideBookATeamMember": True, "theme": "light", "brandColor": "#223344", "darkBrandColor": "#556677",
    "metadata": {"floor": 4}, "timeZone": "Asia/Kolkata",
}  # fmt: skip

WRONG_EVENT_TYPE = ({"lengthInMinutes": 0}, {"title": 17})

# -- webhooks -------------------------------------------------------------------------------------------------------


def webhook_body(session: Session, ids: Fields) -> Fields:
    """An inactive webhook, so that nothing is sent."""
    del ids
    return {
        "subscriberUrl": f"https://hooks.example.com/{session.unique('hook')}", "active": False,
        "triggers": sorted(session.random.sample(TRIGGERS, 2)), "secret": session.title("secret"),
        "payloadTemplate": '{"what": "{{triggerEvent}}"}', **_payloads_of_2026_07_27(session),
    }  # fmt: skip


def _payloads_of_2026_07_27(session: Session) -> Fields:
    """The choice of these payloads, in editions that have them."""
    body, components = session.description_of("POST", "/v2/webhooks").body_schema, session.description.components
    known = components.resolve(components.properties(body or {}).get("version", {})).get("enum", ())
    return {"version": "2026-07-27"} if "2026-07-27" in known else {}


def webhook_change(session: Session) -> Fields:
    """Another URL and trigger."""
    return {
        "subscriberUrl": f"https://hooks.example.org/{session.unique('hook')}",
        "triggers": [session.random.choice(TRIGGERS)], "secret": session.title("other secret"),
        "payloadTemplate": '{"what": "{{title}}"}',
    }  # fmt: skip


WRONG_WEBHOOK = ({"triggers": ["NO_TRIGGER"]}, {"active": "yes"}, {"subscriberUrl": 17})


def webhooks(name: str, path: str, purpose: str, within: Within = no_context) -> Resource:
    """Webhooks of the owner in the path."""
    return Resource(
        name=name, collection=path, item=path + "/{webhookId}", purpose=purpose, body=webhook_body,
        change=webhook_change, wrong=WRONG_WEBHOOK, within=within, unknown_id=NO_TEXT,
        texts=("payloadTemplate", "secret"),
    )  # fmt: skip


# -- workflows ------------------------------------------------------------------------------------------------------


def workflow_body(session: Session, ids: Fields) -> Fields:
    """A reminder of no event type, so that nothing is sent."""
    del ids
    return {
        "name": session.title("Reminder"), "activation": {"isActiveOnAllEventTypes": False, "activeOnEventTypeIds": []},
        "trigger": {"type": "beforeEvent", "offset": {"value": session.random.randint(1, 90), "unit": "minute"}},
        "steps": [_step(session, "email_attendee", 1), _step(session, "sms_attendee", 2)],
    }  # fmt: skip


def workflow_change(session: Session) -> Fields:
    """Another name and trigger. New steps would get other ids whenever the request is repeated."""
    return {
        "name": session.title("Thanks"), "trigger": {"type": session.random.choice(("newEvent", "bookingRejected"))},
    }  # fmt: skip


WORKFLOW_STEPS: Fields = {
    "steps": [
        {
            "id": 0, "action": "email_attendee", "stepNumber": 1, "sender": "Acme", "includeCalendarEvent": False,
            "message": {"subject": "Bis bald", "html": "<p>Grüße an {ATTENDEE}</p>"},
        },
    ],
}  # fmt: skip
"""A new step in place of all others."""


def form_workflow_body(session: Session, ids: Fields) -> Fields:
    """A follow-up of no routing form, so that nothing is sent."""
    return {
        **workflow_body(session, ids),
        "activation": {"isActiveOnAllRoutingForms": False, "activeOnRoutingFormIds": []},
        "trigger": {
            "type": "formSubmittedNoEvent",
            "offset": {"value": session.random.randint(1, 90), "unit": "minute"},
        },
    }


def form_workflow_change(session: Session) -> Fields:
    """Another name and trigger."""
    return {"name": session.title("Thanks"), "trigger": {"type": "formSubmitted"}}


def _step(session: Session, action: str, number: int) -> Fields:
    text = session.title("See you at {START_TIME_h:mma}")
    content = {"html": f"<p>{text}</p>"} if action.startswith("email") else {"text": text}
    return {
        "action": action, "stepNumber": number, "sender": "Acme", "message": {"subject": "{EVENT_NAME}", **content},
    }  # fmt: skip


# -- teams and users -----------------------------------------------------------------------------------------------


def team_body(session: Session, ids: Fields) -> Fields:
    """A team with a bio."""
    del ids
    return {
        "name": session.title("Team"), "slug": session.unique("team"), "bio": "Für alle Fälle",
        "timeZone": session.random.choice(ZONES), "weekStart": session.random.choice(DAYS), "metadata": {"floor": 3},
    }  # fmt: skip


def team_change(session: Session) -> Fields:
    """Another name and bio."""
    return {
        "name": session.title("New team"), "bio": "Für fast alle Fälle", "hideBranding": True, "isPrivate": True,
        "hideBookATeamMember": True, "theme": "dark", "brandColor": "#112233", "darkBrandColor": "#445566",
        "logoUrl": "https://example.com/logo.png", "weekStart": "Saturday", "slug": session.unique("renamed"),
    }  # fmt: skip


USER_LOOKS: Fields = {
    "metadata": {"desk": 3}, "hideBranding": True, "appTheme": "light", "darkBrandColor": "#112233",
}  # fmt: skip


def user_body(session: Session, ids: Fields) -> Fields:
    """A user."""
    del ids
    return {
        "email": f"{session.unique('ann')}@example.com", "bio": "Ännchen", "theme": "dark", "timeFormat": 24,
        "timeZone": session.random.choice(ZONES), "locale": "fr", "brandColor": "#102030",
    }  # fmt: skip


def user_change(session: Session) -> Fields:
    """Another bio and appearance."""
    return {
        "bio": session.title("bio"), "theme": "light", "timeFormat": 12, "brandColor": "#a1b2c3", "locale": "it",
        "darkBrandColor": "#c3b2a1", "timeZone": "Asia/Kolkata", "appTheme": "dark", "hideBranding": True,
        "username": session.unique("anna"),
    }  # fmt: skip


def managed_user_body(session: Session, ids: Fields) -> Fields:
    """A managed user."""
    del ids
    return {
        "email": f"{session.unique('max')}@example.com", "name": session.title("Max"), "timeFormat": 24,
        "weekStart": session.random.choice(DAYS), "timeZone": session.random.choice(ZONES), "locale": "de",
        "bio": "Größer", "avatarUrl": "https://example.com/max.png", "metadata": {"plan": "gold", "seats": 3},
    }  # fmt: skip


def managed_user_change(session: Session) -> Fields:
    """Another name and language."""
    return {
        "name": session.title("Moritz"), "locale": "it", "weekStart": "Sunday", "timeFormat": 12,
        "bio": session.title("Kleiner"), "avatarUrl": "https://example.com/moritz.png",
    }  # fmt: skip


A_TEAM = _made("organization", "/v2/teams", "/v2/teams/{teamId}", "teamId", team_body)
AN_ORGANIZATION_TEAM, A_TEAM_OF_THE_CLIENT = (
    _made(purpose, "/v2/organizations/{orgId}/teams", "/v2/organizations/{orgId}/teams/{teamId}", "teamId", team_body)
    for purpose in ("organization", "client")
)
"""Teams of the organization: one that ordinary users can join, and one for the managed users of the OAuth client."""

_AN_INVITED_USER = _made(
    "organization", "/v2/organizations/{orgId}/users", "/v2/organizations/{orgId}/users/{userId}", "userId", user_body
)


@contextmanager
def a_user(session: Session) -> Generator[Fields]:
    """A user of the organization: an invited one, or a managed one where users may not be invited."""
    if _can_invite(session):
        with _AN_INVITED_USER(session) as ids:
            yield ids
        return
    with no_context(session) as ids, managed_user(session, "colleague") as user:
        yield {**ids, "userId": user.id}


def _can_invite(session: Session) -> bool:
    return session.is_available("POST", "/v2/organizations/{orgId}/users")


A_USER: Within = a_user
AN_EVENT_TYPE = _made(
    "personal", "/v2/event-types", "/v2/event-types/{eventTypeId}", "eventTypeId", event_type_body, version=EVENT_TYPES
)
A_TEAM_EVENT_TYPE = _made(
    "organization", "/v2/teams/{teamId}/event-types", "/v2/teams/{teamId}/event-types/{eventTypeId}", "eventTypeId",
    team_event_type_body, A_TEAM,
)  # fmt: skip


def team_with_users(team: Within) -> Within:
    """A team, and users of the organization that may become members, with the ids `users`.

    Managed users can only join a team of their OAuth client, since they are kept apart.
    """

    @contextmanager
    def there(session: Session) -> Generator[Fields]:
        is_open = _can_invite(session) or not in_force("managed-users-kept-apart")
        open_team = team if is_open else A_TEAM_OF_THE_CLIENT
        with open_team(session) as ids, A_USER(session) as one, A_USER(session) as other, A_USER(session) as third:
            yield {**ids, "users": [one["userId"], other["userId"], third["userId"]]}

    return there


def membership_body(session: Session, ids: Fields) -> Fields:
    """A membership of the next user."""
    turn = ids.setdefault("turns", [])
    turn.append(session.serial())
    user = ids["users"][min(len(turn), 3) - 1]
    return {"userId": user, "accepted": True, "role": "ADMIN", "disableImpersonation": True}


def membership_change(session: Session) -> Fields:
    """Another role, and impersonation enabled."""
    del session
    return {"role": "MEMBER", "disableImpersonation": False}


def by_email_of_the_user(membership: Fields) -> Fields:
    """The filter that matches a membership, in editions that have it."""
    return {"emails": membership["user"]["email"]}


WRONG_MEMBERSHIP = ({"role": "KING"}, {"accepted": "yes"})


def memberships(name: str, path: str, team: Within) -> Resource:
    """Memberships of a team."""
    return Resource(
        name=name, collection=path, item=path + "/{membershipId}", purpose="organization", body=membership_body,
        change=membership_change, wrong=WRONG_MEMBERSHIP, within=team_with_users(team), filters=by_email_of_the_user,
        create_groups=({"accepted": False, "role": "MEMBER"},),
    )  # fmt: skip


# -- the rest of an organization ------------------------------------------------------------------------------------


def attribute_body(session: Session, ids: Fields) -> Fields:
    """An attribute with two options."""
    del ids
    slug = session.unique("attribute")
    options = [{"value": "Röm", "slug": f"{slug}-a"}, {"value": "Oslo", "slug": f"{slug}-b"}]
    return {"name": session.title("Office"), "slug": slug, "type": "SINGLE_SELECT", "options": options}


def attribute_change(session: Session) -> Fields:
    """Another name."""
    return {"name": session.title("Place")}


AN_ATTRIBUTE = _made(
    "organization", "/v2/organizations/{orgId}/attributes", "/v2/organizations/{orgId}/attributes/{attributeId}",
    "attributeId", attribute_body,
)  # fmt: skip


A_TEAM_EVENT_TYPE_OF_AN_ORGANIZATION = _made(
    "organization", "/v2/organizations/{orgId}/teams/{teamId}/event-types",
    "/v2/organizations/{orgId}/teams/{teamId}/event-types/{eventTypeId}", "eventTypeId", team_event_type_body,
    AN_ORGANIZATION_TEAM,
)  # fmt: skip


def role_body(session: Session, ids: Fields) -> Fields:
    """A role with two permissions."""
    del ids
    return {
        "name": session.title("Rolle"), "color": "#123456", "description": "Ünder vier Augen, und sonst unter keinen",
        "permissions": ["booking.read", "eventType.read"],
    }  # fmt: skip


def role_change(session: Session) -> Fields:
    """Another name and color, and other permissions."""
    return {"name": session.title("Role"), "color": "#abcdef", "permissions": ["eventType.read", "role.read"]}


def option_body(session: Session, ids: Fields) -> Fields:
    """An option of an attribute."""
    del ids
    return {"value": session.title("Oslo"), "slug": session.unique("oslo")}


def option_change(session: Session) -> Fields:
    """Another value."""
    return {"value": session.title("Bergen")}


@contextmanager
def a_team_member(session: Session) -> Generator[Fields]:
    """A team and one of its members: the user who created it."""
    with A_TEAM(session) as ids:
        yield {**ids, "userId": session.succeed("GET", "/v2/me", session.actors.organization).data["id"]}


A_TEAM_MEMBER: Within = a_team_member


def absence_body(session: Session, ids: Fields) -> Fields:
    """Two weeks out of office, in a separate month."""
    turn = ids.setdefault("turns", [])
    turn.append(session.serial())
    month = f"2049-{len(turn) % 12 + 1:02}"
    return {
        "start": f"{month}-01T00:00:00.000Z", "end": f"{month}-14T23:59:59.999Z",
        "notes": session.title("At sea"), "reason": session.random.choice(("vacation", "travel")),
    }  # fmt: skip


def absence_change(session: Session) -> Fields:
    """Another reason."""
    del session
    return {"reason": "sick", "notes": "In bed"}


def managed_organization_body(session: Session, ids: Fields) -> Fields:
    """An organization managed by ours."""
    del ids
    return {"name": session.title("Globex"), "metadata": {"customer": session.unique("C")}}


def managed_organization_change(session: Session) -> Fields:
    """Another name."""
    return {"name": session.title("Globex International"), "metadata": {"customer": session.unique("D")}}


def oauth_client_body(session: Session, ids: Fields) -> Fields:
    """A client with some permissions."""
    del ids
    return {
        "name": session.title("Portal"), "redirectUris": [f"https://{session.unique('portal')}.example.org"],
        "permissions": ["EVENT_TYPE_READ", "BOOKING_READ", "SCHEDULE_READ"], "logo": "https://example.org/logo.png",
        "areEmailsEnabled": True,
    }  # fmt: skip


def oauth_client_change(session: Session) -> Fields:
    """Another name and redirect URI."""
    return {
        "name": session.title("New portal"), "redirectUris": ["https://new.example.org"], "areEmailsEnabled": False,
        "areDefaultEventTypesEnabled": True,
        "bookingRedirectUri": "https://new.example.org/booked", "logo": "https://example.org/new.png",
        "bookingCancelRedirectUri": "https://new.example.org/cancelled",
        "bookingRescheduleRedirectUri": "https://new.example.org/moved",
    }  # fmt: skip


def by_slug(thing: Fields) -> Fields:
    """The filter that matches an event type."""
    return {"eventSlug": thing["slug"]}


def by_email(thing: Fields) -> Fields:
    """The filter that matches a user."""
    return {"emails": thing["email"]}


_ORGANIZATION = "/v2/organizations/{orgId}"
_ORGANIZATION_TEAM = f"{_ORGANIZATION}/teams/{{teamId}}"
_ORGANIZATION_USER = f"{_ORGANIZATION}/users/{{userId}}"
_TEAM_USER = "/v2/teams/{teamId}/users/{userId}"

A_ROLE = _made("organization", f"{_ORGANIZATION}/roles", f"{_ORGANIZATION}/roles/{{roleId}}", "roleId", role_body)
A_TEAM_ROLE = _made(
    "organization", f"{_ORGANIZATION_TEAM}/roles", f"{_ORGANIZATION_TEAM}/roles/{{roleId}}", "roleId", role_body,
    AN_ORGANIZATION_TEAM,
)  # fmt: skip


def roles(name: str, path: str, within: Within = no_context) -> Resource:
    """Custom roles of an organization or team."""
    return Resource(
        name=name, collection=path, item=path + "/{roleId}", purpose="organization", body=role_body,
        change=role_change, wrong=({"name": ""}, {"color": 17}, {"permissions": ["role.fly"]}), within=within,
        unknown_id=NO_TEXT, changes=frozenset({"updatedAt"}),
    )  # fmt: skip


def private_link_body(session: Session, ids: Fields) -> Fields:
    """A link for some bookings."""
    del ids
    return {"maxUsageCount": session.random.randint(1, 50)}


def private_link_change(session: Session) -> Fields:
    """Another number of bookings."""
    return {"maxUsageCount": session.random.randint(51, 100)}


def private_links(name: str, path: str, purpose: str, within: Within) -> Resource:
    """Private links of an event type."""
    return Resource(
        name=name, collection=path, item=path + "/{linkId}", purpose=purpose, body=private_link_body,
        change=private_link_change, wrong=({"maxUsageCount": 0}, {"maxUsageCount": "one"}), pages=None, within=within,
        is_read=False, id_field="linkId", unknown_id=NO_TEXT,
    )  # fmt: skip


RESOURCES: tuple[Resource, ...] = (
    Resource(
        name="schedules", collection="/v2/schedules", item="/v2/schedules/{scheduleId}", purpose="personal",
        version=SCHEDULES, body=schedule_body, change=schedule_change, wrong=WRONG_SCHEDULE, pages=None,
        texts=("name",),
    ),
    Resource(
        name="schedules of 2024-04-15", collection="/v2/schedules", item="/v2/schedules/{scheduleId}",
        purpose="personal", version=LEGACY, body=old_schedule_body, change=old_schedule_change, wrong=WRONG_SCHEDULE,
        pages=None, unlike=frozenset({"availabilities"}), changes=frozenset({"workingHours"}),
    ),
    Resource(
        name="organization users' schedules", collection=f"{_ORGANIZATION_USER}/schedules", purpose="organization",
        item=f"{_ORGANIZATION_USER}/schedules/{{scheduleId}}", body=schedule_body, change=schedule_change,
        wrong=WRONG_SCHEDULE, pages=None, within=A_USER,
        texts=("name",),
    ),
    Resource(
        name="event types", collection="/v2/event-types", item="/v2/event-types/{eventTypeId}", purpose="personal",
        version=EVENT_TYPES, body=event_type_body, change=event_type_change, wrong=WRONG_EVENT_TYPE, pages=None,
        within=my_name, list_query=lambda ids: {"username": ids["username"]},
        unlike_list=frozenset({"bookingFields"}), filters=by_slug, create_groups=EVENT_TYPE_GROUPS,
        update_groups=EVENT_TYPE_GROUPS, changes=frozenset({"bookingUrl"}),
        texts=("title", "description"),
    ),
    Resource(
        name="event types of 2024-04-15", collection="/v2/event-types", item="/v2/event-types/{eventTypeId}",
        purpose="personal", version=LEGACY, body=old_event_type_body, change=old_event_type_change,
        wrong=WRONG_OLD_EVENT_TYPE, is_listed=False, is_read=False,
    ),
    Resource(
        name="event types of 2026-06-12", collection="/v2/event-types", item="/v2/event-types/{eventTypeId}",
        purpose="personal", version=EVENT_TYPES_2026, body=event_type_body, change=event_type_change,
        wrong=(*WRONG_EVENT_TYPE, {"bookingFields": []}, {"color": {"lightThemeHex": "red", "darkThemeHex": "#000"}}),
        pages=None, within=my_name, list_query=lambda ids: {"username": ids["username"]},
        unlike_list=frozenset({"bookingFields", "calVideoSettings"}), filters=by_slug,
        changes=frozenset({"bookingUrl"}), update_groups=(_SINCE_2026_06_12,),
        texts=("title", "description"),
    ),
    private_links("private links", "/v2/event-types/{eventTypeId}/private-links", "personal", AN_EVENT_TYPE),
    private_links(
        "private links of teams", f"{_ORGANIZATION_TEAM}/event-types/{{eventTypeId}}/private-links", "organization",
        A_TEAM_EVENT_TYPE_OF_AN_ORGANIZATION,
    ),
    Resource(
        name="team event types", collection="/v2/teams/{teamId}/event-types",
        item="/v2/teams/{teamId}/event-types/{eventTypeId}", purpose="organization", body=team_event_type_body,
        change=team_event_type_change, wrong=WRONG_EVENT_TYPE, pages=None, within=A_TEAM,
        unlike_list=frozenset({"team"}), filters=by_slug, create_groups=TEAM_EVENT_TYPE_GROUPS,
        update_groups=TEAM_EVENT_TYPE_GROUPS,
        texts=("title", "description"),
    ),
    Resource(
        name="team event types of 2026-06-12", collection="/v2/teams/{teamId}/event-types",
        item="/v2/teams/{teamId}/event-types/{eventTypeId}", purpose="organization", version=EVENT_TYPES_2026,
        body=team_event_type_body, change=team_event_type_change, wrong=WRONG_EVENT_TYPE, pages=None, within=A_TEAM,
        unlike_list=frozenset({"team"}), filters=by_slug, update_groups=(_SINCE_2026_06_12,),
        texts=("title", "description"),
    ),
    Resource(
        name="organization team event types of 2026-06-12", collection=f"{_ORGANIZATION_TEAM}/event-types",
        item=f"{_ORGANIZATION_TEAM}/event-types/{{eventTypeId}}", purpose="organization", version=EVENT_TYPES_2026,
        body=team_event_type_body, change=team_event_type_change, wrong=WRONG_EVENT_TYPE, pages=None,
        within=AN_ORGANIZATION_TEAM, unlike_list=frozenset({"team"}), filters=by_slug,
        update_groups=(_SINCE_2026_06_12,),
        texts=("title", "description"),
    ),
    Resource(
        name="organization team event types", collection=f"{_ORGANIZATION_TEAM}/event-types",
        item=f"{_ORGANIZATION_TEAM}/event-types/{{eventTypeId}}", purpose="organization", body=team_event_type_body,
        change=team_event_type_change, wrong=WRONG_EVENT_TYPE, pages=None, within=AN_ORGANIZATION_TEAM,
        unlike_list=frozenset({"team"}), filters=by_slug, create_groups=TEAM_EVENT_TYPE_GROUPS,
        update_groups=TEAM_EVENT_TYPE_GROUPS,
        texts=("title", "description"),
    ),
    webhooks("webhooks", "/v2/webhooks", "personal"),
    webhooks("event type webhooks", "/v2/event-types/{eventTypeId}/webhooks", "personal", AN_EVENT_TYPE),
    webhooks(
        "team event type webhooks", "/v2/teams/{teamId}/event-types/{eventTypeId}/webhooks", "organization",
        A_TEAM_EVENT_TYPE,
    ),
    webhooks("organization webhooks", f"{_ORGANIZATION}/webhooks", "organization"),
    webhooks("client webhooks", "/v2/oauth-clients/{clientId}/webhooks", "client"),
    Resource(
        name="event type workflows", collection=f"{_ORGANIZATION_TEAM}/workflows", body=workflow_body,
        item=f"{_ORGANIZATION_TEAM}/workflows/{{workflowId}}", purpose="organization", change=workflow_change,
        wrong=({"name": 17}, {"trigger": {"type": "never"}}, {"steps": []}), within=AN_ORGANIZATION_TEAM,
        unlike=frozenset({"steps"}), update_groups=(WORKFLOW_STEPS,),
    ),
    Resource(
        name="own workflows", collection="/v2/workflows", item="/v2/workflows/{workflowId}", purpose="member",
        body=workflow_body, change=workflow_change, unlike=frozenset({"steps"}), update_groups=(WORKFLOW_STEPS,),
        wrong=({"name": 17}, {"trigger": {"type": "never"}}, {"steps": []}),
    ),
    Resource(
        name="routing form workflows", collection=f"{_ORGANIZATION_TEAM}/workflows/routing-form",
        item=f"{_ORGANIZATION_TEAM}/workflows/{{workflowId}}/routing-form", purpose="organization",
        body=form_workflow_body, change=form_workflow_change, within=AN_ORGANIZATION_TEAM,
        wrong=({"name": 17}, {"trigger": {"type": "newEvent"}}, {"steps": []}), unlike=frozenset({"steps"}),
        update_groups=(WORKFLOW_STEPS,),
    ),
    Resource(
        name="teams", collection="/v2/teams", item="/v2/teams/{teamId}", purpose="organization", body=team_body,
        change=team_change, wrong=({"name": 17}, {"bio": 17}), pages=None,
        create_groups=(TEAM_LOOKS,), update_groups=({**TEAM_LOOKS, "name": "Crew"},),
        texts=("bio",),
    ),
    Resource(
        name="organization teams", collection=f"{_ORGANIZATION}/teams", item=_ORGANIZATION_TEAM,
        purpose="organization", body=team_body, change=team_change, wrong=({"name": 17}, {"bio": 17}),
        create_groups=(TEAM_LOOKS,), update_groups=({**TEAM_LOOKS, "name": "Crew"},),
        texts=("bio",),
    ),
    memberships("team memberships", "/v2/teams/{teamId}/memberships", A_TEAM),
    memberships("organization team memberships", f"{_ORGANIZATION_TEAM}/memberships", AN_ORGANIZATION_TEAM),
    Resource(
        name="organization users", collection=f"{_ORGANIZATION}/users", item=_ORGANIZATION_USER, is_read=False,
        purpose="organization", body=user_body, change=user_change, wrong=({"email": 17}, {"timeFormat": "12"}),
        filters=by_email, create_groups=(USER_LOOKS,), update_groups=({"metadata": {"desk": 4}},),
        texts=("bio",),
    ),
    Resource(
        name="managed users", collection="/v2/oauth-clients/{clientId}/users", purpose="client",
        item="/v2/oauth-clients/{clientId}/users/{userId}", body=managed_user_body, change=managed_user_change,
        wrong=({"name": 17}, {"locale": "xx"}), pages=("limit", "offset"), made=lambda data: data["user"],
        unlike=frozenset({"email"}), filters=by_email,
        texts=("name", "bio"),
    ),
    Resource(
        name="attributes", collection=f"{_ORGANIZATION}/attributes", purpose="organization",
        item=f"{_ORGANIZATION}/attributes/{{attributeId}}", body=attribute_body, change=attribute_change,
        wrong=({"name": 17}, {"enabled": "yes"}), unlike=frozenset({"options"}), unknown_id=NO_TEXT,
        changes=frozenset({"updatedAt"}), gone_is_null=True,
        texts=("name",),
    ),
    Resource(
        name="attribute options", collection=f"{_ORGANIZATION}/attributes/{{attributeId}}/options",
        item=f"{_ORGANIZATION}/attributes/{{attributeId}}/options/{{optionId}}", purpose="organization",
        body=option_body, change=option_change, wrong=({"value": 17},), is_read=False, pages=None, within=AN_ATTRIBUTE,
        unknown_id=NO_TEXT,
        texts=("value",),
    ),
    roles("organization roles", f"{_ORGANIZATION}/roles"),
    roles("organization team roles", f"{_ORGANIZATION_TEAM}/roles", AN_ORGANIZATION_TEAM),
    Resource(
        name="out of office", collection=f"{_ORGANIZATION_USER}/ooo", item=f"{_ORGANIZATION_USER}/ooo/{{oooId}}",
        purpose="organization", body=absence_body, change=absence_change, wrong=({"reason": "tired"}, {"notes": 17}),
        is_read=False, within=A_USER,
        texts=("notes",),
    ),
    Resource(
        name="own out of office", collection="/v2/me/ooo", item="/v2/me/ooo/{oooId}", purpose="personal",
        body=absence_body, change=absence_change, wrong=({"reason": "tired"}, {"notes": 17}), is_read=False,
        texts=("notes",),
    ),
    Resource(
        name="out of office in teams", collection=f"{_TEAM_USER}/ooo", item=f"{_TEAM_USER}/ooo/{{oooId}}",
        purpose="organization", body=absence_body, change=absence_change, wrong=({"reason": "tired"}, {"notes": 17}),
        is_read=False, within=A_TEAM_MEMBER,
        texts=("notes",),
    ),
    Resource(
        name="managed organizations", collection=f"{_ORGANIZATION}/organizations", purpose="organization",
        item=f"{_ORGANIZATION}/organizations/{{managedOrganizationId}}", body=managed_organization_body,
        change=managed_organization_change, wrong=({"name": 17},), pages=None,
    ),
    Resource(
        name="OAuth clients", collection="/v2/oauth-clients", item="/v2/oauth-clients/{clientId}",
        purpose="organization", body=oauth_client_body, change=oauth_client_change,
        wrong=({"name": 17}, {"redirectUris": "everywhere"}), pages=None, unknown_id=NO_CLIENT,
        made=lambda data: {"id": data["clientId"], "secret": data["clientSecret"]}, unlike_create=frozenset(
            {"name", "redirectUris", "permissions", "logo", "areEmailsEnabled"}
        ),
    ),
)  # fmt: skip
