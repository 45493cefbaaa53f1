"""`replay.sh`: a shell script that reproduces each failure, with its set-up and clean-up."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path

from contract_tests.curl import curl_arguments, number_placeholder, placeholder
from contract_tests.http import Request
from contract_tests.known_secrets import KnownSecrets, open_private
from contract_tests.reports.causes import Cause
from contract_tests.reports.replays import Removal, Replay, Value, origin_of, uses, with_values

SHOWN_LINES = 12
_VARIABLE = re.compile(r'"\$([A-Z0-9_]+)"')
_ALWAYS_SET = ("BASE_URL", "SECRET")
HEAD = """#!/bin/sh
# Replays the failures of a run: `replay.sh` all of them, `replay.sh 2 5` those with the numbers 2 and 5 in the summary.
# Each creates what the failing request needs, shows its reply, and removes what was created. Needs curl and python3.
#
# Secrets come from the environment: CAL_API_KEY, CAL_CLIENT_ID and CAL_CLIENT_SECRET; OWNER_API_KEY, ADMIN_API_KEY and
# MEMBER_API_KEY for members of a sandbox's organization; ACCESS_TOKEN, CLIENT_SECRET and OTHER_API_KEY if their origin
# is unknown; for a secret field of a body a variable with its name, such as REFRESH_TOKEN for refreshToken. SECRET may
# be missing: any text will do for a webhook.
set -u
BASE_URL="${BASE_URL:-%(url)s}"
SECRET="${SECRET:-a secret}"
%(defaults)s
REPLY=$(mktemp) && HEAD=$(mktemp) || exit 2
trap 'rm -f "$REPLY" "$HEAD"' EXIT

# Whether all these variables are set; nothing is sent otherwise.
needs() {
  for name; do
    eval "value=\\${$name:-}"
    [ -n "$value" ] || { echo "Set $name, which this replay needs." >&2; return 1; }
  done
}

# Sends a request of the set-up, which must succeed.
step() {
  status=$(curl -sS -o "$REPLY" -w '%%{http_code}' "$@") || return 1
  case $status in
    2??|3??) ;;
    *) echo "The set-up failed with $status: $(cat "$REPLY")" >&2; return 1 ;;
  esac
}

# Sends the request that failed, and shows the reply.
shown() {
  curl -sS -D "$HEAD" -o "$REPLY" "$@" || return 1
  cat "$HEAD" "$REPLY"
  echo
}

# Removes what was created, if it is there.
undo() {
  curl -sS -o /dev/null "$@" || :
}

# Prints the value at a JSON pointer of the last reply.
taken() {
  python3 -c '
import json, sys
value = json.load(open(sys.argv[1], encoding="utf-8"))
for part in sys.argv[2].strip("/").split("/"):
    value = value[int(part)] if isinstance(value, list) else value[part]
print(value)' "$REPLY" "$1" 2> /dev/null
}
"""
TAIL = """
[ $# -gt 0 ] || set -- %s
for number; do
  echo "== $number"
  "replay_$number"
done
"""


def write_script(
    path: Path, found: Iterable[Cause], url: str, known: KnownSecrets, defaults: Mapping[str, str]
) -> None:
    """Writes the script, with an entry for each cause. `defaults` are values of variables that are not secret."""
    entries: list[str] = []
    for number, cause in enumerate(found, 1):
        entries.append(_entry(number, cause, known))
    settings = "\n".join(f'{name}="${{{name}:-{value}}}"' for name, value in defaults.items())
    numbers = " ".join(str(number) for number in range(1, len(entries) + 1))
    with open_private(path, "w") as file:
        file.write(HEAD % {"url": url, "defaults": settings} + "\n" + "\n".join(entries))
        if entries:
            file.write(TAIL % numbers)
    path.chmod(0o700)


def _entry(number: int, cause: Cause, known: KnownSecrets) -> str:
    failure = cause.shown
    texts = [failure.title, *failure.text.splitlines(), f"rule: {failure.rule}"]
    lines = [f"# {number}. {failure.operation}: {failure.check}"]
    lines += [f"#   {line}" for line in list(dict.fromkeys(texts))[:SHOWN_LINES]]
    lines.append(f"replay_{number}() {{")
    if failure.replay is None:
        lines.append(f"  echo {shlex.quote('There is no request to replay: ' + failure.title)}")
    else:
        lines += [f"  {line}" for line in _Entry(failure.replay, known).lines()]
    return "\n".join([*lines, "}", ""])


class _Entry:
    """The commands of one replay."""

    def __init__(self, replay: Replay, known: KnownSecrets) -> None:
        self._replay = replay
        self._known = known
        self._names: dict[Value, str] = {}
        self._removals = list(replay.removals())
        used = {origin_of(value, replay.origins) for each in self._removals for value in each.values}
        for request in replay.requests:
            used.update(origin_of(value, replay.origins) for value in uses(request.request))
        for value, origin in replay.origins.items():
            if value in used:
                name = value[0] or origin.pointer.rpartition("/")[2]
                self._names[value] = f"{placeholder(name, marked=False)}_{len(self._names) + 1}"

    def lines(self) -> Iterable[str]:
        """What it needs, the set-up, the failing request and the clean-up."""
        commands = list(self._commands())
        used = _VARIABLE.findall("\n".join(commands))
        needed = [name for name in dict.fromkeys(used) if name not in (*self._names.values(), *_ALWAYS_SET)]
        if needed:
            yield f"needs {' '.join(needed)} || return"
        for name in self._names.values():
            yield f"{name}="
        yield from commands

    def _commands(self) -> Iterable[str]:
        *setup, failing = self._replay.requests
        for index, request in enumerate(setup):
            yield f"step {self._arguments(request.request, index)} &&"
            yield from (f"{line} &&" for line in self._taken(index))
        yield " && ".join([f"shown {self._arguments(failing.request, len(setup))}", *self._taken(len(setup))])
        yield from dict.fromkeys(map(self._undone, self._removals))

    def _undone(self, removal: Removal) -> str:
        origins = [origin_of(value, self._replay.origins) for value in removal.values]
        tests = [f'[ -n "${self._names[each]}" ]' for each in origins if each in self._names]
        return " && ".join([*tests, f"undo {self._arguments(removal.request, len(self._replay.requests))}"])

    def _taken(self, index: int) -> Iterable[str]:
        for value, name in self._names.items():
            origin = self._replay.origins[value]
            if origin.step == index:
                yield f"{name}=$(taken {shlex.quote(origin.pointer)})"

    def _arguments(self, request: Request, index: int) -> str:
        origins = self._replay.origins
        known = {value: name for value, name in self._names.items() if origins[value].step < index}
        shown = with_values(request, known, self._place)
        return curl_arguments(shown, self._known.variables, self._known.learned)

    def _place(self, value: Value, *, is_number: bool) -> str:
        name = self._names[value]
        return number_placeholder(name) if is_number else placeholder(name)
