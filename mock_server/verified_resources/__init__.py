"""E-mail addresses and telephone numbers that a user has confirmed with a code, for themselves or for a team."""
