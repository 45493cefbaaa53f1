"""What an import reads from a deployment, and what it could not read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from mock_server.runtime.json_values import is_list, is_object

PAGE_SIZE = 100
_REASONS = {
    401: "the key is not accepted for it",
    403: "the key's user may not read it",
    404: "it is not there, or not for this key's user",
}


class Deployment(Protocol):
    """A server of the API, read with one key."""

    def get(self, path: str, query: Mapping[str, Any], version: str | None) -> tuple[int, Any]:
        """The status and the JSON body of the reply to a GET request."""
        ...


class Source:
    """Reads a deployment. `unread` says in plain words what could not be read, and why."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self.unread: list[str] = []

    def one(self, what: str, path: str, version: str | None = None) -> dict[str, Any] | None:
        """An object; None if it could not be read."""
        data = self._data(what, path, {}, version)
        return data if is_object(data) else None

    def all(
        self, what: str, path: str, version: str | None = None, *, paged: bool = True, **query: Any
    ) -> list[dict[str, Any]]:
        """All objects of a list, page by page; those of the pages that could be read."""
        found: list[dict[str, Any]] = []
        while True:
            page = {"take": PAGE_SIZE, "skip": len(found)} if paged else {}
            data = self._data(what, path, {**query, **page}, version)
            items = data if is_list(data) else []
            new = [item for item in items if is_object(item) and item not in found[-PAGE_SIZE:]]
            found += new
            if not paged or len(items) < PAGE_SIZE or not new:
                return found

    def _data(self, what: str, path: str, query: Mapping[str, Any], version: str | None) -> Any:
        status, content = self._deployment.get(path, query, version)
        if status == 200 and is_object(content):
            return content.get("data")
        reason = _REASONS.get(status, "the server did not answer as described")
        self.unread.append(f"{what}: {reason} (GET {path} answered {status})")
        return None
