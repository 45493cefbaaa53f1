"""Schedules: the working hours of users."""
