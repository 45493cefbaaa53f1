"""Routing forms and what was answered in them."""
