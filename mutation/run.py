"""Mutation testing of the engine modules with mutmut: changes one place at a time and runs the area's tests.

``python mutation/run.py`` runs all areas; arguments such as ``slots`` or ``slots/limits`` select some. A mutant runs
those of the area's tests and journeys that reach its function; with ``--unit`` no journeys, which takes a fraction of
the time. Works in ``.mutation/work`` and keeps the verdicts there: a second run tries only what survived, is new or has
changed. Fails if a mutant survives that `equivalent.toml` does not explain.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from contextlib import closing, suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from mock_server.runtime.progress import Progress  # noqa: E402

WORK = ROOT / ".mutation" / "work"
ONE_SESSION = Path(__file__).with_name("one_session.py")
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
MUTATED = "mock_server"
COPIED = ("cal_mock", "contract_tests", "openapi", "pyproject.toml", "README.md")
"""What the tests need besides the package that is mutated."""

AREAS = ("slots", "bookings", "event_types", "calendars", "teams")

NO_ENGINE = (
    "*/tests/*",
    "*/operations/*",
    "*/operations.py",
    "*/views.py",
    "*/model.py",
    "*/__init__.py",
    "*/integrations.py",  # A table that is built when the module is imported, before mutants are tried.
)
SETTINGS = """[mutmut]
source_paths = {mutated}
only_mutate = {mutated}/{area}/*.py
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
"""A mutant may take ten times as long as all its tests, plus ten seconds. `spend` takes estimates: not mutated."""

POLLING = 1.0
"""Seconds between looks at the progress of mutmut."""
STATE = re.compile(r"(\d+)/(\d+) +🎉 (\d+)")
"""The last counts of mutmut: mutants with a verdict, all, and those killed."""

STRICT = re.compile(r", (strict=\w+|(?=\)))")
"""The option of `zip` in a mutated line. It only asserts that the lists have the same length."""

KILLED = ("killed", "timeout", "suspicious", "segfault")


def main(chosen: list[str]) -> int:
    """Runs the chosen areas or modules. Returns 1 if an unexplained mutant survives, 2 for an unknown area."""
    explained = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))
    has_journeys = "--unit" not in chosen
    selected: dict[str, list[str]] = {}
    for name in [name for name in chosen if name != "--unit"] or AREAS:
        area, _, module = name.removesuffix(".py").partition("/")
        if area not in AREAS:
            print(f"There is no area {area}. There are: {', '.join(AREAS)}", file=sys.stderr)
            return 2
        selected.setdefault(area, []).append(f"mock_server.{area}.{module}." if module else f"mock_server.{area}.")
    unexplained = 0
    for area, prefixes in selected.items():
        place = prepared(area, has_journeys=has_journeys)
        run_mutants(place, prefixes)
        unexplained += report(place, tuple(prefixes), explained)
    return 1 if unexplained else 0


def prepared(area: str, *, has_journeys: bool) -> Path:
    """A copy of the project, configured for an area."""
    place = WORK / (area if has_journeys else f"{area}-unit")
    place.mkdir(parents=True, exist_ok=True)
    for name in (MUTATED, *COPIED):
        if (ROOT / name).is_dir():
            shutil.rmtree(place / name, ignore_errors=True)
            shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, place / name)
    settings = SETTINGS.format(
        mutated=MUTATED,
        area=area,
        no_engine="\n    ".join(NO_ENGINE),
        copied="\n    ".join(COPIED),
        tests=f"mock_server/{area}/tests" + (f"\n    contract_tests/journeys/{area}" if has_journeys else ""),
    )
    (place / "setup.cfg").write_text(settings, encoding="utf-8")
    return place


def run_mutants(place: Path, prefixes: list[str]) -> None:
    """Runs the mutants whose names begin with one of the prefixes, except those that a former run has killed."""
    children = os.environ.get("MAX_CHILDREN")
    log = place / "mutmut.log"
    with log.open("w", encoding="utf-8") as output:
        options = ["--max-children", children] if children else []
        command = [sys.executable, str(ONE_SESSION), "run", *options, *(f"{prefix}*" for prefix in prefixes)]
        with (
            subprocess.Popen(command, cwd=place, stdout=output, stderr=output) as process,
            closing(Progress()) as progress,
        ):
            follow(process, log, progress, place.name)
        if process.returncode:
            raise SystemExit(f"mutmut could not run. See the end of {log}")


def follow(process: subprocess.Popen[bytes], log: Path, progress: Progress, area: str) -> None:
    """Shows the progress of mutmut until it ends, from what it writes into its log."""
    killed = [0]
    progress.begin(f"{area}: collecting tests and making mutants")
    is_begun = False
    while process.poll() is None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(POLLING)
        counts = STATE.findall(end_of(log))
        if counts:
            done, total, killed[0] = map(int, counts[-1])
            if not is_begun:
                progress.begin(area, total, "mutants", lambda: f"{killed[0]:,} killed")
                is_begun = True
            progress.step(done)


def end_of(log: Path) -> str:
    """The last kilobyte of a file."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 1024))
        return file.read().decode("utf-8", errors="replace")


def verdicts(place: Path, prefixes: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """The status of each mutant whose name begins with one of the prefixes, by module."""
    found: dict[str, dict[str, str]] = {}
    for mutant, status in re.findall(r"^\s+(\S+): (.+)$", said(place, "results", "--all", "true"), re.MULTILINE):
        if mutant.startswith(prefixes):
            found.setdefault(re.sub(r"\.x[_ǁ].*", "", mutant), {})[mutant] = status
    return found


def said(place: Path, *arguments: str) -> str:
    """The output of a mutmut command, run in `place`."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    return subprocess.run(command, cwd=place, stdout=subprocess.PIPE, text=True, check=True).stdout


def report(place: Path, prefixes: tuple[str, ...], explained: dict[str, dict[str, str]]) -> int:
    """Prints the unexplained survivors, and the figures of each module. Returns the number of the former."""
    survivors: list[str] = []
    figures: list[str] = []
    for module, found in verdicts(place, prefixes).items():
        undecided = [mutant for mutant, status in found.items() if status not in KILLED]
        unexplained = [text for mutant in undecided if (text := _unexplained(place, mutant, found[mutant], explained))]
        equivalent = len(undecided) - len(unexplained)
        figures.append(
            f"{module}: {len(found)} mutants, {len(found) - len(undecided)} killed, {equivalent} equivalent, "
            f"{len(unexplained)} survive"
        )
        survivors += unexplained
    print("\n".join([*survivors, *figures]))
    return len(survivors)


def _unexplained(place: Path, mutant: str, status: str, explained: dict[str, dict[str, str]]) -> str | None:
    """The description of a mutant that survives without an explanation."""
    diff = said(place, "show", mutant)
    removed, added = lines(diff, "-"), lines(diff, "+")
    function = re.sub(r"\.x_|\.xǁ", ".", mutant.rpartition("__mutmut_")[0]).replace("ǁ", ".")
    if added in explained.get(function, {}) or STRICT.sub("", added) == STRICT.sub("", removed):
        return None
    return f'{mutant} ({status})\n    ["{function}"]\n    - {removed}\n    + {added}'


def lines(diff: str, sign: str) -> str:
    """The lines of a diff that begin with `sign`, without its heading."""
    return " / ".join(line[1:].strip() for line in diff.splitlines() if line[:1] == sign and line[:3] != sign * 3)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
