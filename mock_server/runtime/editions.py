"""Chooses the edition of the API where none is named."""

from __future__ import annotations

import os

from mock_server.state.edition import DEFAULT_EDITION, EDITIONS, checked_edition

__all__ = ("DEFAULT_EDITION", "EDITIONS", "EDITION_VARIABLE", "choose_edition", "chosen_edition")

EDITION_VARIABLE = "CAL_MOCK_EDITION"


def chosen_edition() -> str:
    """The edition that the environment names, else the newest complete one. Raises UnknownEdition."""
    return checked_edition(os.environ.get(EDITION_VARIABLE) or DEFAULT_EDITION)


def choose_edition(name: str) -> str:
    """Makes `name` the edition of this process and of those that it starts; gives it. Raises UnknownEdition."""
    os.environ[EDITION_VARIABLE] = checked_edition(name)
    return name
