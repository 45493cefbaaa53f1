"""What the editions after the oldest add to the resources of two organizations."""

from __future__ import annotations

from typing import Any

from mock_server.organizations.tests.tenants import Things, booking, on_workday, standalone_team

ORG = "/v2/organizations/{orgId}"
ORG_TEAM = f"{ORG}/teams/{{teamId}}"
NEWEST_EVENT_TYPES = "2026-06-12"
FORM_OPERATIONS = (
    "create_organization_routing_form_response",
    "create_organization_team_routing_form_response",
    "create_team_routing_form_response",
    "calculate_routing_form_slots",
)


def furnish_newer_editions(things: Things) -> None:
    """Makes one of everything that the newest edition has and the oldest has not."""
    _Newer(things).furnish()


class _Newer:
    def __init__(self, things: Things) -> None:
        self._things = things
        self._name = f"{things.organization}-{things.place}"
        self._team = things.organization + things.place
        self._org_path = f"/v2/organizations/{things.organization}"
        self._team_path = f"{self._org_path}/teams/{self._team}"
        self._event_type: int = things.ids["/v2/event-types/{eventTypeId}"]
        self._shared: int = things.ids[f"{ORG_TEAM}/event-types/{{eventTypeId}}"]
        self._own_team: int = things.ids["/v2/teams/{teamId}"]

    def furnish(self) -> None:
        self._furnish_roles()
        self._furnish_links_and_fields()
        self._furnish_verified_resources()
        self._furnish_workflows()
        self._furnish_bookings()
        self._furnish_absences()
        self._furnish_the_rest()

    def _furnish_roles(self) -> None:
        body = {"name": f"Editor {self._name}", "permissions": ["webhook.read"]}
        for path, place in ((self._org_path, ORG), (self._team_path, ORG_TEAM)):
            self._things.ids[f"{place}/roles/{{roleId}}"] = self._make(f"{path}/roles", body)["id"]
            kind = "organization" if place == ORG else "organization_team"
            self._things.bodies |= {
                f"create_{kind}_role": {"name": "Another", "permissions": []},
                f"add_{kind}_role_permissions": {"permissions": ["webhook.update"]},
                f"replace_{kind}_role_permissions": {"permissions": ["webhook.update"]},
                f"update_{kind}_role": {"name": "Another"},
            }
            self._things.queries[f"remove_{kind}_role_permissions"] = {"permissions": "webhook.read"}

    def _furnish_links_and_fields(self) -> None:
        own_team_event_type = self._things.ids["/v2/teams/{teamId}/event-types/{eventTypeId}"]
        webhook = {"subscriberUrl": f"http://127.0.0.1:9/{self._name}", "triggers": ["BOOKING_CREATED"], "active": True}
        slug = f"field-{self._name}"
        field = {"field": "custom", "type": "shortText", "slug": slug, "label": "Question", "required": False}
        places = {
            "/v2/event-types/{eventTypeId}": (f"/v2/event-types/{self._event_type}", ""),
            f"{ORG_TEAM}/event-types/{{eventTypeId}}": (
                f"{self._team_path}/event-types/{self._shared}",
                "organization_team_",
            ),
            "/v2/teams/{teamId}/event-types/{eventTypeId}": (
                f"/v2/teams/{self._own_team}/event-types/{own_team_event_type}",
                "team_",
            ),
        }
        for place, (path, kind) in places.items():
            self._make(f"{path}/booking-fields", {"bookingFields": [field]}, NEWEST_EVENT_TYPES)
            self._things.ids[f"{place}/booking-fields/{{slug}}"] = slug
            for name, added in (("add", {**field, "slug": f"new-{slug}"}), ("replace", field), ("update", field)):
                self._things.bodies[f"{name}_{kind}booking_fields"] = {"bookingFields": [added]}
            if kind != "team_":
                link = self._make(f"{path}/private-links", {"maxUsageCount": 3}, "2024-09-04")
                self._things.ids[f"{place}/private-links/{{linkId}}"] = link["linkId"]
            else:
                self._things.ids[f"{place}/webhooks/{{webhookId}}"] = self._make(f"{path}/webhooks", webhook)["id"]

    def _furnish_verified_resources(self) -> None:
        owners = {
            "/v2": ("/v2", ""),
            "/v2/teams/{teamId}": (f"/v2/teams/{self._own_team}", "team_"),
            ORG_TEAM: (self._team_path, "organization_team_"),
        }
        for place, (path, kind) in owners.items():
            for resource, field, address in (
                ("email", "emails", f"verified-{self._name}@example.com"),
                ("phone", "phones", f"+1415555{self._team:04}"),
            ):
                code_path = f"{path}/verified-resources/{field}/verification-code"
                reply = self._things.client.post(
                    f"{code_path}/request", json={resource: address}, headers=self._things.api_key
                )
                assert reply.json() == {"status": "success"}, reply.text
                sent = self._things.client.get("/_sandbox/outbox", params={"to": address}).json()["data"]
                body = {resource: address, "code": sent[0]["code"]}
                made = self._make(f"{code_path}/verify", body)
                self._things.ids[f"{place}/verified-resources/{field}/{{id}}"] = made["id"]
                self._things.bodies[f"verify_{kind}{resource}"] = body
                self._things.named[f"verified{resource.title()}Id"] = made["id"]

    def _furnish_workflows(self) -> None:
        email = self._things.named["verifiedEmailId"]
        steps = [_step("email_address", verifiedEmailId=email)]
        trigger = {"type": "beforeEvent", "offset": {"value": 1, "unit": "hour"}}
        workflow = {
            "name": "Reminder",
            "activation": {"isActiveOnAllEventTypes": False, "activeOnEventTypeIds": [self._shared]},
            "trigger": trigger,
            "steps": steps,
        }
        form = {
            "name": "Form",
            "activation": {"isActiveOnAllRoutingForms": False, "activeOnRoutingFormIds": [f"form-{self._team}"]},
            "trigger": {"type": "formSubmitted"},
            "steps": steps,
        }
        mine = {**workflow, "activation": {"isActiveOnAllEventTypes": False, "activeOnEventTypeIds": []}}
        mine["steps"] = [_step("email_host")]
        for_forms = self._make(f"{self._team_path}/workflows/routing-form", form)["id"]
        self._things.ids |= {
            f"{ORG_TEAM}/workflows/{{workflowId}}": self._make(f"{self._team_path}/workflows", workflow)["id"],
            "/v2/workflows/{workflowId}": self._make("/v2/workflows", mine)["id"],
        }
        for verb in ("create", "get", "update", "delete"):
            self._things.special[(f"{verb}_routing_form_workflow", "workflowId")] = for_forms
        older = ("create_organization_team_event_type", "create_team_event_type")
        self._things.bodies |= {f"{name}_2026_06_12": self._things.bodies[name] for name in older}
        self._things.bodies |= {
            "create_event_type_workflow": workflow,
            "update_event_type_workflow": {"name": "Another"},
            "create_routing_form_workflow": form,
            "update_routing_form_workflow": {"name": "Another"},
            "create_workflow": mine,
            "update_workflow": {"name": "Another"},
        }
        numbers = [_step("sms_number", verifiedPhoneId=self._things.named["verifiedPhoneId"])]
        kinds = {"event_type_workflow": workflow, "routing_form_workflow": form, "workflow": mine}
        for kind, body in kinds.items():
            self._things.bodies |= {
                f"create_{kind}-steps.[].verifiedEmailId": {**body, "steps": steps},
                f"create_{kind}-steps.[].verifiedPhoneId": {**body, "steps": numbers},
                f"update_{kind}-steps.[].verifiedEmailId": {"steps": [{**steps[0], "id": 0}]},
                f"update_{kind}-steps.[].verifiedPhoneId": {"steps": [{**numbers[0], "id": 0}]},
            }
        self._things.named |= {"activeOnEventTypeId": self._shared, "activeOnRoutingFormId": f"form-{self._team}"}

    def _furnish_bookings(self) -> None:
        calendar = {
            "integration": "google_calendar",
            "externalId": f"user-{self._things.organization}@example.com",
        }
        self._things.client.put(
            "/v2/destination-calendars", json=calendar, headers=self._things.api_key
        ).raise_for_status()
        start = on_workday(250 + 5 * self._things.place)
        booked = self._make("/v2/bookings", booking(self._event_type, start), "2024-08-13")["uid"]
        shared = self._make("/v2/bookings", booking(self._shared, on_workday(260 + self._things.place)), "2024-08-13")
        [attendee] = self._read(f"/v2/bookings/{booked}/attendees", "2024-08-13")
        [event] = [
            each
            for each in self._read(f"/v2/bookings/{booked}/references", "2024-08-13")
            if each["type"] == "google_calendar"
        ]
        self._things.ids |= {
            "/v2/bookings/by-seat/{seatUid}": self._things.named["seatUid"],
            "/v2/bookings/{bookingUid}/attendees/{attendeeId}": attendee["id"],
            f"{ORG_TEAM}/bookings/{{bookingUid}}": shared["uid"],
            "/v2/calendars/{calendar}/event/{eventUid}": event["eventUid"],
            "/v2/calendars/{calendar}/events/{eventUid}": event["eventUid"],
        }
        self._things.special[("get_booking_attendee", "bookingUid")] = booked
        self._things.bodies |= {
            "report_organization_booking": {"bookingUid": booked, "reason": "SPAM", "reportType": "EMAIL"},
            "block_organization_booker": {"bookingUid": booked, "blockType": "EMAIL"},
            "update_booking_location": {"location": {"type": "address", "address": "1 Main Street"}},
            "add_booking_attendee": {"name": "Bo", "email": "bo@example.com", "timeZone": "Europe/London"},
            "add_booking_guests": {"guests": [{"email": "guest@example.com"}]},
            "update_calendar_event": {"title": "Another"},
        }

    def _furnish_absences(self) -> None:
        body = {"start": on_workday(300 + 3 * self._things.place), "end": on_workday(301 + 3 * self._things.place)}
        later = {"start": on_workday(320), "end": on_workday(321)}
        limits = {"perDay": 3}
        taking_turns = {"title": "Turns", "slug": "turns", "lengthInMinutes": 30, "schedulingType": "roundRobin"}
        hosts = [{"userId": self._things.organization}]
        self._make(f"/v2/teams/{self._own_team}/event-types", {**taking_turns, "hosts": hosts})
        self._change(f"/v2/me/team-booking-limits/{self._own_team}", limits)
        self._things.ids |= {
            "/v2/me/ooo/{oooId}": self._make("/v2/me/ooo", body)["id"],
            "/v2/teams/{teamId}/users/{userId}": self._team,
            "/v2/teams/{teamId}/users/{userId}/ooo/{oooId}": self._things.ids[f"{ORG}/users/{{userId}}/ooo/{{oooId}}"],
            "/v2/me/team-booking-limits/{teamId}": self._own_team,
        }
        for verb in ("create", "delete", "list", "update"):
            self._things.special[(f"{verb}_team_user_out_of_office", "teamId")] = self._team
        self._things.bodies |= {
            f"{verb}_{owner}_out_of_office": later for verb in ("create", "update") for owner in ("my", "team_user")
        }
        self._things.bodies["update_team_booking_limits"] = limits

    def _furnish_the_rest(self) -> None:
        callback = {"code": "code", "state": "{}"}
        standalone = standalone_team(self._team)
        shared = {"title": "Shared", "slug": "shared", "lengthInMinutes": 30, "schedulingType": "collective"}
        hosts = [{"userId": self._things.organization}]
        self._make(f"/v2/teams/{standalone}/event-types", {**shared, "hosts": hosts})
        attribute = self._read(f"{self._org_path}/attributes")
        [slug] = [each["slug"] for each in attribute if each["slug"].endswith(self._name)]
        microsoft = {
            "workspacePlatformSlug": "office365",
            "domain": f"office-{self._name}.example",
            "serviceAccountKey": {"private_key": "none", "tenant_id": "t", "client_id": "c"},
        }
        office = self._make(f"{self._org_path}/delegation-credentials", microsoft)["id"]
        organization = self._things.organization
        self._things.ids |= {
            "/v2/auth/oauth2/clients/{clientId}": f"third-party-{organization}",
            f"{ORG}/attributes/slugs/{{attributeSlug}}": slug,
            f"{ORG}/attributes/assignments/{{userId}}": self._team,
            f"{ORG}/attributes/sync-history/user/{{userId}}": self._team,
            "/v2/events/{uuid}": f"3f0d8a4e-6c1f-4d0e-9a57-{organization:012}",
            "/v2/routing-forms/{routingFormId}": f"form-{self._team}",
            "/v2/teams/{teamId}/routing-forms/{routingFormId}": f"form-{standalone}",
        }
        self._things.special |= {
            ("reset_delegation_credential_rotation", "credentialId"): office,
            ("create_team_routing_form_response", "teamId"): standalone,
            ("get_event_type_scheduling_config", "eventTypeId"): self._shared,
            ("list_event_type_crm_sync_errors", "eventTypeId"): self._shared,
        }
        self._things.queries |= {
            "list_event_type_crm_sync_errors": {"appSlug": "salesforce"},
            "save_team_conferencing_connection": callback,
            "save_organization_team_stripe_connection": callback,
            **{name: {"start": on_workday(1), "end": on_workday(2)} for name in FORM_OPERATIONS},
        }
        self._things.bodies |= {
            "update_attribute_assignment": {"weight": 50},
            "set_organization_user_default_conferencing_app": {"appSlug": "daily-video"},
        }
        responses = self._read(f"{self._team_path}/routing-forms/form-{self._team}/responses")
        self._things.named |= {
            "responseId": responses[0]["id"],
            "queuedResponseId": "queued",
            "teamMemberId": self._team,
            "rrHostSubsetId": self._team,
            "selectedTeamId": self._team,
            "routingFormId": f"form-{self._team}",
            "assignedOptionId": self._things.ids[f"{ORG}/attributes/options/{{userId}}/{{attributeOptionId}}"],
            "deviceId": f"device-{self._name}",
        }

    def _change(self, path: str, body: Any) -> None:
        self._things.client.patch(path, json=body, headers=self._things.api_key).raise_for_status()

    def _make(self, path: str, body: Any, version: str | None = None) -> Any:
        return self._things.make(path, body, version)

    def _read(self, path: str, version: str | None = None) -> Any:
        headers = self._things.api_key | ({"cal-api-version": version} if version else {})
        reply = self._things.client.get(path, headers=headers)
        assert reply.is_success, reply.text
        return reply.json()["data"]


def _step(action: str, **more: Any) -> dict[str, Any]:
    message = {"subject": "Soon", "text" if action == "sms_number" else "html": "Soon"}
    return {
        "stepNumber": 1, "action": action, "recipient": "const", "template": "custom", "sender": "Cal.com",
        "message": message, "includeCalendarEvent": False, **more,
    }  # fmt: skip
