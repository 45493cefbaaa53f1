"""Packages that the sandbox has no use for are not imported by its own process."""

from __future__ import annotations

import importlib
import sys

import pytest

from mock_server.runtime.lean_imports import UNUSED, lean_imports


def test_unused_packages_seem_not_to_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in UNUSED:
        monkeypatch.delitem(sys.modules, name, raising=False)
    with lean_imports():
        for name in UNUSED:
            with pytest.raises(ImportError):
                importlib.import_module(name)
    assert not set(UNUSED) & set(sys.modules), "others may import them afterwards"


def test_packages_in_use_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, UNUSED[0], pytest)
    with lean_imports():
        assert importlib.import_module(UNUSED[0]) is pytest
    assert sys.modules[UNUSED[0]] is pytest
