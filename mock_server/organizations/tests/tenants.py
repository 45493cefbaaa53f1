"""A world with two organizations that have two of everything each, and what a caller of one asks with the ids."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import httpx

from contract_tests.coming_days import coming_workday
from mock_server.runtime.bundle import Document
from mock_server.runtime.description import VERSION_HEADER, Operation

CREATED = "2025-04-01T08:00:00Z"
PARAMETER = re.compile(r"\{(\w+)\}")
CONSTANTS = {"calendar": "google", "permission": "webhook.read", "service": "mcp"}
NOT_IDS = frozenset({"app", *CONSTANTS})
"""Path parameters that name a third party or a permission."""

SERVICE_ACCOUNT = {"private_key": "none", "client_email": "a@example.com", "client_id": "1"}
OWN, OTHER = 100, 200
"""The two organizations, and their owners. What comes in twos has the following numbers."""
STRANGER = 1
"""A user of neither."""
MIXED_KINDS = 3
"""Paths of more ids than this are tested with things of the right kind only."""


def standalone_team(number: int) -> int:
    """A team outside of organizations, with a form, of the owner of the organization of team `number`."""
    return number + 30


def world_file() -> str:
    """What cannot be made through the API, for both organizations. JSON is YAML."""
    stranger = {"id": STRANGER, "email": "stranger@example.com", "username": "stranger", "created_date": CREATED}
    world: dict[str, list[dict[str, Any]]] = {
        "workspace_platforms": [
            {"id": number, "slug": slug, "name": slug, "description": slug}
            for number, slug in enumerate(("google", "office365"), 1)
        ],
        "allowlists": [{"name": "mcp", "direction": "egress-from-cal"}],
    }
    for number in (OWN, OTHER):
        for name, entries in _organization(number).items():
            world.setdefault(name, []).extend(entries)
    world["users"].append(stranger)
    return json.dumps(world)


def _organization(number: int) -> dict[str, list[dict[str, Any]]]:
    name, places = f"org-{number}", (number + 1, number + 2)
    people = [(number, "OWNER"), *((place, "MEMBER") for place in places)]
    stamps = {"created_at": CREATED, "updated_at": CREATED}
    return {
        "teams": [
            {"id": number, "name": name, "slug": name, "is_organization": True, "is_platform": True, **_made()},
            *({"id": place, "name": "Team", "slug": f"team-{place}", "parent_id": number, **_made()}
              for place in places),
            *({"id": standalone_team(place), "name": "Alone", "slug": f"alone-{place}", **_made()} for place in places),
        ],
        "users": [
            {"id": user, "email": f"user-{user}@example.com", "username": f"user-{user}", "name": f"User {user}",
             "organization_id": number, "default_schedule_id": user, "verified": True, "created_date": CREATED}
            for user, _ in people
        ],
        "profiles": [
            {"id": user, "uid": f"profile-{user}", "user_id": user, "organization_id": number,
             "username": f"user-{user}", **stamps}
            for user, _ in people
        ],
        "memberships": [
            {"id": identifier, "user_id": user, "team_id": team, "role": role, "accepted": True}
            for identifier, user, team, role in [
                *((user, user, number, role) for user, role in people),
                *((place + 10, place, place, "MEMBER") for place in places),
                *((place + 20, number, place, "OWNER") for place in places),
                *((place + 30, number, standalone_team(place), "OWNER") for place in places),
            ]
        ],
        "organization_settings": [{"id": number, "organization_id": number, "is_admin_api_enabled": True}],
        "platform_billings": [{"id": number, "customer_id": name, "subscription_id": name, "plan": "SCALE"}],
        "schedules": [
            {"id": user, "user_id": user, "name": "Hours", "time_zone": "Europe/London"} for user, _ in people
        ],
        "api_keys": [{"id": name, "user_id": number, "team_id": number, "key": f"cal_{name}", **_made()}],
        "accounts": [{"id": number, "integration": "google_calendar", "name": f"user-{number}@example.com"}],
        "account_calendars": [
            {"id": number, "account_id": number, "external_id": f"user-{number}@example.com", "name": "Main",
             "primary": True, "email": f"user-{number}@example.com"}
        ],
        "credentials": [
            {"id": 10 * place + count, "type": kind, "team_id": place}
            for place in places
            for count, kind in enumerate(("google_calendar", "zoom_video", "stripe_payment"))
        ] + [{"id": 10 * number + 9, "type": "google_calendar", "user_id": number, "account_id": number}],
        "routing_forms": [
            _routing_form(place, number, slug)
            for place, slug in [
                *((place, f"team-{place}") for place in places),
                *((standalone_team(place), f"alone-{place}") for place in places),
            ]
        ],
        "oauth2_clients": [
            {"id": f"third-party-{number}", "secret": "secret", "name": "App", "user_id": number,
             "redirect_uri": "http://localhost:3000/callback", **_made()}
        ],
        "events": [
            {"uuid": f"3f0d8a4e-6c1f-4d0e-9a57-{number:012}", "user_id": number, "slug": f"open-house-{number}",
             "title": "Open house", "start": "2050-06-01T16:00:00Z", "end": "2050-06-01T20:00:00Z",
             "time_zone": "Europe/London"}
        ],
        "routing_form_responses": [
            {"id": place, "form_id": f"form-{place}", "form_filler_id": f"filler-{place}", "response": {}, **_made()}
            for place in places
        ],
    }  # fmt: skip


def _routing_form(team: int, owner: int, team_slug: str) -> dict[str, Any]:
    action = {"type": "eventTypeRedirectUrl", "value": f"team/{team_slug}/shared"}
    return {
        "id": f"form-{team}", "name": "Form", "user_id": owner, "team_id": team,
        "settings": {"emailOwnerOnSubmission": False},
        "fields": [{"id": "topic", "type": "text", "label": "Topic", "identifier": "topic", "required": False}],
        "routes": [{"id": "all", "queryValue": {"id": "all", "type": "group"}, "isFallback": True, "action": action}],
        "created_at": CREATED, "updated_at": CREATED,
    }  # fmt: skip


def _made() -> dict[str, str]:
    return {"created_at": CREATED}


Ids = dict[str, Any]


@dataclass
class Things:
    """One of everything, in an organization and place.

    `ids` are by the path that ends with them, such as ``/v2/teams/{teamId}``; `special` are those of operations that
    need a thing in a state of its own.
    """

    client: httpx.Client
    organization: int
    place: int
    ids: dict[str, Any] = field(default_factory=dict[str, Any])
    special: dict[tuple[str, str], Any] = field(default_factory=dict[tuple[str, str], Any])
    bodies: dict[str, Any] = field(default_factory=dict[str, Any])
    queries: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    named: dict[str, Any] = field(default_factory=dict[str, Any])
    """Ids that occur in bodies and queries only."""
    oauth_client: dict[str, str] = field(default_factory=dict[str, str])
    booked: int = 0

    @property
    def api_key(self) -> dict[str, str]:
        """Credentials of the organization's owner."""
        return {"Authorization": f"Bearer cal_org-{self.organization}"}

    def id_of(self, operation: Operation, parameter: str) -> Any:
        """What a parameter of the operation's path stands for. Raises KeyError."""
        upto = operation.path.partition(f"{{{parameter}}}")[0]
        special = self.special.get((operation.id, parameter))
        return self.ids[f"{upto}{{{parameter}}}"] if special is None else special

    def all_called(self, parameter: str) -> list[Any]:
        """All things that a path parameter of this name could stand for, in any path."""
        ending = f"{{{parameter}}}"
        found = [value for path, value in self.ids.items() if path.endswith(ending)]
        found += [value for (_, name), value in self.special.items() if name == parameter]
        return list(dict.fromkeys(found))

    def make(self, path: str, body: Any, version: str | None = None) -> Any:
        """Creates something through the API; gives the `data` of the reply."""
        headers = self.api_key | ({VERSION_HEADER: version} if version else {})
        reply = self.client.post(path, json=body, headers=headers)
        assert reply.is_success, f"POST {path}: {reply.status_code} {reply.text}"
        return reply.json()["data"]

    def read(self, path: str) -> Any:
        """Reads the `data` of a list."""
        return self.client.get(path, headers=self.api_key).json()["data"]

    def furnish(self) -> None:
        """Makes one of everything."""
        name = f"{self.organization}-{self.place}"
        self._furnish_organization(name, self.organization + self.place, f"/v2/organizations/{self.organization}")
        self._furnish_client(name)
        self._furnish_owner(name)
        self._furnish_older_versions(name)

    def _furnish_organization(self, name: str, number: int, path: str) -> None:
        attribute = self.make(f"{path}/attributes", _attribute(name))["id"]
        [assigned, free] = [each["id"] for each in self.read(f"{path}/attributes/{attribute}/options")]
        self.make(f"{path}/attributes/options/{number}", {"attributeId": attribute, "attributeOptionId": assigned})
        delegation = {
            "workspacePlatformSlug": "google",
            "domain": f"{name}.example",
            "serviceAccountKey": SERVICE_ACCOUNT,
        }
        hosts = [{"userId": each} for each in (self.organization, number)]
        shared = {**_event_type("shared"), "schedulingType": "roundRobin", "hosts": hosts}
        event_type = self.make(f"{path}/teams/{number}/event-types", shared)["id"]
        schedule = {"name": "Mornings", "timeZone": "Europe/London", "isDefault": False}
        absence = {"start": on_workday(200), "end": on_workday(201)}
        self.ids |= {
            "/v2/organizations/{orgId}": self.organization,
            "/v2/stripe/check/{teamId}": number,
        }
        self.ids |= {
            f"/v2/organizations/{{orgId}}/{rest}": value
            for rest, value in {
                "attributes/options/{userId}": number,
                "attributes/options/{userId}/{attributeOptionId}": assigned,
                "attributes/{attributeId}": attribute,
                "attributes/{attributeId}/options/{optionId}": free,
                "delegation-credentials/{credentialId}": self.make(f"{path}/delegation-credentials", delegation)["id"],
                "memberships/{membershipId}": number,
                "organizations/{managedOrganizationId}": self.make(f"{path}/organizations", {"name": name})["id"],
                "routing-forms/{routingFormId}": f"form-{number}",
                "routing-forms/{routingFormId}/responses/{responseId}": number,
                "teams/{teamId}": number,
                "teams/{teamId}/event-types/{eventTypeId}": event_type,
                "teams/{teamId}/memberships/{membershipId}": number + 10,
                "teams/{teamId}/routing-forms/{routingFormId}": f"form-{number}",
                "teams/{teamId}/routing-forms/{routingFormId}/responses/{responseId}": number,
                "teams/{teamId}/users/{userId}": number,
                "users/{userId}": number,
                "users/{userId}/ooo/{oooId}": self.make(f"{path}/users/{number}/ooo", absence)["id"],
                "users/{userId}/schedules/{scheduleId}": self.make(f"{path}/users/{number}/schedules", schedule)["id"],
                "webhooks/{webhookId}": self.make(f"{path}/webhooks", _hook(name))["id"],
            }.items()
        }
        booked = self._book(event_type)
        self.special |= {
            ("reassign_booking", "bookingUid"): booked,
            ("reassign_booking_to_user", "bookingUid"): booked,
        }
        self.ids["/v2/bookings/{bookingUid}/reassign/{userId}"] = number
        self.bodies |= {
            "assign_attribute_option": {"attributeId": attribute, "attributeOptionId": free},
            "create_organization_membership": {"userId": STRANGER, "role": "MEMBER"},
            "create_organization_team_membership": {"userId": self.organization + 3 - self.place, "role": "MEMBER"},
            "create_organization_team_event_type": {**shared, "slug": "another"},
            "create_out_of_office": {"start": on_workday(210), "end": on_workday(211)},
        }

    def _furnish_client(self, name: str) -> None:
        made = self.make("/v2/oauth-clients", {"name": name, "redirectUris": [], "permissions": ["*"]})
        client = made["clientId"]
        self.oauth_client = {"x-cal-client-id": client, "x-cal-secret-key": made["clientSecret"]}
        path = f"/v2/oauth-clients/{client}"
        managed = self.make(f"{path}/users", {"email": f"managed-{name}@example.com", "name": "Pat"})
        self.ids |= {
            "/v2/oauth-clients/{clientId}": client,
            "/v2/oauth/{clientId}": client,
            "/v2/oauth-clients/{clientId}/users/{userId}": managed["user"]["id"],
            "/v2/oauth-clients/{clientId}/webhooks/{webhookId}": self.make(f"{path}/webhooks", _hook(name))["id"],
        }

        self.bodies["refresh_tokens"] = {"refreshToken": managed["refreshToken"]}

    def _furnish_owner(self, name: str) -> None:
        event_type = self.make("/v2/event-types", _event_type(f"own-{name}"), "2024-06-14")["id"]
        asked = self.make("/v2/event-types", _event_type(f"asked-{name}") | CONFIRMED, "2024-06-14")["id"]
        team = self.make("/v2/teams", {"name": f"Alone {name}"})["id"]
        body = {**_event_type("shared"), "schedulingType": "collective", "hosts": [{"userId": self.organization}]}
        slot = {"eventTypeId": event_type, "slotStart": on_workday(40 + self.place)}
        self.ids |= {
            "/v2/bookings/{bookingUid}": self._book(event_type),
            "/v2/event-types/{eventTypeId}": event_type,
            "/v2/event-types/{eventTypeId}/webhooks/{webhookId}": self.make(
                f"/v2/event-types/{event_type}/webhooks", _hook(name)
            )["id"],
            "/v2/schedules/{scheduleId}": self.make("/v2/schedules", SCHEDULE, "2024-06-11")["id"],
            "/v2/slots/reservations/{uid}": self.make("/v2/slots/reservations", slot, "2024-09-04")["reservationUid"],
            "/v2/teams/{teamId}": team,
            "/v2/teams/{teamId}/event-types/{eventTypeId}": self.make(f"/v2/teams/{team}/event-types", body)["id"],
            "/v2/teams/{teamId}/memberships/{membershipId}": self.read(f"/v2/teams/{team}/memberships")[0]["id"],
            "/v2/webhooks/{webhookId}": self.make("/v2/webhooks", _hook(name))["id"],
        }
        pending = self._book(asked)
        self.special |= {(each, "bookingUid"): pending for each in ("confirm_booking", "decline_booking")}
        self.bodies |= {
            "create_team_event_type": {**body, "slug": "another"},
            "create_team_membership": {"userId": STRANGER, "role": "MEMBER"},
            "update_slot_reservation": slot,
            "mark_booking_absent": {"host": True},
        }

    def _furnish_older_versions(self, name: str) -> None:
        """Bookings with seats and in a series, and requests in the form of the older versions."""
        seats = {"seatsPerTimeSlot": 3, "showAttendeeInfo": True, "showAvailabilityCount": True}
        weekly = {"interval": 1, "occurrences": 2, "frequency": "weekly"}
        seated, recurring = (
            self.make("/v2/event-types", _event_type(f"{kind}-{name}") | {kind: value}, "2024-06-14")["id"]
            for kind, value in (("seats", seats), ("recurrence", weekly))
        )
        event_type = self.ids["/v2/event-types/{eventTypeId}"]
        with_seat = self.make("/v2/bookings", booking(seated, on_workday(100 + 10 * self.place)), "2024-08-13")
        series = self.make("/v2/bookings", booking(recurring, on_workday(130 + 20 * self.place)), "2024-08-13")
        booked = self.make("/v2/bookings", booking(event_type, on_workday(220 + 10 * self.place)), "2024-08-13")
        self.named |= {
            "bookingUid": with_seat["uid"],
            "seatUid": with_seat["seatUid"],
            "recurringEventId": series[0]["recurringBookingUid"],
            "rescheduleUid": booked["uid"],
        }
        self.special[("cancel_booking_2024_04_15", "bookingUid")] = with_seat["uid"]
        self.ids |= {
            "/v2/event-types/{username}": f"user-{self.organization}",
            "/v2/event-types/{username}/{eventSlug}": f"own-{name}",
        }
        shared = self.ids["/v2/organizations/{orgId}/teams/{teamId}/event-types/{eventTypeId}"]
        once, again = (_older_booking(each, on_workday(180 + 3 * self.place)) for each in (event_type, recurring))
        self.bodies |= {
            "create_booking_2024_04_15": once,
            "create_recurring_bookings": [again],
            "create_instant_meeting": _older_booking(shared, on_workday(180 + 3 * self.place)),
            "reserve_slot_2024_04_15": {
                "eventTypeId": seated,
                "slotUtcStartDate": with_seat["start"],
                "slotUtcEndDate": with_seat["end"],
            },
        }
        self.queries["get_available_slots_2024_04_15"] = {
            "startTime": f"{booked['start'][:10]}T00:00:00Z",
            "endTime": f"{booked['start'][:10]}T23:00:00Z",
            "eventTypeId": event_type,
        }

    def _book(self, event_type_id: int) -> str:
        self.booked += 1
        body = booking(event_type_id, on_workday(30 * self.place + 3 * self.booked))
        return self.make("/v2/bookings", body, "2024-08-13")["uid"]


