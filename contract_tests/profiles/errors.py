"""Errors of a run."""


class CouldNotRun(Exception):
    """The run has no result; the text says why."""
