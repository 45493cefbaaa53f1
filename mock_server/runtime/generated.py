"""Replies of operations without business logic: the description's example with the values of the request.

The same request always gets the same reply. Marked by the header `Sandbox-Reply: generated`.
"""

from __future__ import annotations

import copy
from typing import Any

from mock_server.runtime.call import Call
from mock_server.runtime.description import Description, Operation
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.reply import Reply, json_reply


class GeneratedReplies:
    """Builds replies that fit the description from its example, the path and the body."""

    def __init__(self, description: Description) -> None:
        self._description = description

    def reply(self, operation: Operation, call: Call) -> Reply:
        """The success reply of `operation`."""
        status = operation.success_status
        example = self._example(operation, status)
        if example is None:
            location = (b"location", f"{call.base_url}/".encode())
            return Reply(status, b"", (location,) if 300 <= status < 400 else ())
        content = copy.deepcopy(example)
        validator = operation.reply_validator(status, closed=True)
        data = content.get("data") if is_object(content) else None
        for item in data if is_list(data) else [data]:
            if is_object(item):
                for name, value in _named(call).items():
                    self._put(content, item, name, value, validator)
        return json_reply(status, content)

    def _put(self, content: Any, item: dict[str, Any], name: str, value: Any, validator: Any) -> None:
        if name not in item:
            return
        before = item[name]
        item[name] = value
        if validator is not None and not validator.is_valid(content):
            item[name] = before

    def _example(self, operation: Operation, status: int) -> Any:
        media = operation.responses[status].get("content", {}).get("application/json")
        if media is None:
            return None
        if "example" in media:
            return media["example"]
        for example in media.get("examples", {}).values():
            return self._description.deref(example)["value"]
        return None


def _named(call: Call) -> dict[str, Any]:
    """The values in the request: its body's fields, its path parameters, and the last of these as `id`."""
    named: dict[str, Any] = {**call.body, **call.path}
    for name, value in call.path.items():
        if name.lower().endswith("id"):
            named["id"] = value
    return named
