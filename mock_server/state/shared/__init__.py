"""Worlds that many processes share through streams of a Valkey or Redis server."""
