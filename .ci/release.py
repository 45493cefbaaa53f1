"""``make release``: builds the distributions of a commit into ``dist/``, checks and describes them. Uploads nothing.

Refuses if the commit is not ready: see `refusals`. Afterwards ``dist/`` has the sdist and the wheel, which another
build of the commit repeats byte for byte, an SBOM and the licences of what the server needs, and checksums.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PATIENCE = 120.0
KEY = "cal_sandbox_solo"
BIN = "Scripts" if os.name == "nt" else "bin"


class Refused(Exception):
    """The release cannot be made; the text says why."""


def main(pythons: Sequence[str]) -> int:
    """Makes the release. Returns 0, or 1 after printing why it cannot be made."""
    version = output(sys.executable, "-m", "hatchling", "version")
    tags = output("git", "tag", "--points-at", "HEAD").split()
    changed = output("git", "status", "--porcelain").splitlines()
    reasons = refusals(version, tags, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), changed)
    if reasons:
        print("\n".join(reasons), file=sys.stderr)
        return 1
    if f"v{version}" not in tags:
        print(f"The commit has no tag v{version}: this is a rehearsal.")
    try:
        make(version, [each for each in pythons if starts(each)])
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    return 0


def refusals(version: str, tags: Sequence[str], changelog: str, changed: Sequence[str]) -> list[str]:
    """The reasons not to release a commit, given its version, tags and changelog, and the uncommitted changes."""
    reasons: list[str] = []
    if changed:
        reasons.append(f"There are uncommitted changes: {', '.join(each.split()[-1] for each in changed)}.")
    versions = [each for each in tags if re.fullmatch(r"v\d.*", each)]
    is_tagged = f"v{version}" in versions
    if versions and not is_tagged:
        reasons.append(f"The commit has the tag {versions[0]}, but mock_server/__init__.py has version {version}.")
    sections = {found[1]: found[2] for found in re.finditer(r"^## \[(.+?)\](.*)$", changelog, re.MULTILINE)}
    if version not in sections:
        reasons.append(f"CHANGELOG.md has no section [{version}].")
    elif is_tagged and not re.fullmatch(r" - \d{4}-\d\d-\d\d", sections[version]):
        reasons.append(f"The section [{version}] of CHANGELOG.md has no date: ## [{version}] - YYYY-MM-DD.")
    if is_tagged and "\n- " in changelog.partition("## [Unreleased]")[2].partition("\n## ")[0]:
        reasons.append(f"CHANGELOG.md lists changes as unreleased: they belong to [{version}].")
    return reasons


def make(version: str, pythons: Sequence[str]) -> None:
    """Builds, checks and describes the distributions."""
    if not pythons:
        raise Refused("None of the supported Pythons is installed.")
    shutil.rmtree(DIST, ignore_errors=True)
    with TemporaryDirectory() as scratch, step("build documentation, sdist and wheel, twice"):
        build(DIST)
        build(Path(scratch))
        for path in sorted(DIST.iterdir()):
            if path.read_bytes() != Path(scratch, path.name).read_bytes():
                raise Refused(f"Two builds of {path.name} differ.")
    files = sorted(DIST.iterdir())
    with step("twine check"):
        run(sys.executable, "-m", "twine", "check", "--strict", *map(str, files))
    [wheel] = DIST.glob("*.whl")
    for number, python in enumerate(pythons):
        with TemporaryDirectory() as scratch, step(f"install and try on Python {python}"):
            environment = install(python, wheel, Path(scratch))
            if number == 0:
                describe(environment, version)
            try_server(environment)
            try_checks(environment, wheel)
    with step("checksums"):
        sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(DIST.iterdir())]
        (DIST / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    for path in sorted(DIST.iterdir()):
        print(f"{path.stat().st_size:>10,}  {path.relative_to(ROOT)}")


def build(folder: Path) -> None:
    """Builds the sdist, and the wheel from it, with the tools of this environment. Files get the time of the commit.

    Both have the documentation site, which `make docs` builds.
    """
    run("make", "docs", f"VENV={Path(sys.executable).parent.parent}", is_dated=True)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), is_dated=True)


def install(python: str, wheel: Path, folder: Path) -> Path:
    """Installs the wheel into an empty environment, and returns the environment's folder of programs."""
    run(f"python{python}", "-m", "venv", "--without-pip", str(folder / "environment"))
    programs = folder / "environment" / BIN
    add(programs, str(wheel))
    return programs