CONFIRMED = {"confirmationPolicy": {"type": "always", "blockUnconfirmedBookingsInBooker": False}}
SCHEDULE = {"name": "Evenings", "timeZone": "Europe/London", "isDefault": False}


def booking(event_type_id: int, start: str) -> dict[str, Any]:
    """A request for a booking."""
    attendee = {"name": "Ann", "email": "ann@example.com", "timeZone": "Europe/London"}
    return {"eventTypeId": event_type_id, "start": start, "attendee": attendee}


def _older_booking(event_type_id: int, start: str) -> dict[str, Any]:
    return {
        "eventTypeId": event_type_id,
        "start": start,
        "timeZone": "Europe/London",
        "language": "en",
        "metadata": {},
        "responses": {"name": "Ann", "email": "ann@example.com"},
    }


def _hook(name: str) -> dict[str, Any]:
    return {"subscriberUrl": f"http://127.0.0.1:9/{name}", "triggers": ["BOOKING_CREATED"], "active": True}


def _event_type(slug: str) -> dict[str, Any]:
    return {"title": slug, "slug": slug, "lengthInMinutes": 30}


def _attribute(slug: str) -> dict[str, Any]:
    options = [{"value": each.title(), "slug": each} for each in ("rome", "oslo")]
    return {"name": "Office", "slug": slug, "type": "MULTI_SELECT", "options": options}


