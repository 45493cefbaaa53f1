"""Hints about organizations, for refusals without a reason of their own."""

from __future__ import annotations

USERNAME_NOT_AN_ADDRESS = "The username of a new user has to be an e-mail address."
