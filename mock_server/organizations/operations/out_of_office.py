"""Operations on out-of-office entries of the caller, of an organization's users, and of a team's members.

Access rules let the request act as the user whom the path names.

Source: Cal.com API v2, out of office; out of office of organization users; out of office of team users.
"""

from __future__ import annotations

from typing import Any

from mock_server.identity.model import PROFILES, USERS
from mock_server.organizations.model import OUT_OF_OFFICES, OutOfOffice
from mock_server.organizations.out_of_office import check_cover, check_period, read_period
from mock_server.organizations.views import out_of_office_view
from mock_server.runtime.call import Call


def list_user_out_of_office(call: Call) -> list[dict[str, Any]]:
    """The user's entries."""
    return _page(call, call.tx[OUT_OF_OFFICES].find(user_id=call.caller.user_id))


def list_organization_out_of_office(call: Call) -> list[dict[str, Any]]:
    """The entries of all users with a profile in the organization, or only of the user with exactly this `email`."""
    profiles = call.tx[PROFILES].find(organization_id=call.path_number("orgId"))
    user_ids = [each.user_id for each in profiles]
    email = call.query.get("email")
    if email is not None:
        named = call.tx[USERS].first(email=email)
        user_ids = [named.id] if named is not None and named.id in user_ids else []
    return _page(call, [entry for user_id in user_ids for entry in call.tx[OUT_OF_OFFICES].find(user_id=user_id)])


def create_out_of_office(call: Call) -> dict[str, Any]:
    """Creates an entry. No webhook is sent."""
    user_id, covering_id = call.caller.user_id, call.body.get("toUserId")
    start, end = read_period(call.body, required=True)
    check_period(call.tx, user_id, start, end, covering_id)
    check_cover(call.tx, user_id, covering_id)
    entry = call.tx[OUT_OF_OFFICES].create(
        uuid=call.identifiers.uuid4(),
        user_id=user_id,
        start=start,
        end=end,
        reason=call.body.get("reason") or "unspecified",
        notes=call.body.get("notes"),
        to_user_id=covering_id,
        created_at=call.now,
        updated_at=call.now,
    )
    return out_of_office_view(entry)


def update_out_of_office(call: Call) -> dict[str, Any]:
    """Updates the given fields; null clears them. The entry's present period is refused as a duplicate, as upstream."""
    entry = call.tx[OUT_OF_OFFICES].require(call.path_number("oooId"))
    covering_id = call.body.get("toUserId")
    start, end = read_period(call.body, required=False)
    check_period(call.tx, entry.user_id, start, end, covering_id)
    check_cover(call.tx, entry.user_id, covering_id)
    changes: dict[str, Any] = {}
    if start is not None:
        changes |= {"start": start, "end": end}
    if "notes" in call.body:
        changes["notes"] = call.body["notes"]
    if "toUserId" in call.body:
        changes["to_user_id"] = covering_id
    if call.body.get("reason"):
        changes["reason"] = call.body["reason"]
    return out_of_office_view(call.tx[OUT_OF_OFFICES].update(entry.id, **changes, updated_at=call.now))


def delete_out_of_office(call: Call) -> dict[str, Any]:
    """Deletes an entry."""
    return out_of_office_view(call.tx[OUT_OF_OFFICES].delete(call.path_number("oooId")))


list_my_out_of_office = list_user_out_of_office
create_my_out_of_office = create_out_of_office
update_my_out_of_office = update_out_of_office
delete_my_out_of_office = delete_out_of_office

list_team_user_out_of_office = list_user_out_of_office
create_team_user_out_of_office = create_out_of_office
update_team_user_out_of_office = update_out_of_office
delete_team_user_out_of_office = delete_out_of_office


def _page(call: Call, entries: list[OutOfOffice]) -> list[dict[str, Any]]:
    """One page, sorted by end or start if requested, otherwise oldest first."""
    by_start, by_end = call.query.get("sortStart"), call.query.get("sortEnd")
    if by_end:
        entries = sorted(entries, key=lambda each: each.end, reverse=by_end == "desc")
    elif by_start:
        entries = sorted(entries, key=lambda each: each.start, reverse=by_start == "desc")
    else:
        entries = sorted(entries, key=lambda each: each.id)
    skip, take = call.query.get("skip") or 0, call.query.get("take") or 250
    return [out_of_office_view(each) for each in entries[skip : skip + take]]
