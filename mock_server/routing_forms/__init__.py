"""Routing forms and their responses."""
