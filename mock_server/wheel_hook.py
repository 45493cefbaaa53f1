"""Puts the validated bundles of the description, and the built documentation, into the wheel.

Runs in hatchling, at build time only.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BundleHook(BuildHookInterface[Any]):
    """Makes the bundles of ``openapi/``, and what differs between editions, and packages them beside their sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """See BuildHookInterface. An editable installation reads the sources of its checkout."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from mock_server.runtime.bundle import DIFFERENCES, Sources
        from mock_server.runtime.bundle_cache import encode_bundle
        from mock_server.runtime.changes import check_asked, read_changes
        from mock_server.state.edition import EDITIONS

        site = Path(self.root) / "build" / "docs"
        if (site / "index.html").is_file():  # `make docs` builds it, which needs more than a build of the wheel.
            build_data["force_include"][str(site)] = "mock_server/site"
        sources = Sources(Path(self.root) / "openapi")
        check_asked(read_changes(sources.folder))
        contents = {edition: sources.make_valid(edition) for edition in EDITIONS}
        contents[DIFFERENCES] = sources.make_differences()
        self.made = tempfile.TemporaryDirectory()
        for content, document in contents.items():
            name = sources.file_name(content)
            path = Path(self.made.name) / name
            path.write_bytes(encode_bundle(document))
            build_data["force_include"][str(path)] = f"mock_server/openapi/{name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """See BuildHookInterface."""
        if version != "editable":
            self.made.cleanup()
