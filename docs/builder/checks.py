"""What the contract tests declare: profiles, checks, stories, kinds of mutants."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any, cast

from schemathesis import checks as schemathesis_checks

from contract_tests import checks as own_checks
from contract_tests.consistency.run import STORIES
from contract_tests.mutants.kinds import KINDS
from contract_tests.profiles.profile import PROFILES, Profile
from contract_tests.profiles.schemathesis_run import CONFIGURATION
from docs.builder.markdown import code, table

WITHOUT_DOCUMENTATION = {
    "status_code_conformance": "The status is one that the description has for the operation.",
    "content_type_conformance": "The content type is one that the description has for the status.",
    "response_headers_conformance": "Headers that the description has for the status are sent, and fit their schemas.",
    "negative_data_rejection": "A request that does not fit the description is refused.",
    "positive_data_acceptance": "A request that fits the description is not refused with an unexpected status.",
    "missing_required_header": "A request without a required header is refused.",
    "allow_header_conformance": "A reply to OPTIONS with the header Allow lists the methods of the description.",
    "use_after_free": "What was deleted is not found afterwards.",
    "ensure_resource_availability": "What was created is found afterwards.",
}
"""The checks of schemathesis that have no documentation of their own."""


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
    """The checks of each reply: schemathesis' own, and ours. Those that are switched off are left out."""
    rows = [(code(each.__name__), _origin(each), _summary(each)) for each in enabled_checks()]
    return table(("Check", "Of", "Checks"), rows)


def enabled_checks() -> list[Callable[..., object]]:
    """The checks that runs apply, unless the profile leaves them out."""
    schemathesis_checks.load_all_checks()
    registered = cast("Iterable[Callable[..., object]]", cast("Any", schemathesis_checks).CHECKS.get_all())
    settings = tomllib.loads(CONFIGURATION.read_text(encoding="utf-8"))["checks"]
    return [each for each in registered if settings.get(each.__name__, {}).get("enabled", True)]


def _origin(check: Callable[..., object]) -> str:
    return "cal-mock" if check.__module__ == own_checks.__name__ else "schemathesis"


def _summary(check: Callable[..., object]) -> str:
    return (inspect.getdoc(check) or WITHOUT_DOCUMENTATION[check.__name__]).partition("\n")[0]


def stories() -> str:
    """The stories with whose credentials they run."""
    return table(("Story", "Credentials"), [(name, actors) for name, (actors, _) in STORIES.items()])


def mutants() -> str:
    """The kinds of mutants."""
    return table(("Kind", "The broken server"), [(code(name), kind.means) for name, kind in KINDS.items()])
