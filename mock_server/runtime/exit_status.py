"""The exit statuses of all commands."""

from __future__ import annotations

from enum import IntEnum


class ExitStatus(IntEnum):
    """An exit status of a command."""

    CLEAN = 0
    FOUND = 1
    NOT_DONE = 2
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """Its documentation."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitStatus.CLEAN: "Done. A check found nothing wrong.",
    ExitStatus.FOUND: (
        "A check found something: `doctor` contradictions, `compare` differences, `proxy` breaches, `world check` and "
        "`world import` mistakes, `fuzz` and `contract` a broken contract, `mutants` too many survivors."
    ),
    ExitStatus.NOT_DONE: (
        "Not done: wrong usage, a file that cannot be used, no server at the address, bad credentials, a refusal of "
        "the server, or a run in which most operations were never reached. The reason is on the standard error."
    ),
    ExitStatus.INTERRUPTED: "Ended by Ctrl-C.",
}
