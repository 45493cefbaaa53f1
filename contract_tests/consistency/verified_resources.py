"""Verified e-mail addresses and telephone numbers, as far as they show without the codes, which a run cannot read."""

from __future__ import annotations

from contract_tests.consistency.actors import Headers
from contract_tests.consistency.crud_lifecycle import NO_KEY, NO_TOKEN
from contract_tests.consistency.host import ANONYMOUS, managed_user
from contract_tests.consistency.resource import Fields
from contract_tests.consistency.resources import A_TEAM, AN_ORGANIZATION_TEAM
from contract_tests.consistency.session import Session
from contract_tests.nonexistent import NO_NUMBER

OF_USER, OF_TEAM = "/v2/verified-resources", "/v2/teams/{teamId}/verified-resources"
OF_ORGANIZATION_TEAM = "/v2/organizations/{orgId}/teams/{teamId}/verified-resources"
NO_CODE = "1ABG2C"
"""Codes have digits only."""


def verified_resources(session: Session) -> None:
    """Codes are sent and not shown, wrong ones verify nothing, and every user and team has lists of its own."""
    if not any(each.path.startswith(OF_USER) for each in session.description):
        session.leave_out("this edition has no verified resources")
        return
    with managed_user(session, "verifier") as user, managed_user(session, "stranger") as stranger:
        team = session.succeed("POST", "/v2/teams", user.headers, body={"name": session.title("Team")}).data["id"]
        ids = {"teamId": team}
        try:
            for prefix in (OF_USER, OF_TEAM):
                _emails(session, prefix, user.headers, ids)
                _phones(session, prefix, user.headers, ids)
            for path in (f"{OF_TEAM}/emails", f"{OF_TEAM}/phones"):
                reply = session.call("GET", path, stranger.headers, ids=ids)
                session.check("other_users_are_refused", reply.status == 403, reply, "a user who is not of the team")
        finally:
            session.call("DELETE", "/v2/teams/{teamId}", user.headers, ids=ids)


def verified_resources_of_organizations(session: Session) -> None:
    """The same for a team of an organization."""
    if not any(each.path.startswith(OF_ORGANIZATION_TEAM) for each in session.description):
        session.leave_out("this edition has no verified resources")
        return
    with AN_ORGANIZATION_TEAM(session) as ids:
        _emails(session, OF_ORGANIZATION_TEAM, session.actors.organization, ids)
        _phones(session, OF_ORGANIZATION_TEAM, session.actors.organization, ids)
        _need_credentials(session, OF_ORGANIZATION_TEAM, ids)
    with A_TEAM(session) as ids:
        _need_credentials(session, OF_TEAM, ids)


def _need_credentials(session: Session, prefix: str, ids: Fields) -> None:
    """Codes of an existing team are neither sent nor taken without good credentials."""
    for headers in (ANONYMOUS, NO_KEY, NO_TOKEN):
        for path in ("emails", "phones"):
            for step in ("request", "verify"):
                target = f"{prefix}/{path}/verification-code/{step}"
                reply = session.call("POST", target, headers, ids=ids, body={})
                name = "bad_credentials_are_refused" if headers else "credentials_are_needed"
                session.check(name, reply.status in (401, 403), reply, "is not refused with 401 or 403")


def _emails(session: Session, prefix: str, headers: Headers, ids: Fields) -> None:
    _resources(session, f"{prefix}/emails", headers, ids, {"email": f"{session.unique('verify')}@example.com"})


def _phones(session: Session, prefix: str, headers: Headers, ids: Fields) -> None:
    number = f"+1415555{100 + session.serial() % 100:04d}"  # Reserved for fiction.
    _resources(session, f"{prefix}/phones", headers, ids, {"phone": number})


def _resources(session: Session, path: str, headers: Headers, ids: Fields, address: Fields) -> None:
    ids = {**ids, "id": NO_NUMBER}
    sent = session.succeed("POST", f"{path}/verification-code/request", headers, ids=ids, body=address)
    session.check("replies_leak_nothing", sent.content == {"status": "success"}, sent, "more than the status")
    for body in ({}, {**address, "code": 123456}, dict.fromkeys([*address, "code"], "nothing")):
        reply = session.call("POST", f"{path}/verification-code/verify", headers, ids=ids, body=body)
        session.check("invalid_bodies_are_refused", reply.status in (400, 429), reply, "invalid fields")
    wrong = {**address, "code": NO_CODE}
    reply = session.call("POST", f"{path}/verification-code/verify", headers, ids=ids, body=wrong)
    session.check("invalid_bodies_are_refused", reply.status in (400, 429), reply, "a wrong code")
    listed = session.succeed("GET", path, headers, ids=ids)
    session.check("rejected_writes_change_nothing", listed.data == [], listed, "nothing has been verified")
    shown = session.succeed("GET", f"{path}/{{id}}", headers, ids=ids)
    session.check("unknown_things_are_not_found", shown.data is None, shown, "an unknown id")
    for query in ({"take": 0}, {"take": 251}, {"skip": -1}):
        reply = session.call("GET", path, headers, ids=ids, query=query)
        session.check("invalid_queries_are_refused", reply.status == 400, reply, "a page that cannot be")
