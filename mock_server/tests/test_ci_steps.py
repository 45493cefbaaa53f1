"""The GitHub Actions, the GitLab template, the compose file and the image use commands and variables that exist."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from contract_tests.command_line import make_parser
from mock_server import areas
from mock_server.cli import app

ROOT = Path(areas.__file__).parents[1]
ACTIONS = sorted((ROOT / ".github" / "actions").glob("*/action.yml"))
TEMPLATE = ROOT / ".gitlab" / "cal-mock.yml"
COMPOSE = ROOT / "compose.yaml"
IMAGE = ROOT / "Dockerfile"

OF_THE_STEPS = {"CAL_MOCK_PACKAGE", "CAL_MOCK_PROFILE", "CAL_MOCK_PID", "CAL_MOCK_URL", "CAL_MOCK_ORG_SLUG"}
"""Variables that are not options of `serve`: those of the template, and those that `cal-mock env` prints."""


def steps_of(action: Path) -> list[dict[str, Any]]:
    return yaml.safe_load(action.read_text(encoding="utf-8"))["runs"]["steps"]


def scripts() -> Iterator[tuple[str, str]]:
    """All shell scripts by their names."""
    for action in ACTIONS:
        yield from (
            (f"{action.parent.name}: {step['name']}", step["run"]) for step in steps_of(action) if "run" in step
        )
    for name, job in yaml.safe_load(TEMPLATE.read_text(encoding="utf-8")).items():
        for part in ("before_script", "script", "after_script"):
            if part in job:
                yield f"{name}: {part}", "\n".join(job[part])


SCRIPTS = dict(scripts())


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_valid(name: str) -> None:
    check = ["shellcheck", "--shell=bash", "--severity=warning", "-"] if shutil.which("shellcheck") else ["bash", "-n"]
    done = subprocess.run(check, input=SCRIPTS[name], encoding="utf-8", capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", SCRIPTS)
def test_commands_and_options_of_a_script_exist(name: str) -> None:
    parsers = make_parser()[1]
    for command, rest in re.findall(r"cal[-_]mock\"? (?!\.)([a-z]+)\b((?:[^\n\\]|\\\n)*)", SCRIPTS[name]):
        assert command in app.commands
        known = {option for each in app.commands[command].params for option in each.opts}
        if command in parsers:
            known = set(parsers[command]._option_string_actions)
        assert set(re.findall(r" (--[a-z-]+)", rest)) <= known, command


@pytest.mark.parametrize("action", ACTIONS, ids=lambda path: path.parent.name)
def test_an_action_uses_what_it_declares(action: Path) -> None:
    text = action.read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    assert set(re.findall(r"inputs\.([a-z-]+)", text)) == set(document["inputs"])
    steps = {step.get("id"): step.get("run", "") for step in steps_of(action)}
    for step, output in re.findall(r"steps\.([a-z-]+)\.outputs\.([a-z-]+)", text):
        assert f"{output}=" in steps[step]
    assert [step["uses"] for step in steps_of(action) if not re.search(r"@v\d+$", step.get("uses", "@v1"))] == []
    assert all(step["shell"] == "bash" for step in steps_of(action) if "run" in step)
    assert [name for name, script in SCRIPTS.items() if "${{" in script] == [], "an input could hold a command"


def variables_of_serve() -> set[str]:
    """The environment variables of the options of `cal-mock serve`."""
    serve = app.commands["serve"]
    shown = [each.get_help_extra(click.Context(serve)) for each in serve.params if isinstance(each, click.Option)]
    return {name for each in shown for name in each.get("envvars", ())}


def test_the_variables_are_those_of_the_options() -> None:
    options = variables_of_serve()
    for path in (*ACTIONS, TEMPLATE, COMPOSE, IMAGE):
        named = set(re.findall(r"\bCAL_MOCK_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8")))
        assert named <= options | OF_THE_STEPS, path.name


def test_the_image_has_what_the_wheel_is_made_of() -> None:
    sent = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *wheel["force-include"], project["project"]["readme"], "LICENSE", "pyproject.toml"}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", IMAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert needed | {name for names in copied for name in names.split()} - {"."} <= sent


@pytest.mark.parametrize(
    ("package", "requirement"),
    [
        ("cal-mock", "cal-mock[contract]"),
        ("dist/cal_mock-1.2.3-py3-none-any.whl", "dist/cal_mock-1.2.3-py3-none-any.whl[contract]"),
        ("git+https://git.example.com/cal-mock.git", "cal-mock[contract] @ git+https://git.example.com/cal-mock.git"),
    ],
)
def test_the_template_installs_the_extra_of_every_kind_of_package(
    tmp_path: Path, package: str, requirement: str
) -> None:
    for name, content in (
        ("python3", ""),
        (".cal-mock/bin/python", 'for last; do :; done; echo "$last" > installed'),
        (".cal-mock/bin/cal-mock", ""),
    ):
        program = tmp_path / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{content}\n", encoding="utf-8")
        program.chmod(0o755)
    subprocess.run(
        ["bash", "-euc", SCRIPTS[".cal-mock-contract: script"]],
        cwd=tmp_path,
        env={
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            "CAL_MOCK_PACKAGE": package,
            "CAL_MOCK_PROFILE": "smoke",
            "BASE_URL": "http://127.0.0.1:9",
        },
        check=True,
        timeout=60,
    )
    assert (tmp_path / "installed").read_text(encoding="utf-8") == f"{requirement}\n"


@pytest.mark.parametrize("action", ACTIONS, ids=lambda path: path.parent.name)
def test_the_documentation_lists_the_inputs_of_an_action(action: Path) -> None:
    page = (ROOT / "docs" / "how-to" / "continuous-integration.md").read_text(encoding="utf-8")
    section = page[page.index(f"\n`{action.parent.name}` ") :]
    table = re.search(r"\| Input \|.*\n\|---.*\n((?:\|.*\n)+)", section)
    assert table is not None
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table[1].splitlines()]
    documented = {name: default for names, default, _ in rows for name in re.findall(r"`([a-z-]+)`", names)}
    inputs = yaml.safe_load(action.read_text(encoding="utf-8"))["inputs"]
    assert set(documented) == set(inputs)
    for name, each in inputs.items():
        expected = "required" if each.get("required") else each["default"]
        assert documented[name] in ([expected] if expected else ["none", "the newest"]), name


def examples() -> list[Any]:
    """The YAML documents on the page about CI."""
    page = (ROOT / "docs" / "how-to" / "continuous-integration.md").read_text(encoding="utf-8")
    return [yaml.safe_load(each) for each in re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)]


def test_the_examples_of_actions_use_declared_inputs_and_outputs() -> None:
    actions = {path.parent.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in ACTIONS}
    used: set[str] = set()
    for job in (job for document in examples() for job in document.get("jobs", {}).values()):
        named = {}
        for step in job["steps"]:
            found = re.search(r"/\.github/actions/([a-z-]+)@", step.get("uses", ""))
            if found is not None:
                action = named[step.get("id")] = actions[found[1]]
                used.add(found[1])
                inputs = action["inputs"]
                assert step.get("with", {}).keys() <= inputs.keys()
                assert {name for name, each in inputs.items() if each.get("required")} <= step.get("with", {}).keys()
            for name, output in re.findall(r"steps\.([a-z-]+)\.outputs\.([a-z-]+)", str(step)):
                assert output in named[name]["outputs"]
    assert used == actions.keys()


def test_the_examples_of_the_template_extend_its_jobs() -> None:
    template = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    [example] = [each for each in examples() if "include" in each]
    assert [each["file"] for each in example.pop("include")] == [str(TEMPLATE.relative_to(ROOT))]
    assert {job["extends"] for job in example.values()} == template.keys() - {"variables"}
    for job in example.values():
        known = re.findall(r"\$(?:\{)?([A-Z_]+)", "\n".join(map(str, template[job["extends"]].values())))
        assert set(job.get("variables", {})) <= set(known)


def test_the_page_about_containers_names_what_the_compose_file_and_the_options_have() -> None:
    page = (ROOT / "docs" / "how-to" / "container.md").read_text(encoding="utf-8")
    services = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    for profile, service in re.findall(r"docker compose --profile (\w+) (?:up|run --build --rm) ([\w-]+)", page):
        assert profile in services[service]["profiles"]
    named = set(re.findall(r"-e (CAL_MOCK_[A-Z_]*[A-Z])", page))
    assert named and named <= variables_of_serve()


def test_services_wait_for_those_that_exist() -> None:
    services = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        for source in (each.split(":")[0] for each in service.get("volumes", []) if each.startswith(".")):
            assert (ROOT / source / "package.json").is_file()


PROGRAM = """#!/bin/sh
if [ "$1" = serve ]; then
  echo "$@" >> "$CALLS"
  [ "$STATE" = running ] && exec sleep 60
  echo "There is no file missing.yaml."
