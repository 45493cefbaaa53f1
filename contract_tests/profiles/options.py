"""Options that are passed on to schemathesis' `st run`: mistyped ones are refused before anything is sent."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

import click
from schemathesis.cli import schemathesis as command_line

from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.suggestions import did_you_mean


class Parser(argparse.ArgumentParser):
    """Accepts no abbreviations, and suggests a correction for an unknown option or value."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"allow_abbrev": False} | options)

    def refuse(self, words: list[str]) -> NoReturn:
        """Exits because these arguments are unknown."""
        known = [option for action in self._actions for option in action.option_strings]
        self.error(f"{_unknown(words[0])}{did_you_mean(words[0], known)}")

    def refuse_mistyped(self, words: list[str]) -> None:
        """Exits unless `st run` accepts all of these arguments."""
        run = command_line.commands["run"]
        known = [option for action in self._actions for option in action.option_strings]
        known += [option for parameter in run.params for option in parameter.opts if option.startswith("-")]
        for word in words:
            name = word.partition("=")[0]
            if name.startswith("--") and name not in known:
                self.error(f"{_unknown(name)}{did_you_mean(name, known)}")
        try:
            context = run.make_context("st run", [__file__, *words])  # Any existing file will do as the description.
        except click.ClickException as error:
            self.error(error.format_message())
        self._refuse_unknown_names(context.params)

    def _refuse_unknown_names(self, chosen: dict[str, Any]) -> None:
        operations = [operation for item in load_bundle()["paths"].values() for operation in item.values()]
        tags = {tag for operation in operations for tag in operation["tags"]}
        names = {operation["operationId"] for operation in operations}
        for option, known in (("tag", tags), ("operation_id", names)):
            for value in (*chosen.get(f"include_{option}", ()), *chosen.get(f"exclude_{option}", ())):
                if value not in known:
                    self.error(f"there is no {option.replace('_', ' ')} {value!r}{did_you_mean(value, known)}")


def _unknown(word: str) -> str:
    return f"there is no option {word}" if word.startswith("-") else f"unexpected argument {word!r}"
