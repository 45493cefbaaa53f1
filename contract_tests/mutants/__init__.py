"""Proof that the checks find what is wrong: a sandbox that is broken in one way at a time, and what notices it."""
