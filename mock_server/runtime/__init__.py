"""Turns the description and the operations into a server. Independent of the API's domain."""
