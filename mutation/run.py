"""Mutation testing of the engine modules with mutmut: changes one place at a time and runs the area's tests.

``python mutation/run.py`` runs all areas; arguments such as ``slots`` or ``slots/limits`` select some. Works in
``.mutation/work``. Fails if a mutant survives that `equivalent.toml` does not explain.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
WORK = ROOT / ".mutation" / "work"
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
COPIED = ("mock_server", "contract_tests", "openapi", "pyproject.toml", "README.md")

AREAS = {
    "slots": ("mock_server/slots/tests", "contract_tests/journeys/slots"),
    "bookings": ("mock_server/bookings/tests", "contract_tests/journeys/bookings"),
    "event_types": ("mock_server/event_types/tests", "contract_tests/journeys/event_types"),
    "calendars": ("mock_server/calendars/tests", "contract_tests/journeys/calendars"),
    "teams": ("mock_server/teams/tests", "contract_tests/journeys/teams"),
}
"""The tests of each area. A mutant runs those of them that reach its function."""

NO_ENGINE = ("*/tests/*", "*/operations/*", "*/operations.py", "*/views.py", "*/model.py", "*/__init__.py")
SETTINGS = """[mutmut]
source_paths = mock_server
only_mutate = {module}
do_not_mutate =
    {no_engine}
also_copy =
    {copied}
pytest_add_cli_args =
    -p
    no:cacheprovider
pytest_add_cli_args_test_selection =
    {tests}
do_not_mutate_patterns = ^\\s*spend\\(
timeout_multiplier = 10
timeout_constant = 10
"""
"""A mutant may take ten times as long as its tests, plus ten seconds. `spend` takes estimates: not mutated."""

KILLED = ("killed", "timeout", "suspicious", "segfault")


def main(chosen: list[str]) -> int:
    """Runs the chosen areas or modules. Returns 1 if an unexplained mutant survives, 2 for an unknown area."""
    explained = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))
    unexplained = 0
    for name in chosen or list(AREAS):
        area, _, module = name.removesuffix(".py").partition("/")
        if area not in AREAS:
            print(f"There is no area {area}. There are: {', '.join(AREAS)}", file=sys.stderr)
            return 2
        place = prepared(area, module)
        run_mutants(place)
        unexplained += report(name, place, explained)
    return 1 if unexplained else 0


def prepared(area: str, module: str) -> Path:
    """A copy of the project, configured for a module or a whole area."""
    place = WORK / (f"{area}-{module}" if module else area)
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.rmtree(place / name, ignore_errors=True)
            shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, place / name)
    settings = SETTINGS.format(
        module=f"mock_server/{area}/{module or '*'}.py",
        no_engine="\n    ".join(NO_ENGINE),
        copied="\n    ".join(COPIED[1:]),
        tests="\n    ".join(AREAS[area]),
    )
    (place / "setup.cfg").write_text(settings, encoding="utf-8")
    return place


def run_mutants(place: Path) -> None:
    """Runs all mutants in `place`, except those already run whose function has not changed."""
    children = os.environ.get("MAX_CHILDREN")
    log = place / "mutmut.log"
    with log.open("w", encoding="utf-8") as output:
        command = [sys.executable, "-m", "mutmut", "run", *(["--max-children", children] if children else [])]
        if subprocess.run(command, cwd=place, stdout=output, stderr=output).returncode:
            raise SystemExit(f"mutmut could not run. See the end of {log}")


def said(place: Path, *arguments: str) -> str:
    """The output of a mutmut command, run in `place`."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    return subprocess.run(command, cwd=place, stdout=subprocess.PIPE, text=True, check=True).stdout


def report(name: str, place: Path, explained: dict[str, dict[str, str]]) -> int:
    """Prints the figures and the unexplained survivors; returns the number of the latter."""
    found = dict(re.findall(r"^\s+(\S+): (.+)$", said(place, "results", "--all", "true"), re.MULTILINE))
    equivalent, survivors = 0, list[str]()
    for mutant, status in found.items():
        if status not in KILLED:
            diff = said(place, "show", mutant)
            removed, added = lines(diff, "-"), lines(diff, "+")
            function = re.sub(r"\.x_|\.xǁ", ".", mutant.rpartition("__mutmut_")[0]).replace("ǁ", ".")
            if added in explained.get(function, {}):
                equivalent += 1
            else:
                survivors.append(f'{mutant} ({status})\n    ["{function}"]\n    - {removed}\n    + {added}')
    killed = sum(count for status, count in Counter(found.values()).items() if status in KILLED)
    print("\n".join(survivors))
    print(f"{name}: {len(found)} mutants, {killed} killed, {equivalent} equivalent, {len(survivors)} survive")
    return len(survivors)


def lines(diff: str, sign: str) -> str:
    """The lines of a diff that begin with `sign`, without its heading."""
    return " / ".join(line[1:].strip() for line in diff.splitlines() if line[:1] == sign and line[:3] != sign * 3)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
