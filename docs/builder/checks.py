"""What the contract tests declare: profiles, checks, stories, kinds of mutants."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any, cast

from schemathesis import checks as schemathesis_checks

from contract_tests import checks as own_checks
from contract_tests.consistency.run import STORIES
from contract_tests.mutants.kinds import KINDS
from contract_tests.profiles.profile import PROFILES, Profile
from docs.builder.markdown import code, table


def profiles() -> str:
    """The settings of each profile."""
    names = [each.name for each in fields(Profile) if each.name not in ("name", "purpose")]
    purposes = "".join(f"- {code(each.name)}: {each.purpose}.\n" for each in PROFILES.values())
    rows = [(code(name), *(_setting(getattr(each, name)) for each in PROFILES.values())) for name in names]
    return f"{purposes}\n{table(('Setting', *map(code, PROFILES)), rows)}\n{inspect.getdoc(Profile) or ''}\n"


def _setting(value: object) -> str:
    match value:
        case tuple():
            return ", ".join(map(str, cast("tuple[object, ...]", value))) or "none"
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case _:
            return f"{value:g}" if isinstance(value, float) else str(value)


def checks() -> str:
    """The checks of each reply: schemathesis' own, and ours."""
    registered = cast("Iterable[Callable[..., object]]", cast("Any", schemathesis_checks).CHECKS.get_all())
    rows = [(code(each.__name__), _origin(each), _summary(each)) for each in registered]
    return table(("Check", "Of", "Checks"), rows)


def _origin(check: Callable[..., object]) -> str:
    return "cal-mock" if check.__module__ == own_checks.__name__ else "schemathesis"


def _summary(documented: object) -> str:
    return (inspect.getdoc(documented) or "").partition("\n")[0]


def stories() -> str:
    """The stories with whose credentials they run."""
    return table(("Story", "Credentials"), [(name, actors) for name, (actors, _) in STORIES.items()])


def mutants() -> str:
    """The kinds of mutants."""
    return table(("Kind", "The broken server"), [(code(name), kind.means) for name, kind in KINDS.items()])
