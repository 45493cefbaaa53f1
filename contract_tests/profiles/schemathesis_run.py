"""Runs schemathesis' command line on our description, and collects the results."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import closing, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

import click
import schemathesis
from schemathesis.cli import schemathesis as command_line

import contract_tests.checks  # noqa: F401 # pyright: ignore[reportUnusedImport] (registers our checks)
from contract_tests.fuzzing import hooks
from contract_tests.fuzzing.minimal import minimal_form
from contract_tests.fuzzing.registration import hook
from contract_tests.known_secrets import MaskedFile, open_private
from contract_tests.profiles.baseline import Baseline
from contract_tests.profiles.profile import Profile
from contract_tests.reports import results as reporting
from contract_tests.reports.har import HarFile
from contract_tests.reports.results import Results
from mock_server.runtime.progress import Progress

CONFIGURATION = Path(__file__).parent.parent / "schemathesis.toml"
INTERRUPTED, ERROR = 130, 2
LOG = "schemathesis.log"


@dataclass
class Run:
    """The settings of `st run`. `app`, if given, answers instead of the server at `url`; `stopped` says why to give up.

    All exchanges are written to `har`, if it is given.
    """

    profile: Profile
    url: str
    reports: Path
    bundle: dict[str, Any]
    results: Results
    har: HarFile | None
    seed: int
    app: Any = None
    progress: Progress = field(default_factory=Progress)
    left_out: Iterable[str] = ()
    baseline: Baseline | None = None
    options: list[str] = field(default_factory=list[str])
    stopped: Callable[[], str | None] = lambda: None


@dataclass
class _Hooked:
    app: Any = None
    one_example: bool = False


_hooked = _Hooked()


@hook
def after_load_schema(context: schemathesis.HookContext, schema: Any) -> None:
    """Sends requests to our application instead of the server."""
    del context
    if _hooked.app is not None:
        schema.app = _hooked.app


@hook
def before_add_examples(context: schemathesis.HookContext, examples: list[schemathesis.Case[Any]]) -> None:
    """Keeps one example of each operation if the profile asks for one; otherwise adds the minimal form of it."""
    del context
    if _hooked.one_example:
        del examples[1:]
        return
    minimal = minimal_form(examples[0]) if examples else None
    if minimal is not None:
        examples.append(minimal)


def run(settings: Run) -> int:
    """Fills `settings.results` and returns the exit code of `st run`."""
    settings.reports.mkdir(parents=True, exist_ok=True)
    description = settings.reports / "openapi.json"
    description.write_text(json.dumps(settings.bundle), encoding="utf-8")
    known = settings.results.known
    known.add(hooks.target().credentials.secrets())
    reporting.start_listening(settings.results, settings.url, settings.har, settings.stopped, settings.progress)
    _hooked.app, _hooked.one_example = settings.app, settings.profile.one_example
    try:
        with (
            closing(MaskedFile(open_private(settings.reports / LOG, "w"), known)) as log,
            redirect_stdout(cast("IO[str]", log)),
        ):
            return _command(_arguments(settings, description))
    finally:
        _hooked.app, _hooked.one_example = None, False


def _arguments(settings: Run, description: Path) -> list[str]:
    profile = settings.profile
    arguments = [
        "--config-file", str(CONFIGURATION), "--no-color", "run", str(description), "--url", settings.url,
        "--phases", ",".join(profile.phases), "--seed", str(settings.seed),
    ]  # fmt: skip
    if profile.max_examples is not None:
        arguments += ["--max-examples", str(profile.max_examples)]
    if profile.without_checks:
        arguments += ["--exclude-checks", ",".join(profile.without_checks)]
    if settings.baseline is not None:
        arguments += ["--baseline", str(settings.baseline.path)]
        arguments += ["--baseline-update"] if settings.baseline.update else []
    for operation_id in settings.left_out:
        arguments += ["--exclude-operation-id", operation_id]
    return [*arguments, *settings.options]


def _command(arguments: list[str]) -> int:
    with suppress(click.exceptions.Abort):
        try:
            result: Any = command_line.main(args=arguments, standalone_mode=False)
        except SystemExit as exit_:
            result = exit_.code
        except click.exceptions.Exit as exit_:
            result = exit_.exit_code
        except click.ClickException as error:
            error.show()
            result = ERROR
        return int(result or 0)
    return INTERRUPTED