def on_workday(number: int) -> str:
    """At ten in the morning on a coming working day."""
    return f"{coming_workday(number)}T10:00:00Z"


def parameters(operation: Operation) -> list[str]:
    """The ids in an operation's path."""
    return [each for each in PARAMETER.findall(operation.path) if each not in NOT_IDS]


def ask(
    world: str, operation: Operation, own: Things, ids: Ids, credentials: dict[str, str], bundle: Document
) -> list[httpx.Response]:
    """The replies to requests with these ids: one with each body that there is for the operation."""
    path = PARAMETER.sub(lambda found: str(ids.get(found[1]) or _constant(operation, found[1])), operation.path)
    headers = credentials | ({VERSION_HEADER: max(operation.versions)} if operation.versions else {})
    body, query = own.bodies.get(operation.id), own.queries.get(operation.id)
    return [
        own.client.request(
            operation.method,
            f"{world}{path}",
            headers=headers,
            params=query,
            **({} if each is None else {"json": each}),
        )
        for each in ([body] if body is not None else examples(bundle, operation))
    ]


def _constant(operation: Operation, parameter: str) -> str:
    app = "google-meet" if operation.path.endswith("/connect") else "zoom"
    return CONSTANTS.get(parameter, app)


def examples(bundle: Document, operation: Operation) -> list[Any]:
    """The examples of an operation's body, as the description has them; None stands for no body."""
    described = bundle["paths"][operation.key][operation.method.lower()].get("requestBody")
    if described is None:
        return [None]
    media = described["content"]["application/json"]
    if "example" in media:
        return [media["example"]]
    named = [
        bundle["components"]["examples"][each["$ref"].rpartition("/")[2]] if "$ref" in each else each
        for each in media["examples"].values()
    ]
    return [each["value"] for each in named]


