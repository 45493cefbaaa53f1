"""Every option of `serve` and `proxy` can be set by an environment variable, and the admin token by a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from contract_tests.proxy import command as proxy_command
from mock_server import serving, supervisor
from mock_server.cli import app
from mock_server.runtime.settings import Settings

COMMANDS = {"serve": "CAL_MOCK", "proxy": "CAL_MOCK_PROXY"}
SHARED = {"CAL_MOCK_EDITION"}
"""Variables that have one meaning for all commands."""
REQUIRED = {"serve": ["--store", "valkey://127.0.0.1"], "proxy": ["--upstream", "http://127.0.0.1:1"]}
"""Options without which others are refused: several processes need a shared store, for one."""


def options() -> Iterator[tuple[str, click.Option]]:
    for name in COMMANDS:
        yield from ((name, each) for each in app.commands[name].params if isinstance(each, click.Option))


OPTIONS = list(options())


def value_for(option: click.Option) -> str:
    """A value that is valid and not the default."""
    if option.is_flag:
        return "1"
    if isinstance(option.type, click.Choice):
        return str(next(each for each in option.type.choices if each != option.default))
    return "2" if isinstance(option.type, click.IntRange) else "localhost"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command up to where it would listen. Returns what it would do: the status, the settings and messages."""

    def run_command(*arguments: str, **environment: str) -> tuple[int, list[Any], str]:
        started: list[Any] = []

        def serve(*settings: Any) -> int:
            started.extend(settings)
            return 0

        monkeypatch.setattr(serving, "serve", serve)
        monkeypatch.setattr(supervisor, "supervise", serve)
        monkeypatch.setattr(proxy_command, "run", serve)
        monkeypatch.setenv("CAL_MOCK_EDITION", "2026-09")
        result = CliRunner().invoke(app, arguments, env=environment)
        return result.exit_code, started, result.stderr

    return run_command


@pytest.mark.parametrize(("command", "option"), OPTIONS, ids=lambda each: getattr(each, "name", each))
def test_an_option_is_an_environment_variable_too(command: str, option: click.Option, run: Any) -> None:
    variable = f"{COMMANDS[command]}_{option.opts[0].removeprefix('--').replace('-', '_').upper()}"
    if str(option.envvar) in SHARED:
        variable = str(option.envvar)
    value = value_for(option)
    given = [option.opts[0]] if option.is_flag else [option.opts[0], value]
    others = [] if option.opts[0] in REQUIRED[command] else REQUIRED[command]
    plain = run(command, *others)[1]
    by_option = run(command, *others, *given)
    assert by_option[0] == 0
    assert run(command, *others, **{variable: value}) == by_option
    assert variable in SHARED or by_option[1] != plain
    assert f"[env var: {variable}" in " ".join(CliRunner().invoke(app, [command, "--help"]).stdout.split())


def test_the_command_line_wins_and_an_empty_variable_is_none(run: Any) -> None:
    [settings, form] = run("serve", "--port", "81", CAL_MOCK_PORT="82", CAL_MOCK_STRICT="", CAL_MOCK_QUIET="0")[1]
    assert (settings.port, settings.strict, form) == (81, False, "text")


def test_an_error_names_the_variable(run: Any) -> None:
    status, started, printed = run("serve", CAL_MOCK_RATE_LIMIT="maybe")
    assert (status, started) == (2, [])
    assert "CAL_MOCK_RATE_LIMIT" in printed


def test_the_port_that_kubernetes_names_is_not_ours(run: Any) -> None:
    assert run("serve", CAL_MOCK_PORT="tcp://10.96.7.1:8080")[1] == run("serve")[1]


def test_a_token_comes_from_a_file(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("only-the-admin-knows\n", encoding="utf-8")
    [settings, _] = run("serve", CAL_MOCK_TOKEN_FILE=str(file))[1]
    assert isinstance(settings, Settings)
    assert settings.admin_token == "only-the-admin-knows"
    [settings, _] = run("serve", "--token", "another", CAL_MOCK_TOKEN_FILE=str(file))[1]
    assert settings.admin_token == "another"


@pytest.mark.parametrize("command", [["serve"], ["clock", "show"]], ids=" ".join)
@pytest.mark.parametrize(
    ("content", "token", "message"),
    [
        (b"", None, "is empty"),
        (b"\xff", None, "it is not text"),
        (None, None, "No such file"),
        (b"two words", None, "visible ASCII characters"),
        (b"one", "another", "CAL_MOCK_TOKEN and CAL_MOCK_TOKEN_FILE are both set"),
    ],
)
def test_a_file_without_a_token_is_refused(
    command: list[str], content: bytes | None, token: str | None, message: str, run: Any, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    environment = {"CAL_MOCK_TOKEN_FILE": str(file)} | ({"CAL_MOCK_TOKEN": token} if token else {})
    status, started, printed = run(*command, **environment)
    assert (status, started) == (2, [])
    assert message in printed
    assert "Traceback" not in printed
