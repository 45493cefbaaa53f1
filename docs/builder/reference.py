"""The parts of the reference that are generated from the code, by the names that pages give."""

from __future__ import annotations

from collections.abc import Callable

from docs.builder import checks, commands, control_plane, description, facts, world_files

GENERATED: dict[str, Callable[..., str]] = {
    "commands": commands.command_reference,
    "exit-statuses": commands.exit_statuses,
    "environment-variables": commands.environment_variables,
    "control-calls": control_plane.calls,
    "operations": description.operations,
    "changes": description.changes,
    "corrections": description.corrections,
    "extensions": description.extensions,
    "effects": description.effects,
    "evidence": description.evidence,
    "access-rules": description.access_rules,
    "profiles": checks.profiles,
    "checks": checks.checks,
    "stories": checks.stories,
    "mutants": checks.mutants,
    "limits": facts.limits,
    "triggers": facts.triggers,
    "world-file": world_files.collections,
}