def foreign(operation: Operation, own: Things, others: Things) -> Iterator[Ids]:
    """All ways to name a thing of another organization: beside things of one's own, beside others, or of another kind.

    An operation that wants no credentials answers everybody about what belongs together.
    """
    names = parameters(operation)
    is_public = all(rule.name != "authenticated" for rule in operation.access)
    own_ids = [own.id_of(operation, name) for name in names]
    kinds = [
        others.all_called(name) if len(names) <= MIXED_KINDS else [others.id_of(operation, name)] for name in names
    ]
    for chosen in product(*([mine, *foreign_ids] for mine, foreign_ids in zip(own_ids, kinds, strict=True))):
        strange = [value is not mine for value, mine in zip(chosen, own_ids, strict=True)]
        if any(strange) and not (is_public and all(strange)):
            yield dict(zip(names, chosen, strict=True))


def misplaced(operation: Operation, own: Things, sibling: Things) -> Iterator[Ids]:
    """All ways to name things of two places of one organization at once."""
    names = parameters(operation)
    pairs = [(own.id_of(operation, name), sibling.id_of(operation, name)) for name in names]
    for chosen in product(*pairs):
        sides = {pair.index(value) for value, pair in zip(chosen, pairs, strict=True) if pair[0] != pair[1]}
        if len(sides) == 2:
            yield dict(zip(names, chosen, strict=True))
