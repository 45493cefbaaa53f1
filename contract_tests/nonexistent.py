"""Ids and names that do not exist on any server."""

LARGEST_ID = 2_000_000_000
"""No server has more entities of one kind."""

NO_NUMBER, NO_TEXT = LARGEST_ID + 1, "00000000-0000-4000-8000-00000000abcd"
NO_CLIENT = "cm0000000000000000000000"
UNKNOWN_NAME = "nobody-at-all"
