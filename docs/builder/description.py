"""What the description declares: operations by edition, effects, evidence, access rules, extensions, changes."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Iterator

import yaml

from docs.builder.markdown import code, html_list, table
from mock_server import areas
from mock_server.runtime.access import ArgumentRule, Rule
from mock_server.runtime.bundle import Sources, description_folder, load_bundle
from mock_server.runtime.changes import read_changes
from mock_server.runtime.description import Description, Operation
from mock_server.runtime.effects import EFFECTS
from mock_server.runtime.evidence import EVIDENCE
from mock_server.runtime.upgrade import upgrade_page


def operations(edition: str) -> str:
    """The operations of an edition, by their tags."""
    description = Description(load_bundle(edition=edition))
    groups: dict[str, list[Operation]] = {}
    for each in description:
        groups.setdefault(each.tag, []).append(each)
    known = Counter(each.evidence for each in description)
    counts = ", ".join(f"{known[grade]} {grade}" for grade in EVIDENCE)
    stateful = sum(_is_stateful(each) for each in description)
    head = f"{len(list(description))} operations, of which {stateful} are stateful. Evidence: {counts}.\n"
    parts = [head]
    for tag, entries in sorted(groups.items()):
        parts.append(f"## {tag}\n\n{table(OPERATION_HEAD, map(_row, entries))}")
    return "\n".join(parts)


OPERATION_HEAD = ("Operation", "Path", "Version", "Access", "Effects", "Evidence")


def _row(operation: Operation) -> tuple[str, ...]:
    return (
        code(operation.id),
        code(f"{operation.method} {operation.path}"),
        ", ".join(sorted(operation.versions)) if operation.versions else "any",
        ", ".join(map(str, operation.access)) or "public",
        ", ".join(each.name for each in operation.effects) or "none",
        f"{operation.evidence}{'' if _is_stateful(operation) else ', generated reply'}",
    )


def _is_stateful(operation: Operation) -> bool:
    return areas.find_handler(operation.area, operation.id) is not None


def changes(older: str, newer: str) -> str:
    """What changed for clients between two editions."""
    page = upgrade_page(older, newer, read_changes(), Sources().differences())
    title, _, rest = page.partition("\n")
    parts = [f"## {title.removeprefix('# What changed f').capitalize()}\n"]
    blocks = rest.strip().split("\n\n")
    parts += [f"#{block}\n" if block.startswith("#") else html_list(_items(block)) for block in blocks]
    return "\n".join(parts)


def _items(block: str) -> Iterator[str]:
    """The items of a list, each with those below it."""
    return iter(re.split(r"^- ", block, flags=re.MULTILINE)[1:])


def corrections() -> str:
    """What deliberately differs from the published document, with the reasons."""
    rows = yaml.safe_load((description_folder() / "corrections.yaml").read_text(encoding="utf-8"))
    reasons: dict[str, list[str]] = {}
    for row in rows:
        reasons.setdefault(row["why"], []).append(row["at"])
    return table(("Why", "Where"), [(why, "; ".join(map(code, places))) for why, places in reasons.items()])


def evidence() -> str:
    """The grades of evidence."""
    return table(("Evidence", "Means"), [(code(grade), meaning) for grade, meaning in EVIDENCE.items()])


def effects() -> str:
    """The effects of operations."""
    return table(("Effect", "Means", "Sent to a deployment"), [(code(name), *EFFECTS[name]) for name in EFFECTS])


def extensions() -> str:
    """The extensions of OpenAPI that the description uses."""
    from mock_server.runtime.extensions import EXTENSIONS

    return table(("Extension", "Stands on", "Means"), [(code(n), w, m) for n, (w, m) in EXTENSIONS.items()])


def access_rules() -> str:
    """The access rules that `x-access` names."""
    rows = [(code(name), _arguments(rule), _meaning(rule)) for name, rule in sorted(areas.access_rules().items())]
    return table(("Rule", "Argument", "Passes when"), rows)


def _arguments(rule: Rule) -> str:
    if not isinstance(rule, ArgumentRule):
        return "none"
    return ("a list of " if rule.several else "one of ") + ", ".join(map(code, rule.choices))


def _meaning(rule: Rule) -> str:
    check = rule.check if isinstance(rule, ArgumentRule) else rule
    return inspect.getdoc(check) or ""
