"""The Sphinx extension of this site: includes READMEs of the repository, and generates the reference from the code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Registers the extension."""
    from docs.builder.preprocessing import Preprocessor

    preprocessor = Preprocessor()
    app.connect("builder-inited", preprocessor.start)
    app.connect("source-read", preprocessor.read)
    app.connect("env-check-consistency", preprocessor.check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
