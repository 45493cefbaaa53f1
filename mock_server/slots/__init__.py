"""Slots: when an event type can be booked, and reservations of slots."""
