"""The configuration of Sphinx for this site: `make docs`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from mock_server import __version__

project = "cal-mock"
release = version = __version__
html_title = f"cal-mock {release}"
language = "en"

extensions = ["myst_parser", "docs.builder"]
exclude_patterns = ["builder", "tests", "languages/*/node_modules"]
nitpicky = True
smartquotes = False
suppress_warnings = ["misc.highlighting_failure"]  # Transcripts may have quotes that go on in the next line.

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "deflist"]

html_theme = "furo"
html_static_path = ["static"]
html_favicon = "../mock_server/inspector/static/icon.svg"
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_last_updated_fmt = None
html_use_index = False
html_domain_indices = False
pygments_style = "default"
pygments_dark_style = "monokai"
