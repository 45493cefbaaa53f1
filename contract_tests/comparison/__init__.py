"""Sends one seeded sequence of requests to two servers and tells where they answer differently."""
