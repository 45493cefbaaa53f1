"""Puts the validated bundle of the description into the wheel. Runs in hatchling, at build time only."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BundleHook(BuildHookInterface[Any]):
    """Bundles ``openapi/`` and packages the bundle beside its sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """See BuildHookInterface. An editable installation reads the sources of its checkout."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from mock_server.runtime.bundle import bundle_name, make_valid_bundle
        from mock_server.runtime.bundle_cache import encode_bundle

        folder = Path(self.root) / "openapi"
        name = bundle_name(folder)
        self.made = tempfile.TemporaryDirectory()
        path = Path(self.made.name) / name
        path.write_bytes(encode_bundle(make_valid_bundle(folder)))
        build_data["force_include"][str(path)] = f"mock_server/openapi/{name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """See BuildHookInterface."""
        if version != "editable":
            self.made.cleanup()
