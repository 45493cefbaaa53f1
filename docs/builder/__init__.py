"""The Sphinx extension of this site: includes READMEs of the repository, and generates the reference from the code."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from docs.builder.preprocessing import Preprocessor


def setup(app: Sphinx) -> dict[str, Any]:
    """Registers the extension. Every build reads all pages: what they are generated from may have changed."""
    preprocessor = Preprocessor()
    app.connect("builder-inited", preprocessor.start)
    app.connect("source-read", preprocessor.read)
    app.connect("env-check-consistency", preprocessor.check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
