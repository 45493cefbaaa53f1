"""A pytest plugin for the tests of this repository: HTTP clients load no certificates.

Tests speak plain HTTP to this machine, and a client that loads certificates takes 50 ms of processor time for it, which
is ten times the time of most requests.
"""

from __future__ import annotations

import os
from pathlib import Path

# httpx prefers the file to the folder, and a folder is not read before a certificate has to be checked.
os.environ.pop("SSL_CERT_FILE", None)
os.environ["SSL_CERT_DIR"] = str(Path(__file__).parent)
