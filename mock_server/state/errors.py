"""What can go wrong in the state. The runtime turns these into the API's database-shaped refusals."""

from __future__ import annotations


class Unusable(Exception):
    """Something that the user gave cannot be used. The text is written for that person and needs no traceback."""


class StateError(Exception):
    """Base of all errors of the state."""


class RowError(StateError):
    """What a row, or the lack of one, does not allow."""


class UniqueViolation(RowError):
    """A row with these values exists already."""


class RecordNotFound(RowError):
    """A row that has to be there is missing."""


class ForeignKeyViolation(RowError):
    """A row refers to one that does not exist, or is still referred to."""


class VersionConflict(StateError):
    """Another commit came first: the operation has to run again on the fresh state."""


class LogUnusable(StateError, Unusable):
    """A commit log cannot be opened; the text says why and what to do."""


class LogUnwritable(LogUnusable):
    """A record could not be written and is not in the log; the text says why."""


class SnapshotUnusable(StateError, Unusable):
    """A snapshot does not fit this server; the text says where."""


class UnknownWorld(StateError):
    """There is no world of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no world {name!r}.")


class WorldGone(UnknownWorld):
    """A world was dropped while something was still done in it."""


class TooManyWorlds(StateError):
    """There is no room for another world."""


class WorldExists(StateError):
    """A world of that name exists already."""
