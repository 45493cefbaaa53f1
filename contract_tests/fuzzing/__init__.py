"""Fuzzing with schemathesis: targets, credentials, ids of existing things, and hooks."""
