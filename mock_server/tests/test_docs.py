"""Names, defaults and numbers in the documentation are those of the code. The build of the site checks links."""

from __future__ import annotations

import argparse
import inspect
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import click
import pytest

from contract_tests.command_line import make_parser
from contract_tests.mutants.table import ENOUGH
from contract_tests.profiles.profile import PROFILES
from mock_server import __version__, areas
from mock_server.cli import app
from mock_server.commands.world import world
from mock_server.event_types.model import EVENT_TYPES
from mock_server.runtime import app as runtime_app
from mock_server.runtime.bundle import description_folder
from mock_server.runtime.editions import EDITION_VARIABLE
from mock_server.runtime.extensions import EXTENSIONS
from mock_server.server import Sandbox
from mock_server.worlds.default_world import CREDENTIALS, SOLO, THIRD_PARTY_CLIENTS

ROOT = Path(areas.__file__).parents[1]
WORLDS = ROOT / "mock_server" / "worlds" / "README.md"
SERVER, TESTS = (ROOT / folder / "README.md" for folder in ("mock_server", "contract_tests"))
FILES = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT, encoding="utf-8")
PAGES = sorted(ROOT / name for name in FILES.split())


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def section(page: Path, heading: str) -> str:
    """What stands between a heading of the page and the next one."""
    found = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#|\Z)", text_of(page), re.MULTILINE | re.DOTALL)
    assert found is not None, f"{page.relative_to(ROOT)} has no section {heading!r}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The cells of a table's rows, without the two lines of its head."""
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def test_the_first_page_is_short() -> None:
    assert len(text_of(ROOT / "README.md").splitlines()) < 150


# -- Commands and options --------------------------------------------------------------------------------------------

with patch.dict(os.environ):
    os.environ.pop(EDITION_VARIABLE, None)  # It would be the default.
    PARSERS = make_parser()[1]
DOCUMENTED = {
    (SERVER, "Options of `cal-mock serve`"): app.commands["serve"],
    (SERVER, "Options of `cal-mock spec`"): app.commands["spec"],
    (SERVER, "Options of `cal-mock operations`"): app.commands["operations"],
    (TESTS, "Options of `cal-mock compare`"): app.commands["compare"],
    (TESTS, "Options of `cal-mock proxy`"): app.commands["proxy"],
    (TESTS, "Options of `make fuzz`"): PARSERS["fuzz"],
    (TESTS, "Options of `make fuzz-clean`"): PARSERS["clean"],
    (TESTS, "Options of `make mutants`"): PARSERS["mutants"],
}
SUBCOMMANDS = {
    (WORLDS, f"Options of `cal-mock world {name}`"): world.commands[name] for name in ("export", "import")
}  # fmt: skip


def connected(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """The commands for a running sandbox."""
    for name, each in group.commands.items():
        if isinstance(each, click.Group):
            yield from connected(each, *path, name)
        elif {option for param in each.params for option in param.opts} >= COMMON_OPTIONS:
            yield (*path, name), each


COMMANDS = ROOT / "mock_server" / "commands" / "README.md"
COMMON_OPTIONS = {"--url", "--token", "--json"}
CONNECTED = dict(connected(app))


def test_commands_for_a_running_sandbox_and_their_options_are_documented() -> None:
    names = {" ".join(path) for path in CONNECTED} - {"doctor"}
    documented = [row[0].strip("`") for row in rows(section(COMMANDS, "Commands for a running sandbox"))]
    assert {re.sub(r" \[?[A-Z]+\]?$", "", each) for each in documented} == names
    common, own = section(COMMANDS, "Options").split("These belong to one of them:")
    found = {
        (name, *each)
        for path, command in CONNECTED.items()
        for each in options(command).items()
        for name in [" ".join(path)]
    }
    assert {name.strip("`"): default for name, default, _ in rows(common)} == {
        option: default for _, option, default in found if option in COMMON_OPTIONS
    }
    assert {(name.strip("`"), option.strip("`"), default) for name, option, default, _ in rows(own)} == {
        each for each in found if each[1] not in COMMON_OPTIONS
    }


def options(command: click.Command | argparse.ArgumentParser) -> dict[str, str]:
    """The options of a command with their defaults, in the words of its help where these say more than the value."""
    if isinstance(command, click.Command):
        return {
            each.opts[0]: "off"
            if each.is_flag and not each.secondary_opts
            else default_of(each.help or "", each.default, r"\[default: (.+)\]$")
            for each in command.params
            if isinstance(each, click.Option)
        }
    return {
        each.option_strings[0]: default_of(each.help or "", each.default, r"\[(.+)\]$")
        for each in command._actions
        if each.option_strings and each.dest != "help"
    }


def default_of(help_text: str, value: object, pattern: str) -> str:
    said = re.search(pattern, help_text)
    if value is False:
        return "off"
    if said is None:
        return "none" if value is None or value == "" or "UNSET" in repr(value).upper() else str(value)
    if isinstance(value, (int, str, Path)) and value not in (os.cpu_count(), os.environ.get("BASE_URL")):
        assert said[1] == str(value), f"the help says {said[1]}, but the default is {value}"
    return said[1]


@pytest.mark.parametrize(
    ("place", "command"), {**DOCUMENTED, **SUBCOMMANDS}.items(), ids=lambda value: str(value)[-24:]
)
def test_options_and_their_defaults_are_documented(
    place: tuple[Path, str], command: click.Command | argparse.ArgumentParser
) -> None:
    assert {name.strip("`"): default for name, default, _ in rows(section(*place))} == options(command)


def test_all_commands_are_documented() -> None:
    documented = [
        name.strip("` ").split()[0] for row in rows(section(SERVER, "Command line")) for name in row[0].split(",")
    ]
    assert list(dict.fromkeys(documented)) == list(app.commands)
    with_options = {
        name
        for name, command in app.commands.items()
        if any(isinstance(each, click.Option) for each in command.params)
        and name not in {path[0] for path in CONNECTED}
    }
    assert with_options == {command.name for command in DOCUMENTED.values() if isinstance(command, click.Command)}
    assert {each for each, parser in PARSERS.items() if options(parser)} == {"fuzz", "contract", "clean", "mutants"}
    assert options(PARSERS["contract"]).keys() == options(PARSERS["fuzz"]).keys() - {"--parts"}


def test_all_profiles_are_documented_with_their_rates() -> None:
    documented = {row[0].strip("`"): row[1] for row in rows(section(TESTS, "Profiles"))}
    assert list(documented) == list(PROFILES)
    for name, profile in PROFILES.items():
        assert re.findall(r"(\d+) requests a minute", documented[name]) == (
            [f"{profile.rate:.0f}"] if profile.rate else []
        )


def test_the_shares_of_mutants_are_those_that_are_asked_for() -> None:
    shares = re.findall(r"(\d+) %\s(?:are|have to be)\snoticed", section(TESTS, "Mutation tests"))
    assert shares == [f"{ENOUGH[profile]:.0%}".removesuffix("%") for profile in ("pr", "staging")]


def test_all_make_targets_that_are_named_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"(?:^|`)make ([a-z-]+)", text_of(page), re.MULTILINE)}
    assert named <= targets


