"""An append-only file of what the suite created on a deployment, so that it can be removed even after a crash.

A line is written before each request that creates something, and another after its reply; never a credential.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from contract_tests.known_secrets import KnownSecrets, open_private
from mock_server.runtime.json_values import is_object

NAMING = ("name", "title", "slug", "email", "subscriberUrl", "start")


_TEMPORARY_USER = "guest "


def temporary_user(user_id: Any) -> str:
    """The purpose of a temporary user's credentials."""
    return f"{_TEMPORARY_USER}{user_id}"


@dataclass(frozen=True)
class Thing:
    """Something that was created: by which operation, and how it is removed.

    `purpose` names the credentials it was created with. A temporary user's are not stored: after a crash, what the user
    created is deleted with the user.
    """

    maker: str
    remover: str
    ids: dict[str, Any]
    purpose: str

    @property
    def key(self) -> tuple[str, str]:
        """Identifies the thing."""
        return self.remover, json.dumps(self.ids, sort_keys=True)

    @property
    def temporary_user(self) -> str | None:
        """The id of the temporary user who created it; None if it was another user."""
        return self.purpose.removeprefix(_TEMPORARY_USER) if self.purpose.startswith(_TEMPORARY_USER) else None


class Ledger:
    """The file of one host, with the lines of earlier runs. `number` is that of the last request."""

    def __init__(self, path: Path, known: KnownSecrets | None = None) -> None:
        self.path = path
        self._known = known or KnownSecrets()
        self._standing: dict[tuple[str, str], Thing] = {}
        self._unanswered: dict[int, str] = {}
        self._gone: set[tuple[str, str]] = set()
        self.number = 0
        for line in _lines(path):
            self._record(line)

    def asks(self, operation_id: str, path: str, body: Any) -> int:
        """Records that a request that may create something is about to be sent; returns its number."""
        names = {name: body[name] for name in NAMING if name in body} if is_object(body) else {}
        names, path = self._known.masker.value(names), self._known.masker.text(path)
        number = self.number + 1
        self._write({"event": "asks", "number": number, "operation": operation_id, "path": path, "names": names})
        return number

    def made(self, number: int, things: list[Thing]) -> None:
        """Records the reply to a request: what it created, perhaps nothing."""
        self._write({"event": "made", "number": number, "things": [asdict(thing) for thing in things]})

    def removed(self, remover: str, ids: dict[str, Any]) -> None:
        """Records that something is removed. Nothing is written if the suite did not create it."""
        key = Thing("", remover, ids, "").key
        if key in self._standing:
            self._write({"event": "removed", "remover": remover, "ids": ids})

    def standing(self) -> list[Thing]:
        """What was created and not removed, the newest first."""
        return list(reversed(self._standing.values()))

    def gone(self) -> list[tuple[str, dict[str, Any]]]:
        """What was removed: by which operation, and with which ids."""
        return [(remover, json.loads(ids)) for remover, ids in self._gone]

    def unanswered(self) -> list[str]:
        """Requests without a known reply: they may have created something."""
        return list(self._unanswered.values())

    def _write(self, line: dict[str, Any]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open_private(self.path, "a") as file:
            file.write(json.dumps({"at": datetime.now(UTC).isoformat(timespec="milliseconds"), **line}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self._record(line)

    def _record(self, line: dict[str, Any]) -> None:
        match line["event"]:
            case "asks":
                self.number = line["number"]
                named = "".join(f" {name}={value!r}" for name, value in line["names"].items())
                self._unanswered[line["number"]] = f"{line['operation']} ({line['path']}{named})"
            case "made":
                self._unanswered.pop(line["number"], None)
                for fields in line["things"]:
                    thing = Thing(**fields)
                    self._standing[thing.key] = thing
                    self._gone.discard(thing.key)
            case "removed":
                key = Thing("", line["remover"], line["ids"], "").key
                self._standing.pop(key, None)
                self._gone.add(key)
            case event:
                raise ValueError(f"{self.path} has a line with the unknown event {event!r}")


def ledger_path(reports: Path, base_url: str) -> Path:
    """The path of a server's ledger. Servers below one host have ledgers of their own: their ids differ."""
    parts = urlsplit(base_url)
    below = "".join(f"-{quote(part, safe='')}" for part in parts.path.removesuffix("/v2").split("/") if part)
    return reports / f"ledger-{parts.hostname}{f'-{parts.port}' if parts.port else ''}{below}.jsonl"


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """All complete lines. A line that a crash cut off is dropped: nothing was sent after it."""
    if not path.exists():
        return
    text = path.read_text(encoding="utf-8")
    if text and not text.endswith("\n"):
        text = text[: text.rfind("\n") + 1]
        path.write_text(text, encoding="utf-8")
    for line in text.splitlines():
        yield json.loads(line)
