"""Packages that the sandbox has no use for are not imported by its own process."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from mock_server.runtime.lean_imports import DEFERRED, HIDDEN, lean_imports


@pytest.fixture
def nothing_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has imported none of the packages."""
    for name in (*HIDDEN, *DEFERRED):
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.mark.usefixtures("nothing_imported")
def test_hidden_packages_seem_not_to_be_installed() -> None:
    with lean_imports():
        for name in HIDDEN:
            with pytest.raises(ImportError):
                importlib.import_module(name)
    assert not {*HIDDEN, *DEFERRED} & set(sys.modules), "others may import them afterwards"


@pytest.mark.usefixtures("nothing_imported")
def test_deferred_packages_are_loaded_when_they_are_used() -> None:
    with lean_imports():
        import httpx
        from werkzeug.test import Client

        deferred = importlib.import_module("httpx")
        assert deferred is httpx
    assert "httpx" not in sys.modules
    assert deferred.ConnectError is importlib.import_module("httpx").ConnectError
    assert isinstance(Client(lambda *_: []), importlib.import_module("werkzeug.test").Client)


def test_packages_in_use_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (HIDDEN[0], next(iter(DEFERRED))):
        monkeypatch.setitem(sys.modules, name, pytest)
        with lean_imports():
            assert importlib.import_module(name) is pytest
        assert sys.modules[name] is pytest


def test_a_served_sandbox_loads_none_of_them() -> None:
    program = (
        "import sys\n"
        "from mock_server.runtime.lean_imports import DEFERRED, HIDDEN, lean_imports\n"
        "with lean_imports():\n"
        "    import mock_server.serving\n"
        "print(*sorted({*DEFERRED, *HIDDEN} & set(sys.modules)))\n"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)
    assert loaded.stdout.split() == []
