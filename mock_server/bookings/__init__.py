"""Bookings and their life."""
