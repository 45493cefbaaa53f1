"""Calendars: connections to calendar services, selected calendars and destination calendars."""
