"""Calendars: connections, selected and destination calendars."""
