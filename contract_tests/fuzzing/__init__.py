"""Fuzzing with schemathesis: what to send whom, with which credentials, and what to make of the replies."""
