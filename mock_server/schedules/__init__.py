"""Schedules: when people are available."""
