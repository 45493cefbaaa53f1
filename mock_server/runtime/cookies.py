"""A cookie jar for HTTP clients that serve several callers."""

from __future__ import annotations

from http.cookiejar import CookieJar, DefaultCookiePolicy


def no_cookies() -> CookieJar:
    """A cookie jar that stays empty: a cookie set for one caller, or by one server, is not sent for another."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))
