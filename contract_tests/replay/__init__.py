"""Recorded exchanges of the live service, which hold the checks, the description and the sandbox to it."""
