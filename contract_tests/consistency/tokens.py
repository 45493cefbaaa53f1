"""Tokens of managed users: refresh tokens can be used once, and a forced refresh revokes earlier tokens."""

from __future__ import annotations

from datetime import UTC, datetime

from contract_tests.consistency.actors import bearer
from contract_tests.consistency.host import managed_user
from contract_tests.consistency.resource import Fields
from contract_tests.consistency.session import Session
from contract_tests.http import Reply

ONCE = "refresh_tokens_are_used_once"
REFRESH = "/v2/oauth/{clientId}/refresh"
SHORTEST, LONGEST = 58 * 60, 62 * 60
"""Bounds of the lifetime of an access token in seconds, where clocks differ."""
FORCE = "/v2/oauth-clients/{clientId}/users/{userId}/force-refresh"


def token_lifecycle(session: Session) -> None:
    """Consecutive refreshes, and tokens of other users and kinds."""
    client, ids = session.actors.client, {"clientId": session.actors.client_id}
    with managed_user(session, "first") as first, managed_user(session, "second") as second:
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
        reply = session.succeed("POST", FORCE, client, ids={**ids, "userId": first.id})
        _judge_expiry(session, reply)
        forced = reply.data
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
    _judge_expiry(session, reply)
    return reply.data


def _judge_expiry(session: Session, reply: Reply) -> None:
    """An access token expires in an hour, at the start of a minute. The time is in milliseconds."""
    seconds = reply.data["accessTokenExpiresAt"] / 1000 - datetime.now(UTC).timestamp()
    right = SHORTEST < seconds < LONGEST
    session.check("timestamps_are_correct", right, reply, f"the access token expires in {seconds:.0f} seconds")


def _is(session: Session, headers: Fields, user: int, why: str) -> Reply:
    reply = session.succeed("GET", "/v2/me", headers)
    session.check(ONCE, reply.data["id"] == user, reply, why)
    return reply
