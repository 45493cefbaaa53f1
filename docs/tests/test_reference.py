"""The generated reference of the command line and of the checks is complete."""

from __future__ import annotations

import re
from collections import Counter

from contract_tests.profiles.profile import PROFILES
from docs.builder.checks import checks, enabled_checks
from docs.builder.commands import all_commands, environment_variables


def test_every_command_and_every_option_is_explained() -> None:
    commands = list(all_commands())
    lacking = [entry.path for entry in commands if not entry.text]
    lacking += [f"{entry.path} {option.names}" for entry in commands for option in entry.options if not option.meaning]
    assert lacking == []


def test_the_reference_has_one_row_for_each_environment_variable() -> None:
    listed = Counter(re.findall(r"<tr><td><code[^>]*>([A-Z_]+)</code></td>", environment_variables()))
    named = {name for entry in all_commands() for option in entry.options for name in option.variables}
    assert named <= listed.keys()
    assert [name for name, number in listed.items() if number > 1] == []


def test_the_reference_lists_the_checks_that_runs_apply() -> None:
    names = {check.__name__ for check in enabled_checks()}
    assert {"status_code_conformance", "replies_fit_the_description"} <= names
    assert "unsupported_method" not in names
    assert {name for profile in PROFILES.values() for name in profile.without_checks} <= names
    assert all(f">{name}</code>" in checks() for name in names)
