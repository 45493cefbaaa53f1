"""Lets the replacement of a delegation credential's secret fail, as the workspace of the live service may."""

from __future__ import annotations

from typing import Any, get_args

from mock_server.calendars.model import DELEGATION_CREDENTIALS, DelegationCredential, RotationFailure
from mock_server.runtime.json_values import is_object
from mock_server.sandbox.errors import Refused
from mock_server.state.transaction import Transaction
from mock_server.state.worlds import World

FAILURES: tuple[RotationFailure, ...] = get_args(RotationFailure)
WRONG_BODY = f'The body has to be {{"failure": null}}, or name one of the failures {", ".join(FAILURES)}.'


async def set_rotation(world: World, credential_id: str, body: Any) -> dict[str, Any]:
    """Sets the error of all attempts to replace the secret from now on; null lets them succeed. Raises Refused."""
    if not is_object(body) or body.keys() != {"failure"} or body["failure"] not in (None, *FAILURES):
        raise Refused(400, WRONG_BODY)
    changed = await world.change(lambda tx: _set(tx, credential_id, body["failure"]))
    return {"id": changed.id, "failure": changed.rotation_failure}


def _set(tx: Transaction, credential_id: str, failure: RotationFailure | None) -> DelegationCredential:
    credential = tx[DELEGATION_CREDENTIALS].get(credential_id)
    if credential is None or credential.secret_expires_at is None:
        raise Refused(404, f"There is no delegation credential {credential_id!r} with a secret that expires.")
    return tx[DELEGATION_CREDENTIALS].update(credential.id, rotation_failure=failure)
