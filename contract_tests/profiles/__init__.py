"""Profiles: what a run sends, how fast, with whose credentials, and what it may touch on a server that is not ours."""
