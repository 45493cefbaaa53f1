"""The address of the web application, which links in replies and messages lead to."""

from __future__ import annotations

WEB_APP = "https://app.cal.com"
