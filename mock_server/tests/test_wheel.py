"""A wheel contains the bundle with which it starts, and the files of the inspector."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from mock_server import areas

CHECKOUT = Path(areas.__file__).parent.parent
START = """
import sys

class Hider:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in ("prance", "openapi_spec_validator"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Hider)
from mock_server.runtime import bundle, bundle_cache

assert bundle.__file__.startswith(sys.argv[1]), bundle.__file__
bundle_cache.cache_folder = lambda: None
print(len(bundle.load_bundle()["paths"]))
"""


def test_a_wheel_has_the_bundle_of_its_sources(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)
    done = subprocess.run(
        [sys.executable, "-c", START, str(installed)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert done.stdout.strip().isdecimal(), done.stderr
    pages = CHECKOUT / "mock_server" / "inspector" / "static"
    assert {each.name for each in (installed / pages.relative_to(CHECKOUT)).iterdir()} == {
        each.name for each in pages.iterdir()
    }
