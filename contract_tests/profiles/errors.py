"""What keeps a run from saying anything."""


class CouldNotRun(Exception):
    """Nothing was shown about the server; the text says why."""
