"""Commands, options, environment variables and exit statuses, from the declarations of the command line."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import click

from contract_tests.command_line import make_parser
from contract_tests.environment import MEANINGS
from docs.builder.markdown import code, table
from mock_server.cli import app
from mock_server.commands.options import TOKEN_FILE_VARIABLE, TOKEN_VARIABLE

DEFAULT_IN_HELP = re.compile(r"\s*\[(?:default: )?([^\]]+)\]\.?$")
PROGRAM = "cal-mock"


@dataclass(frozen=True)
class OptionRow:
    """An option of a command: how it is written, its default, its environment variables and its meaning."""

    names: str
    default: str
    variables: tuple[str, ...]
    meaning: str


@dataclass(frozen=True)
class CommandEntry:
    """A command with its usage, text, arguments and options."""

    path: str
    usage: str
    text: str
    arguments: list[tuple[str, str]]
    options: list[OptionRow]


def all_commands() -> Iterator[CommandEntry]:
    """Every command of the program, in the order of `--help`. Groups come as their commands."""
    parsers = _parsers()
    for path, context in _walk(app, click.Context(app, info_name=PROGRAM)):
        parser = parsers.get(path[-1]) if len(path) == 1 else None
        yield _of_parser(path[-1], parser) if parser is not None else _of_click(path, context)


def _parsers() -> dict[str, argparse.ArgumentParser]:
    """The commands of the contract tests, which have parsers of their own."""
    return {name: parser for name, parser in make_parser()[1].items() if name != "spec-check"}


def _walk(group: click.Group, context: click.Context, *path: str) -> Iterator[tuple[tuple[str, ...], click.Context]]:
    for name in group.list_commands(context):
        command = group.commands[name]
        inner = click.Context(command, info_name=name, parent=context)
        if isinstance(command, click.Group):
            yield from _walk(command, inner, *path, name)
        else:
            yield (*path, name), inner


def _of_click(path: tuple[str, ...], context: click.Context) -> CommandEntry:
    command = context.command
    usage = " ".join(command.collect_usage_pieces(context))
    arguments = [
        (each.make_metavar(context), getattr(each, "help", None) or "")
        for each in command.params
        if isinstance(each, click.Argument)
    ]
    options = [_click_option(each, context) for each in command.params if isinstance(each, click.Option)]
    text = (command.help or "").replace("\b", "").strip()
    return CommandEntry(" ".join(path), f"{PROGRAM} {' '.join(path)} {usage}", text, arguments, options)


def _click_option(option: click.Option, context: click.Context) -> OptionRow:
    names = ", ".join(map(code, option.opts)) + "".join(f" / {code(each)}" for each in option.secondary_opts)
    if not option.is_flag:
        names += f" {code(option.make_metavar(context))}"
    meaning = option.help or ""
    said = DEFAULT_IN_HELP.search(meaning)
    meaning = DEFAULT_IN_HELP.sub("", meaning)
    default = said[1] if said else _default(option)
    if option.multiple and "repeatable" not in meaning:
        meaning += " Can be repeated."
    return OptionRow(names, default, _variables(option, context), meaning)


def _default(option: click.Option) -> str:
    value: Any = option.default
    if option.required:
        return "required"
    if option.is_flag:
        return "on" if value is True else "off"
    if value in (None, "", ()) or "UNSET" in repr(value).upper():
        return "none"
    return code(value)


def _variables(option: click.Option, context: click.Context) -> tuple[str, ...]:
    shown = option.get_help_extra(context).get("envvars", ()) if option.show_envvar else ()
    declared = option.envvar if isinstance(option.envvar, str) else None
    return tuple(shown) or ((declared,) if declared else tuple(option.envvar or ()))


def _of_parser(name: str, parser: argparse.ArgumentParser) -> CommandEntry:
    arguments: list[tuple[str, str]] = []
    options: list[OptionRow] = []
    for action in parser._actions:  # noqa: SLF001 - argparse has no public list of a parser's arguments.
        text = action.help or ""
        said = DEFAULT_IN_HELP.search(text)
        meaning = DEFAULT_IN_HELP.sub("", text)
        if action.dest == "help":
            continue
        if not action.option_strings:
            arguments.append((action.dest.upper(), meaning))
            continue
        value = "" if action.nargs == 0 else f" {code(action.metavar or _choices(action) or action.dest.upper())}"
        default = "off" if action.nargs == 0 else said[1] if said else "none"
        variables = tuple(re.findall(r"\b[A-Z]+_[A-Z_]+\b", text))
        names = ", ".join(map(code, action.option_strings)) + value
        options.append(OptionRow(names, default, variables, meaning[:1].upper() + meaning[1:]))
    usage = f"{PROGRAM} {name} [OPTIONS]{''.join(f' [{argument}]...' for argument, _ in arguments)}"
    return CommandEntry(name, usage, parser.description or "", arguments, options)


def _choices(action: argparse.Action) -> str:
    return f"[{'|'.join(map(str, action.choices))}]" if action.choices else ""


def command_reference() -> str:
    """Every command with its usage, arguments and options."""
    return "\n".join(map(_entry, all_commands()))


def _entry(entry: CommandEntry) -> str:
    parts = [f"## {PROGRAM} {entry.path}\n", f"{_prose(entry.text)}\n", f"```text\n{entry.usage}\n```\n"]
    if entry.arguments:
        rows = [(code(name), meaning) for name, meaning in entry.arguments]
        parts.append(table(("Argument", "Meaning"), rows))
    if entry.options:
        rows = [(each.names, each.default, ", ".join(map(code, each.variables)), each.meaning)
                for each in entry.options]  # fmt: skip
        parts.append(table(("Option", "Default", "Environment", "Meaning"), rows))
    return "\n".join(parts)


def _prose(text: str) -> str:
    """Help text as Markdown: what could be taken for markup is escaped."""
    return re.sub(r"([*<>\[\]_])", r"\\\1", text)


def environment_variables() -> str:
    """Every environment variable, with the options that it stands for."""
    described = {*MEANINGS, TOKEN_FILE_VARIABLE}
    variables: dict[str, list[str]] = {}
    for entry in all_commands():
        for option in entry.options:
            for name in option.variables:
                variables.setdefault(name, []).append(f"{option.names.split('`')[1]} of {PROGRAM} {entry.path}")
    rows = [(code(name), _uses(places)) for name, places in sorted(variables.items()) if name not in described]
    rows.append((code(TOKEN_FILE_VARIABLE), f"the file that holds {code(TOKEN_VARIABLE)}"))
    others = [(code(name), meaning) for name, meaning in MEANINGS.items()]
    head = ("Variable", "Stands for")
    return f"## Options\n\n{table(head, rows)}\n## Contract tests\n\n{table(head, others)}"


def _uses(places: list[str]) -> str:
    """The options in which a variable is used; those of many commands in short."""
    options = dict.fromkeys(each.partition(" of ")[0] for each in places)
    if len(places) <= 4:
        return "; ".join(f"{code(option)} of {code(command)}" for option, _, command in
                         (each.partition(" of ") for each in places))  # fmt: skip
    return f"{', '.join(map(code, options))} of {len(places)} commands"


def exit_statuses() -> str:
    """The exit statuses of all commands."""
    from mock_server.runtime.exit_status import ExitStatus

    return table(("Status", "Meaning"), [(code(each.value), each.meaning) for each in ExitStatus])