# -- The default world, the description, the architecture ------------------------------------------------------------

BOOKABLE = "What can be booked"


def test_the_default_world_is_documented_with_its_keys() -> None:
    documented = {
        (who, number, key.strip("`")) for who, number, _, key, _ in rows(section(SERVER, "The default world"))
    }
    assert documented == {(who, number, key) for who, number, key, _ in CREDENTIALS}


def test_the_event_types_of_the_default_world_are_documented() -> None:
    documented = {(title, int(number), int(length)) for title, number, length, _ in rows(section(SERVER, BOOKABLE))}
    world = Sandbox().worlds.default.begin()
    assert documented == {(each.title, each.id, each.length) for each in world[EVENT_TYPES].find(user_id=SOLO)}


def test_the_third_party_clients_of_the_default_world_are_documented() -> None:
    clients = rows(section(ROOT / "mock_server" / "identity" / "README.md", "Clients"))
    documented = {client.strip("`"): re.findall("`(.+)`", secret) for client, secret, _ in clients}
    assert documented == {client: [] if secret is None else [secret] for client, secret in THIRD_PARTY_CLIENTS}


def test_access_rules_say_when_they_pass() -> None:
    checks = {name: getattr(rule, "check", rule) for name, rule in areas.access_rules().items()}
    assert [name for name, check in checks.items() if not inspect.getdoc(check)] == []


def test_the_extensions_of_the_description_are_declared() -> None:
    files = description_folder().rglob("*.yaml")
    used = {name for file in files for name in re.findall(r"(?<![\w-])(x-[a-z-]+):", text_of(file))}
    anchors = {"x-team-fields", "x-user-fields"}  # Keep what several schemas of their file have in common.
    assert used - anchors - {"x-www-form-urlencoded"} == set(EXTENSIONS)


def test_the_way_of_a_request_is_that_of_the_stages() -> None:
    source = inspect.getsource(runtime_app.SandboxApp.__init__)
    listed = source.partition("stages: list[Any] = [")[2].partition("\n        ]")[0]
    stages = re.findall(r"^ {12}(?:partial\()?(\w+)", listed, re.MULTILINE)
    names = [re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", each).lower() for each in stages]
    documented = section(SERVER, "The way of a request").partition("uvicorn -> ")[2].partition("dispatch")[0]
    assert [each.strip() for each in documented.split("->") if each.strip()] == names


def test_all_areas_are_documented() -> None:
    [row] = [cells for cells in rows(section(SERVER, "Architecture")) if cells[0] == "`<area>/`"]
    assert set(re.findall(r"`([a-z_]+)`", row[1])) == set(areas.AREAS)


def test_the_changelog_has_this_version() -> None:
    headings = re.findall(r"^## \[(.+?)\]", text_of(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert __version__ in headings
