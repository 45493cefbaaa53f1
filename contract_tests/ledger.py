"""What the suite made on a deployment, in an append-only file, so that all of it can be removed even after a crash.

A line is written before each request that makes something, and another after its reply. No credential is written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from contract_tests.known_secrets import KnownSecrets, open_private
from mock_server.runtime.json_values import is_object

NAMING = ("name", "title", "slug", "email", "subscriberUrl", "start")


_GUEST = "guest "


def guest(user_id: Any) -> str:
    """The purpose of a throw-away user's credentials."""
    return f"{_GUEST}{user_id}"


@dataclass(frozen=True)
class Thing:
    """Something that was made: by which operation, and how it is removed.

    `purpose` names the credentials it was made with. Those of a guest, a throw-away user, are kept nowhere: after a
    crash its things go with it.
    """

    maker: str
    remover: str
    ids: dict[str, Any]
    purpose: str

    @property
    def key(self) -> tuple[str, str]:
        """Tells things apart."""
        return self.remover, json.dumps(self.ids, sort_keys=True)

    @property
    def guest(self) -> str | None:
        """The id of the throw-away user that made it."""
        return self.purpose.removeprefix(_GUEST) if self.purpose.startswith(_GUEST) else None


class Ledger:
    """The file of one host. Lines of earlier runs count as well. `number` is that of the last request."""

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
        """A request that may make something is about to be sent. Gives its number."""
        names = {name: body[name] for name in NAMING if name in body} if is_object(body) else {}
        names, path = self._known.masker.value(names), self._known.masker.text(path)
        number = self.number + 1
        self._write({"event": "asks", "number": number, "operation": operation_id, "path": path, "names": names})
        return number

    def made(self, number: int, things: list[Thing]) -> None:
        """The reply to a request: what it made, perhaps nothing."""
        self._write({"event": "made", "number": number, "things": [asdict(thing) for thing in things]})

    def removed(self, remover: str, ids: dict[str, Any]) -> None:
        """Something is gone. Nothing is written if it is none of ours."""
        key = Thing("", remover, ids, "").key
        if key in self._standing:
            self._write({"event": "removed", "remover": remover, "ids": ids})

    def standing(self) -> list[Thing]:
        """What was made and is not known to be gone, the newest first."""
        return list(reversed(self._standing.values()))

    def gone(self) -> list[tuple[str, dict[str, Any]]]:
        """What was removed: by which operation, and with which ids."""
        return [(remover, json.loads(ids)) for remover, ids in self._gone]

    def unanswered(self) -> list[str]:
        """Requests whose reply was never seen: they may have made something."""
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


def ledger_path(reports: Path, base_url: str) -> Path:
    """Where the ledger of a server lies."""
    parts = urlsplit(base_url)
    return reports / f"ledger-{parts.hostname}{f'-{parts.port}' if parts.port else ''}.jsonl"


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """All whole lines. One that a crash cut off at the end was not acted on."""
    if not path.exists():
        return
    text = path.read_text(encoding="utf-8")
    if text and not text.endswith("\n"):
        text = text[: text.rfind("\n") + 1]
        path.write_text(text, encoding="utf-8")
    for line in text.splitlines():
        yield json.loads(line)