fi
[ "$1 $STATE" = "env running" ] || exit 2
until [ -s "$CALLS" ]; do sleep 0.01; done
printf 'CAL_MOCK_URL=%s\\nCAL_API_URL=%s/v2\\n' "$3" "$3"
printf 'CAL_API_KEY=cal_key\\nCAL_MOCK_ORG_SLUG=acme\\n'
"""
"""Stands for the program: its own tests are elsewhere. Like the real one, `env --wait` waits for `serve`."""


def start(folder: Path, state: str) -> tuple[subprocess.CompletedProcess[str], dict[str, str], dict[str, str]]:
    """Runs the step of the action that starts the sandbox. Returns what it printed, exported, and put out."""
    program = folder / "cal-mock" / "bin" / "cal-mock"
    program.parent.mkdir(parents=True)
    program.write_text(PROGRAM, encoding="utf-8")
    program.chmod(0o755)
    files = {name: folder / name for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "CALLS")}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", SCRIPTS["sandbox: Start the sandbox"]],
        env={
            "PATH": os.environ["PATH"],
            "RUNNER_TEMP": str(folder),
            "CAL_MOCK_PORT": "8123",
            "ARGUMENTS": "--strict --rate-limit on",
            "STATE": state,
            **{name: str(path) for name, path in files.items()},
        },
        encoding="utf-8",
        capture_output=True,
        check=False,
        timeout=60,
    )
    exported, put_out = (assigned(files[name]) for name in ("GITHUB_ENV", "GITHUB_OUTPUT"))
    return done, exported, put_out


def assigned(file: Path) -> dict[str, str]:
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return dict(line.split("=", 1) for line in lines)


def test_the_action_exports_where_the_sandbox_is(tmp_path: Path) -> None:
    done, exported, put_out = start(tmp_path, "running")
    assert done.returncode == 0, done.stdout + done.stderr
    os.kill(int(exported.pop("CAL_MOCK_PID")), signal.SIGTERM)
    assert (tmp_path / "CALLS").read_text(encoding="utf-8") == "serve --strict --rate-limit on\n"
    assert exported == {
        "CAL_MOCK_URL": "http://127.0.0.1:8123",
        "CAL_API_URL": "http://127.0.0.1:8123/v2",
        "CAL_API_KEY": "cal_key",
        "CAL_MOCK_ORG_SLUG": "acme",
    }
    assert put_out == {
        "url": "http://127.0.0.1:8123",
        "api-key": "cal_key",
        "org-slug": "acme",
        "log": str(tmp_path / "cal-mock.log"),
    }


def test_the_action_shows_why_a_sandbox_does_not_start(tmp_path: Path) -> None:
    done, exported, _ = start(tmp_path, "broken")
    assert (done.returncode, exported) == (1, {})
    assert "::error::The sandbox did not start: There is no file missing.yaml." in done.stdout
