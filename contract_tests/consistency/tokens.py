"""Tokens of managed users: each refresh token is good once, and a forced refresh ends what was before."""

from __future__ import annotations

from contract_tests.consistency.actors import bearer
from contract_tests.consistency.host import person
from contract_tests.consistency.resource import Fields
from contract_tests.consistency.session import Session
from contract_tests.http import Reply

ONCE = "tokens_are_good_once"
REFRESH = "/v2/oauth/{clientId}/refresh"
FORCE = "/v2/oauth-clients/{clientId}/users/{userId}/force-refresh"


def token_lives(session: Session) -> None:
    """Refreshes in a row, and tokens of others and of other kinds."""
    client, ids = session.actors.client, {"clientId": session.actors.client_id}
    with person(session, "first") as first, person(session, "second") as second:
        used: list[str] = [first.refresh_token]
        fresh = _refresh(session, ids, first.refresh_token)
        _is(session, first.headers, first.id, "a refresh leaves the access token alone")
        for _ in range(2):
            used.append(fresh["refreshToken"])
            _is(session, bearer(fresh["accessToken"]), first.id, "a fresh token is its user's")
            fresh = _refresh(session, ids, fresh["refreshToken"])
        for token in (*used, fresh["accessToken"], "no-token", ""):
            reply = session.call("POST", REFRESH, client, ids=ids, body={"refreshToken": token})
            session.check(ONCE, not reply.succeeded, reply, "is traded for new tokens all the same")
        reply = session.call("GET", "/v2/me", bearer(fresh["refreshToken"]))
        session.check(ONCE, reply.status in (401, 403), reply, "a refresh token is taken for an access token")
        theirs = _refresh(session, ids, second.refresh_token)
        _is(session, bearer(theirs["accessToken"]), second.id, "a fresh token is its user's")
        forced = session.succeed("POST", FORCE, client, ids={**ids, "userId": first.id}).data
        for token in (first.headers, bearer(fresh["accessToken"])):
            reply = session.call("GET", "/v2/me", token)
            session.check(ONCE, reply.status == 401, reply, "a token is good after a forced refresh")
        reply = session.call("POST", REFRESH, client, ids=ids, body={"refreshToken": fresh["refreshToken"]})
        session.check(ONCE, not reply.succeeded, reply, "a refresh token is good after a forced refresh")
        _is(session, bearer(forced["accessToken"]), first.id, "a forced token is its user's")
        _is(session, bearer(theirs["accessToken"]), second.id, "others keep their tokens")
        _refresh(session, ids, forced["refreshToken"])


def _refresh(session: Session, ids: Fields, token: str) -> Fields:
    reply = session.succeed("POST", REFRESH, session.actors.client, ids=ids, body={"refreshToken": token})
    session.check("tokens_are_fresh", reply.data["refreshToken"] != token, reply, "the refresh token is the old one")
    return reply.data


def _is(session: Session, headers: Fields, user: int, why: str) -> Reply:
    reply = session.succeed("GET", "/v2/me", headers)
    session.check(ONCE, reply.data["id"] == user, reply, why)
    return reply