def add(programs: Path, *requirements: str) -> None:
    """Installs requirements. The environment has no pip of its own, which would be listed as a part of the product."""
    run(sys.executable, "-m", "pip", "--python", str(programs / "python"), "install", "-q", *requirements)


def describe(programs: Path, version: str) -> None:
    """Writes the SBOM (CycloneDX) and the licences of an environment with the server."""
    python, sbom = str(programs / "python"), DIST / f"cal_mock-{version}.cdx.json"
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    with TemporaryDirectory() as scratch:
        run(sys.executable, "-m", "venv", "--without-pip", scratch)
        tools = Path(scratch, BIN)
        add(tools, *groups["release"])
        run(
            *(str(tools / "cyclonedx-py"), "environment", "--pyproject", str(ROOT / "pyproject.toml")),
            *("--output-reproducible", "-o", str(sbom), python),
            is_dated=True,
        )
    document = json.loads(sbom.read_bytes())
    document["metadata"]["component"]["version"] = version  # It is not in pyproject.toml.
    sbom.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    run(
        *(sys.executable, "-m", "piplicenses", f"--python={python}", "--format=markdown", "--with-urls"),
        *("--ignore-packages", "cal-mock", f"--output-file={DIST / f'cal_mock-{version}.licenses.md'}"),
    )


def try_server(programs: Path) -> None:
    """Serves, sends a request, and stops. The checks say that they need the extra."""
    began = time.monotonic()
    command = [str(programs / "cal-mock"), "serve", "--port", "0", "--log-format", "json"]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8", cwd=programs
    ) as server:
        try:
            assert server.stderr is not None
            address = next((found[0] for line in server.stderr if (found := re.search(r"http://[\d.:]+", line))), None)
            if address is None:
                raise Refused("`cal-mock serve` prints no address.")
            request = Request(f"{address}/v2/me", headers={"Authorization": f"Bearer {KEY}"})
            with urlopen(request, timeout=PATIENCE) as reply:
                if json.load(reply)["data"]["username"] != "solo":
                    raise Refused("`cal-mock serve` gives the wrong answer.")
            print(f"  first answer after {time.monotonic() - began:.1f} s")
        finally:
            server.terminate()
    done = subprocess.run([programs / "cal-mock", "fuzz"], capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 2 or "pip install 'cal-mock[contract]'" not in done.stderr:
        raise Refused(f"Without the extra, `cal-mock fuzz` does not say how to install it: {done.stderr}")


def try_checks(programs: Path, wheel: Path) -> None:
    """Checks an operation with the extra installed."""
    add(programs, f"{wheel}[contract]")
    run(
        *(str(programs / "cal-mock"), "fuzz", "--parts", "fuzz", "--include-operation-id", "get_me"),
        *("--reports", str(programs / "reports")),
    )


def starts(python: str) -> bool:
    """Whether a Python is installed; the placeholder of a version manager is not."""
    try:
        found = subprocess.run([f"python{python}", "-c", ""], capture_output=True, check=False).returncode == 0
    except OSError:
        found = False
    if not found:
        print(f"Python {python} is not installed.")
    return found


@contextmanager
def step(name: str) -> Generator[None]:
    """Prints a step with its duration."""
    began = time.monotonic()
    print(f"{name} ...", flush=True)
    yield
    print(f"{name}: {time.monotonic() - began:.1f} s", flush=True)


def output(*command: str) -> str:
    """The output of a command."""
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout.strip()


def run(*command: str, is_dated: bool = False) -> None:
    """Runs a command silently; if `is_dated`, what it writes has the time of the commit. Raises Refused if it fails."""
    epoch = {"SOURCE_DATE_EPOCH": output("git", "log", "-1", "--format=%ct")} if is_dated else {}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **epoch},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 0:
        raise Refused(f"{' '.join(command)}\nended with status {done.returncode}:\n{done.stdout}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or PYTHONS))
