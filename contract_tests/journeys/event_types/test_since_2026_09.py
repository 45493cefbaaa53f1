"""Event types in version 2026-06-12, their history and host selection, and private links with both limits."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import EVENT_TYPES, EVENT_TYPES_2026, PRIVATE_LINKS, Client, data, error, own_id, unique

pytestmark = pytest.mark.since("2026-09")

SETTINGS: dict[str, Any] = {
    "lengthInMinutesOptions": [30, 45],
    "customName": "{Event type title} {Link title}",
    "bookingLimitsCount": {"day": 2, "week": 5},
    "bookingLimitsDuration": {"day": 60},
    "color": {"lightThemeHex": "#123", "darkThemeHex": "#AABBCC"},
    "skipAttendeeEmailDeliverabilityCheck": True,
    "privateNoteEnabled": True,
    "privateNoteMode": "separate_events",
    "privateNoteTemplate": "Prepare",
}


def body(**fields: Any) -> dict[str, Any]:
    return {"title": "Talk", "slug": unique("talk"), "lengthInMinutes": 30, **fields}


def create(client: Client, path: str = "/v2/event-types", **fields: Any) -> dict[str, Any]:
    return data(client.post(path, json=body(**fields), v=EVENT_TYPES_2026), 201)


def item(event_type: dict[str, Any], path: str = "/v2/event-types") -> str:
    return f"{path}/{event_type['id']}"


@pytest.fixture
def team(founder: Client, member: Client, organization: str) -> str:
    """The path of the event types of a new team of the organization with `member`."""
    made = data(founder.post(f"{organization}/teams", json={"name": unique("team")}), 201)
    path = f"{organization}/teams/{made['id']}"
    membership = {"userId": own_id(member), "role": "MEMBER", "accepted": True}
    data(founder.post(f"{path}/memberships", json=membership), 201)
    return f"{path}/event-types"


def test_an_event_type_has_all_settings_in_the_order_of_the_live_service(solo: Client) -> None:
    plain = create(solo)
    assert len(plain) == 49
    assert list(plain)[-3:] == ["privateNoteEnabled", "privateNoteMode", "privateNoteTemplate"]
    assert (plain["calVideoSettings"], plain["bookingProposalCount"]) == ({"sendTranscriptionEmails": True}, None)
    video = {"transcriptionLanguage": "de", "hideTranscriptionForGuests": True}
    rich = create(solo, **SETTINGS, calVideoSettings=video)
    assert {name: rich[name] for name in SETTINGS} == SETTINGS
    assert rich["calVideoSettings"].items() >= video.items()
    changed = data(solo.patch(item(rich), json={"bookingProposalCount": 3}, v=EVENT_TYPES_2026))
    assert changed == {**rich, "bookingProposalCount": 3} == data(solo.get(item(rich), v=EVENT_TYPES_2026))
    older = data(solo.get(item(rich), v=EVENT_TYPES))
    assert older["color"] == SETTINGS["color"] and "privateNoteMode" not in older


@pytest.mark.parametrize(
    "wrong",
    [
        {"lengthInMinutesOptions": [45]},
        {"bookingLimitsCount": {"day": 0}},
        {"bookingLimitsDuration": {"day": 20}},
        {"color": {"lightThemeHex": "red", "darkThemeHex": "#000"}},
        {"privateNoteMode": "aloud"},
        {"customName": "{Motto}"},
        {"bookingFields": [{"field": "email", "required": False}]},
    ],
)
def test_settings_that_make_no_sense_are_refused(solo: Client, wrong: dict[str, Any]) -> None:
    error(solo.post("/v2/event-types", json=body(**wrong), v=EVENT_TYPES_2026), 400)
    made = create(solo)
    error(solo.patch(item(made), json=wrong, v=EVENT_TYPES_2026), 400)
    assert data(solo.get(item(made), v=EVENT_TYPES_2026)) == made


@pytest.mark.sandbox_only("solo's name is that of the default world")
def test_lists_hide_from_others_what_the_owner_sees(solo: Client, member: Client) -> None:
    hidden = create(solo, hidden=True)
    slug = {"username": "solo", "eventSlug": hidden["slug"]}
    assert data(solo.get("/v2/event-types", params=slug, v=EVENT_TYPES_2026)) == [hidden]
    assert data(member.get("/v2/event-types", params=slug, v=EVENT_TYPES_2026)) == []
    data(solo.patch(item(hidden), json={"hidden": False}, v=EVENT_TYPES_2026))
    [shown] = data(member.get("/v2/event-types", params=slug, v=EVENT_TYPES_2026))
    assert "calVideoSettings" not in shown
    assert all(not each.get("hidden") for each in shown["bookingFields"])
    [group] = data(member.get("/v2/event-types", params={"usernames": "solo,member"}, v=EVENT_TYPES_2026))
    assert group["bookingFields"] == []


@pytest.mark.sandbox_only("the organization of the default world")
def test_a_team_event_type_has_a_page_and_settings_of_its_hosts(
    owner: Client, member: Client, anonymous: Client, organization: str, team: str
) -> None:
    boss, mia = own_id(owner), own_id(member)
    hosts = [{"userId": mia, "mandatory": True, "priority": "high"}]
    settings = {"schedulingType": "roundRobin", "assignAllTeamMembers": True, "hosts": hosts}
    made = create(owner, team, **settings, allowRRHostChoiceOnReschedule=True, hidden=True)
    assert made["bookingUrl"].endswith(f"/{made['slug']}") and made["allowRRHostChoiceOnReschedule"] is True
    by_id = {each["userId"]: each for each in made["hosts"]}
    assert (by_id[boss]["mandatory"], by_id[mia]["mandatory"], by_id[mia]["priority"]) == (False, True, "high")
    assert by_id[mia].keys() >= {"name", "username", "avatarUrl"}
    assert (
        data(owner.get(item(made, team), v=EVENT_TYPES_2026)) == made == data(owner.get(item(made), v=EVENT_TYPES_2026))
    )
    assert data(anonymous.get(team, v=EVENT_TYPES_2026)) == []
    assert [each["id"] for each in data(owner.get(team, v=EVENT_TYPES_2026))] == [made["id"]]
    everywhere = data(owner.get(f"{organization}/teams/event-types", v=EVENT_TYPES_2026))
    assert made in everywhere
    assert [each["id"] for each in data(anonymous.get(team))] == [made["id"]]

    config = data(owner.get(f"{item(made)}/scheduling-config", v=EVENT_TYPES_2026))
    assert (config["schedulingType"], config["allowRRHostChoiceOnReschedule"]) == ("roundRobin", True)
    assert {each["userId"]: each["mandatory"] for each in config["hosts"]} == {boss: False, mia: True}
    data(owner.delete(item(made, team), v=EVENT_TYPES_2026))
    error(owner.get(item(made, team), v=EVENT_TYPES_2026), 404)


def test_a_managed_event_type_gives_its_form_to_its_children(owner: Client, member: Client, team: str) -> None:
    parent, *children = data(
        owner.post(team, json=body(schedulingType="managed", assignAllTeamMembers=True), v=EVENT_TYPES_2026), 201
    )
    assert parent["bookingUrl"] is None
    fields = {"bookingFields": [{"field": "custom", "slug": "motto", "label": "Motto", "type": "url"}]}
    data(owner.post(f"{item(parent, team)}/booking-fields", json=fields, v=EVENT_TYPES_2026), 201)
    mine = next(each for each in children if each["ownerId"] == own_id(member))
    shown = data(member.get(item(mine), v=EVENT_TYPES_2026))["bookingFields"]
    assert shown[-1]["slug"] == "motto"


def test_the_history_names_what_was_changed_newest_first(solo: Client) -> None:
    made = create(solo)
    data(solo.patch(item(made), json={"title": "Long talk"}, v=EVENT_TYPES))
    data(
        solo.patch(
            item(made),
            json={"seats": {"seatsPerTimeSlot": 2, "showAttendeeInfo": False, "showAvailabilityCount": True}},
            v=EVENT_TYPES_2026,
        )
    )
    field = {"field": "custom", "slug": "motto", "label": "Motto", "type": "shortText"}
    data(solo.post(f"{item(made)}/booking-fields", json={"bookingFields": [field]}, v=EVENT_TYPES_2026), 201)
    data(solo.patch(item(made), json={"title": "Long talk"}, v=EVENT_TYPES_2026))

    pages: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 3}
    while True:
        reply = solo.get(f"{item(made)}/history", params=query, v=EVENT_TYPES_2026).json()
        pages += reply["data"]["auditLogs"]
        if not reply["pagination"]["hasMore"]:
            break
        query["cursor"] = reply["pagination"]["nextCursor"]
    questions, seats, title, creation = pages
    assert (creation["action"], creation["displayFields"]) == ("EVENT_TYPE_CREATED", [])
    [change] = title["displayFields"]
    assert change == {"label": "Title", "fieldValue": {"type": "valueChange", "previous": "Talk", "next": "Long talk"}}
    assert seats["displayJson"]["changes"][0]["next"]["perTimeSlot"] == 2
    assert questions["displayJson"]["changedFields"] == ["bookingFields"]
    assert questions["displayJson"]["changes"][0]["added"][0]["name"] == "motto"
    assert questions["displayFields"][0]["label"] == "Booking questions"
    assert questions["actor"]["type"] == "USER" and questions["actionDisplayTitle"].endswith(" modified the event type")
    error(solo.get(f"{item(made)}/history", params={"cursor": "motto"}, v=EVENT_TYPES_2026), 400)


def test_hosts_do_not_see_the_history_but_administrators_do(
    owner: Client, member: Client, solo: Client, team: str
) -> None:
    made = create(owner, team, schedulingType="collective", hosts=[{"userId": own_id(member)}])
    assert data(owner.get(f"{item(made)}/history", v=EVENT_TYPES_2026))["auditLogs"]
    config = data(owner.get(f"{item(made)}/scheduling-config", v=EVENT_TYPES_2026))
    assert (config["schedulingType"], [each["userId"] for each in config["hosts"]]) == ("collective", [own_id(member)])
    error(member.get(f"{item(made)}/history", v=EVENT_TYPES_2026), 403)
    error(solo.get(f"{item(made)}/history", v=EVENT_TYPES_2026), 404)
    own = create(solo)
    assert (
        "is not a team event type"
        in error(solo.get(f"{item(own)}/scheduling-config", v=EVENT_TYPES_2026), 422)["message"]
    )
    errors = solo.get(f"{item(own)}/crm-sync-errors", params={"appSlug": "salesforce"}, v=EVENT_TYPES_2026).json()
    assert (errors["data"], errors["pagination"]) == ([], {"nextCursor": None, "hasMore": False})
    error(solo.get(f"{item(own)}/crm-sync-errors", v=EVENT_TYPES_2026), 400)


def test_a_private_link_has_both_limits_and_keeps_what_a_change_leaves_out(
    solo: Client, owner: Client, team: str
) -> None:
    mine, theirs = create(solo), create(owner, team, schedulingType="collective")
    for client, event_type, path in ((solo, mine, "/v2/event-types"), (owner, theirs, team)):
        links = f"{item(event_type, path)}/private-links"
        both = {"expiresAt": "2050-01-01T00:00:00.000Z", "maxUsageCount": 1}
        timed = data(client.post(links, json=both, v=PRIVATE_LINKS), 201)
        assert timed["expiresAt"] == both["expiresAt"] and "maxUsageCount" not in timed
        assert timed["bookingUrl"].endswith(f"/d/{timed['linkId']}/{event_type['slug']}")
        link = f"{links}/{timed['linkId']}"
        assert data(client.patch(link, json={"maxUsageCount": 2}, v=PRIVATE_LINKS)) == timed
        once = data(client.post(links, json={}, v=PRIVATE_LINKS), 201)
        assert (once["maxUsageCount"], once["usageCount"]) == (1, 0)
        unlimited = data(client.patch(f"{links}/{once['linkId']}", json={"maxUsageCount": -1}, v=PRIVATE_LINKS))
        assert unlimited == {**once, "maxUsageCount": None}
        error(client.patch(link, json={"maxUsageCount": 0}, v=PRIVATE_LINKS), 400)
        fields = {"bookingFields": [{"field": "notes", "label": "Anything?"}]}
        data(client.put(f"{item(event_type, path)}/booking-fields", json=fields, v=EVENT_TYPES_2026))
        older = data(client.get(links, v=EVENT_TYPES))
        assert [each["linkId"] for each in older] == [timed["linkId"], once["linkId"]]
        assert not older[0]["bookingUrl"].endswith(event_type["slug"])
        data(client.delete(link, v=PRIVATE_LINKS))
