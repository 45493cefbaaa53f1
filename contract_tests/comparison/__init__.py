"""Sends the same seeded sequence of requests to two servers, and reports where their replies differ."""
