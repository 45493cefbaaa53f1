"""Links a chat to a user, which the live user does by sending a token to the bot in Slack or Telegram."""

from __future__ import annotations

from typing import Any

from mock_server.notifications.subscriptions import finish_linking
from mock_server.runtime.errors import NotFound
from mock_server.runtime.json_values import is_object
from mock_server.sandbox.errors import Refused
from mock_server.state.worlds import World

WRONG_BODY = 'The body has to be {"token": "...", "identifier": "..."}, and for Slack also "teamId", all of them texts.'


async def link_chat(world: World, body: Any) -> dict[str, Any]:
    """Subscribes the chat `identifier` with the token of a link intent. Raises Refused."""
    fields = body if is_object(body) else {}
    token, identifier, workspace = fields.get("token"), fields.get("identifier"), fields.get("teamId", "")
    if not isinstance(token, str) or not isinstance(identifier, str) or not isinstance(workspace, str):
        raise Refused(400, WRONG_BODY)
    try:
        linked = await world.change(lambda tx: finish_linking(tx, token, identifier, workspace))
    except NotFound as error:
        raise Refused(404, error.message) from None
    return {"id": linked.id, "userId": linked.user_id, "type": linked.type, "identifier": linked.identifier}
