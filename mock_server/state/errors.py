"""Errors of the state. The runtime turns them into the replies that the API gives for database errors."""

from __future__ import annotations


class Unusable(Exception):
    """Invalid input from the user. The message is written for the user and is shown without a traceback."""


class StateError(Exception):
    """Base class of all errors of the state."""


class RowError(StateError):
    """A constraint on rows is violated."""


class UniqueViolation(RowError):
    """A row with these unique values already exists."""


class RecordNotFound(RowError):
    """A required row does not exist."""


class ForeignKeyViolation(RowError):
    """A row refers to one that does not exist, or is still referred to."""


class VersionConflict(StateError):
    """The state has changed since the transaction began; the operation has to be retried."""


class Overtaken(VersionConflict):
    """Another process has committed first. Other requests of this process are not the cause."""


class LogUnusable(StateError, Unusable):
    """A commit log cannot be opened. The message says why and what to do."""


class LogUnwritable(LogUnusable):
    """A record could not be written and is not in the log. The message says why."""


class StoreUnavailable(StateError):
    """A shared store did not do what was asked of it in time. The message says why, without credentials.

    `may_be_stored`: a write may have been stored, although that was not confirmed.
    """

    def __init__(self, message: str, *, may_be_stored: bool = True) -> None:
        super().__init__(message)
        self.may_be_stored = may_be_stored


class SnapshotUnusable(StateError, Unusable):
    """A snapshot is invalid or from another version. The message says where."""


class UnknownWorld(StateError):
    """There is no world with that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no world {name!r}.")


class WorldGone(UnknownWorld):
    """A world was dropped while it was in use."""


class TooManyWorlds(StateError):
    """The maximum number of worlds exists already."""


class WorldExists(StateError):
    """A world with that name already exists."""
